"""Serves the files of images. Files never change, and serving them takes no database query."""

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

from apps.core import public_files
from apps.core.conditional_requests import has_etag
from apps.media import names
from apps.media.stores import IMMUTABLE

from .responses import METHODS

REDIRECT_CACHE_CONTROL = "public, max-age=3600"
"""Cache-Control of the redirect to a bucket, whose address may change."""


@csrf_exempt  # As for pages: a POST gets a 405, not a 403 for a missing token.
def file(request: HttpRequest, name: str) -> HttpResponse:
    """Return a file of an image, or a redirect to it if the files are in a bucket. Raises Http404."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": ", ".join(METHODS)})
    # Only valid names reach the storage, so no path can leave its folder.
    match = names.NAME.fullmatch(name)
    if not match:
        raise Http404
    if settings.MEDIA_BUCKET:
        return HttpResponseRedirect(names.public_url(name), headers={"Cache-Control": REDIRECT_CACHE_CONTROL})
    return _from_disk(request, name, names.TYPES[match[3]])


def _from_disk(request: HttpRequest, name: str, content_type: str) -> HttpResponse:
    try:
        stored_file = default_storage.open(name)
    except FileNotFoundError:
        raise Http404 from None
    etag = f'"{name}"'
    if has_etag(request, etag):
        stored_file.close()
        response = HttpResponseNotModified()
    else:
        response = FileResponse(stored_file, content_type=content_type)
    response["ETag"], response["Cache-Control"] = etag, IMMUTABLE
    public_files.allow_embedding(response)
    return response
