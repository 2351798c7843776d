"""The ASGI application that gunicorn serves: Django's WSGI handler behind the layers of `apps.server.layers`."""

from __future__ import annotations

from typing import Any

from blog_project import body_limits, wsgi


def _application() -> Any:
    from django.conf import settings

    # Imported here because importing `wsgi` has to load Django first.
    from apps.server.layers import build
    from apps.server.request_bodies import BodyReader

    bodies = BodyReader(
        body_limits.limit,
        # The other connections are for requests without a body, which nobody can hold up.
        number=settings.MAX_CONNECTIONS // 2,
        budget=settings.REQUEST_BODIES_MB * 2**20,
        max_in_memory=settings.FILE_UPLOAD_MAX_MEMORY_SIZE,
        folder=settings.FILE_UPLOAD_TEMP_DIR,
        seconds=settings.REQUEST_BODY_SECONDS,
        rate=settings.REQUEST_BODY_RATE,
    )
    return build(
        wsgi.application,
        threads=settings.WSGI_THREADS,
        bodies=bodies,
        cache_limit=settings.PAGE_CACHE_MB * 2**20,
    )


application = _application()
