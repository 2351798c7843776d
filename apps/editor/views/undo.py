"""The button “Undo” in the message that reports what was done with posts of the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core.admin.forms import is_key
from apps.posts import services
from apps.posts.models import Post

from .access import editor_page, post_admin

MAX_POSTS = 200
"""Posts that one button restores at most; no action moves more."""


def with_undo(request: HttpRequest, text: str, pks: Sequence[int]) -> SafeString:
    """Return a message with a button that restores these posts from the trash."""
    return _with_button(request, text, reverse("untrash_posts"), [("post", pk) for pk in pks])


def undone_by(action: str, **fields: Sequence[str]) -> Callable[[HttpRequest, str, Sequence[int]], SafeString]:
    """Return a function as `with_undo` whose button runs another action of the list on the posts.

    `fields` are the values of the action's own fields, by name.
    """
    given = [(name, value) for name, values in fields.items() for value in values]

    def with_button(request: HttpRequest, text: str, pks: Sequence[int]) -> SafeString:
        chosen = [(ACTION_CHECKBOX_NAME, pk) for pk in pks]
        address = reverse("admin:posts_post_changelist")
        return _with_button(request, text, address, [("action", action), ("index", "0"), *given, *chosen])

    return with_button


def _with_button(request: HttpRequest, text: str, address: str, fields: Sequence[tuple[str, object]]) -> SafeString:
    return format_html(
        '{} <form class="undo" method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">{}<button type="submit">{}</button></form>',
        text,
        address,
        get_token(request),
        format_html_join("", '<input type="hidden" name="{}" value="{}">', fields),
        _("Undo"),
    )


@editor_page("delete")
@require_POST
def untrash(request: HttpRequest) -> HttpResponse:
    """Restore posts from the trash; then redirect to the post if it is a single one, else to the list."""
    pks = [pk for pk in request.POST.getlist("post")[:MAX_POSTS] if is_key(pk)]
    posts = post_admin().get_queryset(request).filter(pk__in=pks)
    restored = [post.pk for post in posts if _restore(request, post)]
    if restored:
        text = ngettext("%(count)s post was restored.", "%(count)s posts were restored.", len(restored))
        messages.success(request, text % {"count": len(restored)})
    else:
        messages.warning(request, _("There was nothing to undo: none of these posts is in the trash any more."))
    if len(restored) == 1:
        return HttpResponseRedirect(reverse("admin:posts_post_change", args=restored))
    return HttpResponseRedirect(reverse("admin:posts_post_changelist"))


def _restore(request: HttpRequest, post: Post) -> bool:
    if not post.trashed_at:
        return False
    try:
        services.restore_post(post, by=request.user, expected_version=post.version)
    except services.StaleVersion:
        return False
    except ValidationError as error:
        messages.error(request, f"“{post}”: {' '.join(error.messages)}")
        return False
    post_admin().log_change(request, post, _("Taken out of the trash."))
    return True
