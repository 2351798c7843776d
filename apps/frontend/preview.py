"""The private preview of a post: the reader's own page, for those who may change it. Part of the admin role."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.posts.models import Post
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
    post = get_object_or_404(Post.objects.for_reading(), pk__in=mine)
    request.site = site.current()
    with languages.speaking(post.language, request.site):
        context = post_context(post) | {"about": meta.of_post(post, request.site), "is_preview": True}
        response = render(request, "frontend/post.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
