"""Static files: during a rollout, while two releases run side by side (docs/decisions/0011), and for who saves data."""

from __future__ import annotations

import re
from pathlib import PurePath

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from apps.core import public_files

HASH = re.compile(r"\.([0-9a-f]{12})(?=\.[^./]+$)")
"""The content hash that Django puts into a file name, before its last suffix."""


TYPEFACE = ".woff2"
"""The suffix of the files of typefaces."""


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, but it serves the current file for the URL of another release's version of it."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve a static file, also for a URL whose hash this release does not know.

        Who asks to save data (`Save-Data: on`) gets no typefaces, and reads in those of the system. The pages are the same
        for all, so that their cache needs no second copy of each.
        """
        saves_data = request.headers.get("Save-Data", "").strip().lower() == "on"
        if saves_data and request.path_info.startswith(self.static_prefix) and request.path_info.endswith(TYPEFACE):
            return HttpResponse(status=204, headers={"Cache-Control": "no-store", "Vary": "Save-Data"})
        if request.path_info not in self.files and (path := self._current_path(request.path_info)):
            # The URL is not the file's own, so WhiteNoise sends a short max-age and not `immutable`.
            return self.serve(self.get_static_file(path, request.path_info), request)
        return super().__call__(request)

    def _current_path(self, url: str) -> str | None:
        """Return the path of the current file for a URL with another hash, if the manifest has its name."""
        # Without a manifest, as in development, names have no hashes.
        manifest = getattr(staticfiles_storage, "hashed_files", {})
        # A URL outside the prefix keeps its leading slash, which no name in the manifest has.
        name, hashes = HASH.subn("", url.removeprefix(self.static_prefix))
        return staticfiles_storage.path(manifest[name]) if hashes and name in manifest else None

    def add_cache_headers(self, headers, path: str, url: str) -> None:
        """Make the content hash the ETag: files of two releases can have equal size and, in images, mtime."""
        super().add_cache_headers(headers, path, url)
        if match := HASH.search(PurePath(path).name):
            headers["ETag"] = f'"{match[1]}"'
        if path.endswith(TYPEFACE):
            headers["Vary"] = "Save-Data"

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Serve a file; ignore Range if If-Range names the file of another release."""
        if request.META.get("HTTP_IF_RANGE", static_file.etag) != static_file.etag:
            request.META.pop("HTTP_RANGE", None)
        response = WhiteNoiseMiddleware.serve(static_file, request)
        # On a 304 too: its headers replace those that a browser has kept.
        public_files.allow_embedding(response)
        return response
