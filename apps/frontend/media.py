"""The files of images. They never change, and the database is not asked about them."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.views.decorators.csrf import csrf_exempt

from apps.core.conditional_requests import is_named
from apps.media import names
from apps.media.stores import IMMUTABLE

from .responses import METHODS

ELSEWHERE = "public, max-age=3600"
"""What caches are told where the files are elsewhere: which may change, though seldom."""


@csrf_exempt  # As for pages: nothing here can be posted to.
def file(request: HttpRequest, name: str) -> HttpResponse:
    """Answer a file of an image, or where it is if that is a bucket. Raises Http404."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": ", ".join(METHODS)})
    # Nothing but such a name reaches the disk.
    found = names.NAME.fullmatch(name)
    if not found:
        raise Http404
    if settings.MEDIA_BUCKET:
        return HttpResponseRedirect(names.public(name), headers={"Cache-Control": ELSEWHERE})
    return _from_disk(request, name, names.TYPES[found[3]])


def _from_disk(request: HttpRequest, name: str, content_type: str) -> HttpResponse:
    try:
        opened = default_storage.open(name)
    except FileNotFoundError:
        raise Http404 from None
    etag = f'"{name}"'
    if is_named(etag, request.headers.get("If-None-Match", "")):
        opened.close()
        response = HttpResponseNotModified()
    else:
        response = FileResponse(opened, content_type=content_type)
    response["ETag"], response["Cache-Control"] = etag, IMMUTABLE
    # Who reads a feed elsewhere is to see its pictures.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
