"""The way back from the trash, in the message that says that a post went there."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core.admin.forms import is_key
from apps.posts import services
from apps.posts.models import Post

MOST = 200
"""Posts that one button takes back; no action moves more."""


def with_undo(request: HttpRequest, text: str, pks: Sequence[int]) -> SafeString:
    """Return a message with a button that takes these posts out of the trash again."""
    return format_html(
        '{} <form class="undo" method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">{}<button type="submit">{}</button></form>',
        text,
        reverse("admin:posts_post_untrash"),
        get_token(request),
        format_html_join("", '<input type="hidden" name="post" value="{}">', ((pk,) for pk in pks)),
        _("Undo"),
    )


class UndoAdmin:
    """For the ModelAdmin of posts: the address of that button."""

    def get_urls(self) -> list[URLPattern]:
        """Add it; `admin:posts_post_untrash`."""
        view = self.admin_site.admin_view(require_POST(self.untrash_view))
        return [path("untrash/", view, name="posts_post_untrash"), *super().get_urls()]

    def untrash_view(self, request: HttpRequest) -> HttpResponse:
        """Take posts out of the trash as they were; then show the one, or the list."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        pks = [pk for pk in request.POST.getlist("post")[:MOST] if is_key(pk)]
        back = [post.pk for post in self.get_queryset(request).filter(pk__in=pks) if self._untrash(request, post)]
        if back:
            text = ngettext("%(count)s post was restored.", "%(count)s posts were restored.", len(back))
            messages.success(request, text % {"count": len(back)})
        else:
            messages.warning(request, _("There was nothing to undo: none of it is in the trash any more."))
        if len(back) == 1:
            return HttpResponseRedirect(reverse("admin:posts_post_change", args=back))
        return HttpResponseRedirect(reverse("admin:posts_post_changelist"))

    def _untrash(self, request: HttpRequest, post: Post) -> bool:
        if not post.trashed_at:
            return False
        try:
            services.restore_post(post, by=request.user, expected_version=post.version)
        except services.StaleVersion:
            return False
        self.log_change(request, post, _("Taken out of the trash."))
        return True
