"""The WSGI application; PLAIN_CACHE=wsgi puts the smallest possible page cache in front of Django."""

import os
from collections.abc import Callable, Iterable

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.plain.settings"


class Cache:
    """Caches every response by path, without expiry or any check: an upper bound for WSGI caches."""

    def __init__(self, application: Callable) -> None:
        self.application = application
        self.responses: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """Return the cached response, or call the application and cache its response; the WSGI protocol."""
        path = environ["PATH_INFO"]
        if path not in self.responses:
            start_arguments: list = []
            response = self.application(environ, lambda *arguments: start_arguments.extend(arguments))
            body = b"".join(response)
            response.close()
            self.responses[path] = start_arguments[0], start_arguments[1], body
        status, headers, body = self.responses[path]
        start_response(status, headers)
        return [body]


application = get_wsgi_application()
if os.environ.get("PLAIN_CACHE") == "wsgi":
    application = Cache(application)
