"""Whose request it is, judged as a gateway judges it, so that one process answers as the split does."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from blog_project.roles import owner


class PathMiddleware:
    """Answer 404 to a path that means another role's when it is decoded, such as `/%61pi/v1/posts/`.

    A gateway takes it for a page's, and what limits a prefix there would not see it. The bridge keeps the path as it was sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; raises Http404 where the two owners differ."""
        sent = request.META.get("broadsheet.sent_path", request.path)
        if sent != request.path and owner(request.method, sent) is not owner(request.method, request.path):
            raise Http404
        return self.get_response(request)
