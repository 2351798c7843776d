"""The private preview of a post: the reader's own page, for those who may change it and for those whom they give a link.

Part of the admin role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.posts.models import Post, PreviewLink
from apps.site import languages
from apps.site import models as site

from . import meta
from .views import post_context


@never_cache
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show post `pk` as readers will see it; 404 for a post that this member of the staff may not change."""
    if not (request.user.is_active and request.user.is_staff):
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    mine = Post.objects.editable_by(request.user).filter(pk=pk).values("pk")
    return _answer(request, get_object_or_404(Post.objects.for_reading(), pk__in=mine))


@never_cache
@require_safe
def shared_preview(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the post of a preview link to whoever has its address, as it was last saved.

    404 for a link that is wrong, revoked or expired, which nobody can tell apart; 410 where the post is in the trash.
    """
    link = PreviewLink.objects.of_secret(secret)
    if link is None:
        raise Http404
    post = get_object_or_404(Post.objects.for_reading(), pk=link.post_id)
    if post.trashed_at:
        response = render(request, "frontend/410.html", status=410)
    else:
        response = _answer(request, post, shared_until=link.expires_at)
    # The address is the secret, so no other page is to learn it from a link in this one.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Answer 404 for what else is under the prefix, whatever the method."""
    raise Http404


def _answer(request: HttpRequest, post: Post, **more: Any) -> HttpResponse:
    request.site = site.current()
    with languages.speaking(post.language, request.site):
        context = post_context(post) | {"about": meta.of_post(post, request.site), "is_preview": True} | more
        response = render(request, "frontend/post.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
