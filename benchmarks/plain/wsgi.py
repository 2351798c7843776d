"""The WSGI application; PLAIN_CACHE=wsgi puts the smallest possible page cache in front of Django."""

import os
from collections.abc import Callable, Iterable

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.plain.settings"


class Cache:
    """Keep every answer to a GET for good, as made. Nothing is checked, so nothing of this kind is faster."""

    def __init__(self, application: Callable) -> None:
        self.application = application
        self.kept: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path not in self.kept:
            start: list = []
            answer = self.application(environ, lambda *given: start.extend(given))
            body = b"".join(answer)
            answer.close()
            self.kept[path] = start[0], start[1], body
        status, headers, body = self.kept[path]
        start_response(status, headers)
        return [body]


application = get_wsgi_application()
if os.environ.get("PLAIN_CACHE") == "wsgi":
    application = Cache(application)
