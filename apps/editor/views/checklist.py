"""The checklist: of a post as it is stored, and of a text as it is typed."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from apps.posts import checklist, links, rendering
from apps.posts.models import Post
from blog_project import addresses

from .access import page


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


@page("add", "change")
@require_POST
def check_text(request: HttpRequest) -> JsonResponse:
    """Answer `{"warnings": [{"code", "text"}]}` for the posted title, summary, body, slug and seo_title.

    422 with `{"error"}` for a text that is too complex to be rendered. Nothing is stored.
    """
    typed = {name: request.POST.get(name, "") for name in ("title", "summary", "body", "slug", "seo_title")}
    post = Post(**typed | {"body": typed["body"].replace("\r\n", "\n")})
    try:
        html = rendering.render(post.body).html
    except rendering.TooComplex as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"warnings": [warning._asdict() for warning in _warnings(post, html)]})
