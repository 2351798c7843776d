"""Previews of unpublished posts, in the template of readers, for editors and for anybody with a preview link.

Part of the admin role.
"""

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
from .responses import allow_frames
from .views import post_context


@never_cache
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show post `pk` as readers will see it; 404 if the user may not change it. Redirects to the login page."""
    if not (request.user.is_active and request.user.is_staff):
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    editable = Post.objects.editable_by(request.user).filter(pk=pk).values("pk")
    return _render_preview(request, get_object_or_404(Post.objects.for_reading(), pk__in=editable))


@never_cache
@require_safe
def shared_preview(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the post of a preview link as it was last saved. The secret in the address is the only credential.

    404 for a link that is unknown, revoked or expired, with the same response for all; 410 if the post is in the trash.
    """
    link = PreviewLink.objects.find_by_secret(secret)
    if link is None:
        raise Http404
    post = get_object_or_404(Post.objects.for_reading(), pk=link.post_id)
    if post.trashed_at:
        response = render(request, "frontend/410.html", status=410)
    else:
        response = _render_preview(request, post, shared_until=link.expires_at)
    # The address is secret, so it must not be sent as the referrer of a link.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Return 404 for every other path under the prefix, for any method."""
    raise Http404


def _render_preview(request: HttpRequest, post: Post, **more: Any) -> HttpResponse:
    request.site = site.current()
    with languages.activated(post.language, request.site):
        context = post_context(post) | {"about": meta.of_post(post, request.site), "is_preview": True} | more
        response = allow_frames(render(request, "frontend/post.html", context), post.body_html)
    response["X-Robots-Tag"] = "noindex"
    return response
