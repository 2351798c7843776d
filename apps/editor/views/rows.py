"""The buttons in each row of the list of posts: duplicate a post, feature one, and move one to the trash."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.admin.forms import is_key
from apps.core.admin.next_page import next_page
from apps.editor.admin import actions
from apps.posts import links, services
from apps.posts.models import Author, Post
from apps.posts.post_fields import AUTHORED_FIELDS

from .access import check_permission, editor_page, post_admin
from .undo import with_undo

TITLE_LIMIT = Post._meta.get_field("title").max_length
_NOT_COPIED = frozenset(
    "title slug status published_at translation_of is_featured series series_position canonical_url tags authors".split()
)
"""What is a post's own: a copy has a new title and address, is a draft, no translation, and no part."""


@editor_page("add")
@require_POST
def duplicate(request: HttpRequest) -> HttpResponse:
    """Make a draft “Copy of …” with the text, tags and cover of a post, and open it."""
    post = _post(request)
    values = {name: getattr(post, name) for name in AUTHORED_FIELDS if name not in _NOT_COPIED}
    title = (_("Copy of %s") % post.title)[:TITLE_LIMIT]
    try:
        copy = services.create_post(
            by=request.user, title=title, tags=post.ordered_tags, authors=_authors(request, post), **values
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back(request)
    post_admin().log_addition(request, copy, _("Copied from another post."))
    messages.success(request, _("This is a copy. Readers do not see it until you publish it."))
    return HttpResponseRedirect(reverse("admin:posts_post_change", args=[copy.pk]))


def _authors(request: HttpRequest, post: Post) -> list[Author]:
    """Return the authors of a copy: whoever makes it or, for an editor who writes nothing, those of the post."""
    return list(Author.objects.filter(user_id=request.user.pk)) or post.ordered_authors


@editor_page("change")
@require_POST
def feature(request: HttpRequest) -> HttpResponse:
    """Feature a post, or a featured one no longer."""
    post = _post(request)
    check_permission(request, ("change",), post)
    is_featured = not post.is_featured
    try:
        actions.set_featured(post, is_featured=is_featured, by=request.user)
    except services.StaleVersion:
        messages.warning(request, _("Somebody saved the post meanwhile. Nothing was changed; look at it again."))
        return _back(request)
    except ValidationError as error:
        messages.error(request, f"“{post}”: {' '.join(error.messages)}")
        return _back(request)
    post_admin().log_change(request, post, _("Featured.") if is_featured else _("No longer featured."))
    note = _("“%s” is featured now.") if is_featured else _("“%s” is no longer featured.")
    messages.success(request, note % post)
    return _back(request)


@editor_page("delete")
@require_POST
def trash(request: HttpRequest) -> HttpResponse:
    """Move a post to the trash, with a button that takes it back."""
    post = _post(request)
    check_permission(request, ("delete",), post)
    try:
        services.trash_post(post, by=request.user, expected_version=post.version)
    except services.StaleVersion:
        messages.warning(request, _("The post was saved meanwhile. Nothing was deleted; look at it again."))
        return _back(request)
    post_admin().log_change(request, post, _("Moved to the trash."))
    messages.success(request, with_undo(request, _("“%s” was moved to the trash.") % post, [post.pk]))
    if linking := links.linking_posts(post.slug, user=request.user):
        note = _("These posts link to it, and their links lead nowhere now: %s.")
        messages.warning(request, note % ", ".join(f"“{other}”" for other in linking))
    return _back(request)


def _post(request: HttpRequest) -> Post:
    """Return the post that a button names, outside the trash. Raises Http404 for one that is not the user's."""
    key = request.POST.get("post", "")
    posts = post_admin().get_queryset(request).filter(trashed_at__isnull=True)
    post = posts.filter(pk=key).first() if is_key(key) else None
    if post is None:
        raise Http404
    return post


def _back(request: HttpRequest) -> HttpResponse:
    """Redirect to the list as it was: its filters are in `next`."""
    return HttpResponseRedirect(next_page(request, reverse("admin:posts_post_changelist")))
