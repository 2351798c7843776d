"""The checklist for a stored post, and for a text that is being edited."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from apps.core import heavy_work
from apps.markdown import rendering
from apps.posts import checklist, links
from apps.posts.models import Post
from blog_project import addresses

from .access import editor_page


def warnings_of(post: Post, user) -> list[checklist.ChecklistWarning]:
    """Return the warnings about a stored post for a user."""
    return _warnings(post, post.body_html, user)


def _warnings(post: Post, html: str, user) -> list[checklist.ChecklistWarning]:
    broken = links.find_broken_links({0: (addresses.post(post.slug), html)}, user=user).get(0, [])
    return checklist.check(
        title=post.title,
        summary=post.summary,
        body=post.body,
        html=html,
        seo_title=post.seo_title,
        broken=broken,
    )


@editor_page("add", "change")
@require_POST
def check_text(request: HttpRequest) -> JsonResponse:
    """Return `{"warnings": [{"code", "text"}]}` for the posted title, summary, body, slug and seo_title.

    Return 422 with `{"error"}` for a text that is too complex to render, and 429 while other such work is under way.
    Nothing is stored.
    """
    fields = {name: request.POST.get(name, "") for name in ("title", "summary", "body", "slug", "seo_title")}
    post = Post(**fields | {"body": fields["body"].replace("\r\n", "\n")})
    try:
        with heavy_work.take_for_text(request.user.pk, post.body):
            warnings = _warnings(post, rendering.render(post.body).html, request.user)
    except rendering.TooComplex as error:
        return JsonResponse({"error": str(error)}, status=422)
    except heavy_work.Busy as error:
        return JsonResponse({"error": str(error)}, status=429, headers={"Retry-After": heavy_work.RETRY_AFTER})
    return JsonResponse({"warnings": [warning._asdict() for warning in warnings]})
