"""Private preview links at the desk: made, copied once, and revoked."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from apps.core.admin.forms import is_key
from apps.posts.models import Post, PreviewLink
from blog_project import addresses

from .datetimes import in_full

MOST = 20
"""Links that a post has at once."""


class PreviewLinkForm(forms.Form):
    """For how long a link is good."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Good for"),
        coerce=int,
        initial=7,
        choices=[(days, ngettext_lazy("%d day", "%d days") % days) for days in (1, 7, 30)],
    )


class PreviewLinksAdmin:
    """For the ModelAdmin of posts."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page of a post's links; `admin:posts_post_previews`."""
        view = self.admin_site.admin_view(self.previews_view)
        return [path("<path:object_id>/previews/", view, name="posts_post_previews"), *super().get_urls()]

    def previews_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """List a post's links; make one and show its address once, or revoke one."""
        post = self._post_or_404(request, object_id)
        if not self.has_change_permission(request, post):
            raise PermissionDenied
        if request.method == "POST" and is_key(request.POST.get("revoke", "")):
            return self._revoke(request, post, request.POST["revoke"])
        form = PreviewLinkForm(request.POST if request.method == "POST" else None)
        made = self._make(request, post, form) if form.is_valid() else {}
        context = {"form": form, "links": preview_links(post), **made}
        title = _("Private preview links of “%s”") % post
        return self._answer(request, "admin/posts/post/previews.html", post, title=title, **context)

    def _make(self, request: HttpRequest, post: Post, form: PreviewLinkForm) -> dict:
        if len(preview_links(post)) >= MOST:
            form.add_error(None, _("A post has at most %s links at once. Revoke one first.") % MOST)
            return {}
        days = form.cleaned_data["days"]
        # Shown in this one response: a message would put the secret into a cookie or a session.
        link, secret = PreviewLink.objects.issue(post=post, by=request.user, days=days)
        self.log_change(request, post, _("Made a private preview link, good until %s.") % in_full(link.expires_at))
        return {"address": addresses.absolute(addresses.shared_preview(secret))}

    def _revoke(self, request: HttpRequest, post: Post, pk: str) -> HttpResponse:
        if PreviewLink.objects.filter(post=post, pk=pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
            self.log_change(request, post, _("Revoked a private preview link."))
            messages.success(request, _("The link was revoked: its address leads nowhere now."))
        return HttpResponseRedirect(request.path)

    def render_change_form(self, request: HttpRequest, context, *args, obj: Post | None = None, **kwargs):
        """List the links beside the form."""
        if obj and not obj.trashed_at:
            context["preview_links"] = preview_links(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


def preview_links(post: Post) -> list[PreviewLink]:
    """Return the links of a post that work, newest first."""
    return list(PreviewLink.objects.usable().filter(post=post).select_related("created_by").order_by("-pk")[:MOST])
