"""The table of requests that may have a body, with the size of each: no other body is read (docs/decisions/0028).

The server looks here before it reads anything. It hands every other request to Django without its body, which answers as
for a request without one: 404, 405, or 421 for the operation of another role. `tests/server/test_body_limits.py` compares
the table with the views that read a body, so that a new route cannot be forgotten.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from django.conf import settings

from . import roles
from .addresses import API


class Row(NamedTuple):
    """Requests whose body may have as many bytes as one setting says."""

    methods: tuple[str, ...]
    path: str
    """A regular expression for the whole decoded path."""
    setting: str

    def matches(self, method: str, path: str) -> bool:
        """Return whether the row is about a request."""
        return method in self.methods and re.fullmatch(self.path, path) is not None


_RESOURCES = "(?:posts|tags|authors|series)/"
_MEMBER = "[1-9][0-9]*/"
_CHANGES = ("PUT", "PATCH")

TABLE = (
    # Images: a form with a file. (What describes an image is small.)
    Row(("POST",), f"{API}images/", "UPLOAD_BODY_LIMIT"),
    Row(("POST",), "/admin/(?:media/image/(?:add|upload)|profile/picture)/", "UPLOAD_BODY_LIMIT"),
    Row(_CHANGES, f"{API}images/{_MEMBER}", "SMALL_BODY_LIMIT"),
    # Comments, which anybody may write, and what else is asked of people who are not logged in.
    Row(("POST",), f"{API}comments/", "SMALL_BODY_LIMIT"),
    Row(_CHANGES, f"{API}comments/{_MEMBER}", "SMALL_BODY_LIMIT"),
    Row(
        ("POST",),
        "/admin/(?:password_reset|reset|logout|invitation|comments/by-mail|second-factor/(?:passkeys|login))/.*",
        "SMALL_BODY_LIMIT",
    ),
    # Texts: the API's JSON and the admin's forms. The login page takes over a form that was sent after a session ended.
    Row(("POST",), f"{API}{_RESOURCES}", "REQUEST_BODY_LIMIT"),
    Row(_CHANGES, f"{API}{_RESOURCES}{_MEMBER}", "REQUEST_BODY_LIMIT"),
    # Several of those, or of deletions, whose body names what is deleted.
    Row(("POST", "PATCH", "DELETE"), f"{API}batch/", "REQUEST_BODY_LIMIT"),
    Row(("POST",), "/admin/.*", "REQUEST_BODY_LIMIT"),
)
"""The first row that matches a request decides."""


def limit(method: str, path: str) -> int:
    """Return how many bytes the body of a request to this process may have; 0 if it takes none.

    `path` is the decoded path.
    """
    for row in TABLE:
        if row.matches(method, path):
            return getattr(settings, row.setting) if roles.owner(method, path) in settings.ROLES else 0
    return 0
