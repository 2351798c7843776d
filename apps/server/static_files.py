"""Static files while two releases answer side by side (docs/decisions/0011)."""

from __future__ import annotations

import re
from pathlib import PurePath

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

HASH = re.compile(r"\.([0-9a-f]{12})(?=\.[^./]+$)")
"""The hash that Django puts into a file's name, before its last suffix."""


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, which also answers for the files of other releases: with its own current file of that name."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve a collected file, or the current one of a hash that this release does not know."""
        if request.path_info not in self.files and (path := self._current(request.path_info)):
            # The address is not the file's own, so WhiteNoise gives the answer a short life and not an endless one.
            return self.serve(self.get_static_file(path, request.path_info), request)
        return super().__call__(request)

    def _current(self, url: str) -> str | None:
        """Return the path of the current file of an address with another hash, if the manifest knows its name."""
        # Without a manifest, as in development, names have no hashes.
        manifest = getattr(staticfiles_storage, "hashed_files", {})
        # What is not below the prefix keeps its first slash, which no name of the manifest has.
        name, hashes = HASH.subn("", url.removeprefix(self.static_prefix))
        return staticfiles_storage.path(manifest[name]) if hashes and name in manifest else None

    def add_cache_headers(self, headers, path: str, url: str) -> None:
        """Name a file's content in its ETag: two releases' files can have the same size and, in images, time."""
        super().add_cache_headers(headers, path, url)
        if match := HASH.search(PurePath(path).name):
            headers["ETag"] = f'"{match[1]}"'

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Serve a file, and the rest of one (If-Range) only to who has its beginning and not another release's."""
        if request.META.get("HTTP_IF_RANGE", static_file.etag) != static_file.etag:
            request.META.pop("HTTP_RANGE", None)
        return WhiteNoiseMiddleware.serve(static_file, request)
