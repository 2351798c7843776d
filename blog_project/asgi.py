"""The ASGI application that gunicorn serves: Django's WSGI handler behind the layers of `apps.server.layers`."""

from __future__ import annotations

from typing import Any

from blog_project import addresses, wsgi


def _application() -> Any:
    from django.conf import settings

    from apps.server.layers import build  # Imported here because importing `wsgi` has to load Django first.

    return build(
        wsgi.application,
        threads=settings.WSGI_THREADS,
        body_limit=settings.REQUEST_BODY_LIMIT,
        upload_limit=settings.UPLOAD_BODY_LIMIT,
        uploads=addresses.UPLOADS,
        cache_limit=settings.PAGE_CACHE_MB * 2**20,
    )


application = _application()
