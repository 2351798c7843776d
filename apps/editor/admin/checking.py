"""The checklist at the desk: of a post as it is stored, and of a text as it is typed."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from apps.posts import checklist, links, rendering
from apps.posts.models import Post
from blog_project import addresses


def warnings_of(post: Post) -> list[checklist.Remark]:
    """Return what to look at in a post as it is stored."""
    return _warnings(post, post.body_html)


def _warnings(post: Post, html: str) -> list[checklist.Remark]:
    broken = links.broken({0: (addresses.post(post.slug), html)}).get(0, [])
    return checklist.check(
        title=post.title,
        summary=post.summary,
        body=post.body,
        html=html,
        seo_title=post.seo_title,
        broken=broken,
    )


class ChecklistAdmin:
    """For the ModelAdmin of posts: an address that checks what is typed."""

    def get_urls(self) -> list[URLPattern]:
        """Add the address; `admin:posts_post_checklist`."""
        view = self.admin_site.admin_view(require_POST(self.checklist_view))
        return [path("checklist/", view, name="posts_post_checklist"), *super().get_urls()]

    def checklist_view(self, request: HttpRequest) -> JsonResponse:
        """Answer `{"warnings": [{"code", "text"}]}` for the posted title, summary, body, slug and seo_title.

        422 with `{"error"}` for a text that is too complex to be rendered. Nothing is stored.
        """
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        typed = {name: request.POST.get(name, "") for name in ("title", "summary", "body", "slug", "seo_title")}
        post = Post(**typed | {"body": typed["body"].replace("\r\n", "\n")})
        try:
            html = rendering.render(post.body).html
        except rendering.TooComplex as error:
            return JsonResponse({"error": str(error)}, status=422)
        return JsonResponse({"warnings": [warning._asdict() for warning in _warnings(post, html)]})
