"""Private preview links of a post: create one, show its address once, and revoke it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from apps.core.admin.forms import is_key
from apps.editor.admin import history
from apps.editor.admin.datetimes import in_full
from apps.posts.models import Post, PreviewLink
from blog_project import addresses

from .access import post_admin, post_page

MAX_LINKS = 20
"""Usable links that a post can have at once."""


class PreviewLinkForm(forms.Form):
    """How long a new link is valid."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        initial=7,
        choices=[(days, ngettext_lazy("%d day", "%d days") % days) for days in (1, 7, 30)],
    )


@post_page("change")
def previews(request: HttpRequest, post: Post) -> HttpResponse:
    """List the links of a post; create one and show its address once, or revoke one."""
    if request.method == "POST" and is_key(request.POST.get("revoke", "")):
        return _revoke(request, post, request.POST["revoke"])
    form = PreviewLinkForm(request.POST if request.method == "POST" else None)
    created = _create(request, post, form) if form.is_valid() else {}
    context = {"form": form, "links": preview_links(post), **created}
    title = _("Private preview links of “%s”") % post
    return history.post_response(
        request, "admin/posts/post/previews.html", post, title=title, here=_("Private preview links"), **context
    )


def _create(request: HttpRequest, post: Post, form: PreviewLinkForm) -> dict[str, str]:
    if len(preview_links(post)) >= MAX_LINKS:
        form.add_error(None, _("A post has at most %s links at once. Revoke one first.") % MAX_LINKS)
        return {}
    days = form.cleaned_data["days"]
    # Shown only in this response: a message would store the secret in a cookie or a session.
    link, secret = PreviewLink.objects.issue(post=post, by=request.user, days=days)
    post_admin().log_change(request, post, _("Made a private preview link, valid until %s.") % in_full(link.expires_at))
    return {"address": addresses.absolute(addresses.shared_preview(secret))}


def _revoke(request: HttpRequest, post: Post, pk: str) -> HttpResponse:
    if PreviewLink.objects.filter(post=post, pk=pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        post_admin().log_change(request, post, _("Revoked a private preview link."))
        messages.success(request, _("The link was revoked: its address leads nowhere now."))
    return HttpResponseRedirect(request.path)


def preview_links(post: Post) -> list[PreviewLink]:
    """Return the usable links of a post, newest first."""
    return list(PreviewLink.objects.usable().filter(post=post).select_related("created_by").order_by("-pk")[:MAX_LINKS])
