"""Refuse encoded paths that a gateway would route to another role, so that a monolith answers like the split."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from blog_project.roles import owner


class PathMiddleware:
    """Answer 404 to a path that belongs to another role once it is decoded, such as `/%61pi/v1/posts/`.

    A gateway routes it to the pages, and its rules for a prefix would not apply. The bridge passes the path as it was sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; raises Http404 if the sent and the decoded path have different owners."""
        sent = request.META.get("broadsheet.sent_path", request.path)
        if sent != request.path and owner(request.method, sent) is not owner(request.method, request.path):
            raise Http404
        return self.get_response(request)
