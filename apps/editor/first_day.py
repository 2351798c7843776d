"""The first day: what a new blog lacks, as a card of the start page that goes away when it is done; removing the demo."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.comments.models import Comment
from apps.media import services as media
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author, Post, PostAuthor, PostTag, Series, Tag
from apps.site.models import current

from .views.access import editor_page

LOCAL = "@localhost"
"""How the address of the account ends that `make run` makes."""
RIGHTS = (
    "site.change_site",
    "auth.change_user",
    "posts.change_others_post",
    "posts.delete_post",
    "posts.delete_tag",
    "posts.delete_author",
    "posts.delete_series",
    "media.delete_image",
)


class Removed(NamedTuple):
    """What removing the demo did, in numbers of posts."""

    deleted: int
    kept: int
    """Those that somebody changed or commented on: they are in the trash."""


def card(request: HttpRequest, reasons: list[str]) -> dict[str, Any] | None:
    """Return what is still to do, for who may do all of it; None if all is done. Asks the database for nothing.

    `reasons` are those of the newest versions of posts that are not in the trash: they tell whether the demo is there.
    """
    if not request.user.has_perms(RIGHTS):
        return None
    files = tuple(f"imported from {name} (" for name in demo_files())
    todo = {
        "name": current().name == settings.DEFAULT_SITE_NAME,
        "account": not request.user.email or request.user.email.endswith(LOCAL),
        "demo": any(reason.startswith(files) for reason in reasons),
    }
    return {**todo, "factor": not request.user.is_verified()} if any(todo.values()) else None


@cache
def demo_files() -> tuple[str, ...]:
    """Return the names of the files from which `make run` imports the demo."""
    return tuple(sorted(path.name for path in (settings.BASE_DIR / "demo").glob("*.md")))


@editor_page("delete")
@require_POST
def remove_demo(request: HttpRequest) -> HttpResponse:
    """Remove the demo, and say what was done."""
    if not request.user.has_perms(RIGHTS):
        raise PermissionDenied
    removed = _remove(request)
    words = ngettext("%s post of the demo was deleted.", "%s posts of the demo were deleted.", removed.deleted)
    text = words % removed.deleted
    if removed.kept:
        words = ngettext(
            "%s that was changed or has comments is in the trash.",
            "%s that were changed or have comments are in the trash.",
            removed.kept,
        )
        text = f"{text} {words % removed.kept}"
    messages.success(request, text)
    return HttpResponseRedirect(reverse("admin:index"))


def _remove(request: HttpRequest) -> Removed:
    """Delete the demo's posts, and its tags, authors, series and pictures that no other post has."""
    sources = [f"markdown:demo/{name}" for name in demo_files()]
    posts = Post.objects.filter(source_id__in=sources, trashed_at__isnull=True)
    # The comments of the demo itself go with it.
    comments = Comment.objects.filter(post=OuterRef("pk")).exclude(source_id__startswith="markdown:demo/")
    posts = list(posts.with_due_update().annotate(has_comments=Exists(comments)))
    keys = [post.pk for post in posts]
    tags = list(Tag.objects.filter(pk__in=PostTag.objects.filter(post__in=keys).values("tag")))
    authors = list(Author.objects.filter(pk__in=PostAuthor.objects.filter(post__in=keys).values("author"), user=None))
    series = list(Series.objects.filter(posts__in=keys).distinct())
    # Whatever somebody has uploaded is theirs, also where a post of the demo shows it.
    images = list(Image.objects.filter(uses__post__in=keys, uploaded_by=None).distinct())
    done = [_remove_post(request, post) for post in posts]
    for tag in tags:
        if not PostTag.objects.filter(tag=tag).exists():
            services.delete_tag(tag, by=request.user)
    for author in authors:
        if not PostAuthor.objects.filter(author=author).exists():
            services.delete_author(author, by=request.user)
    for each in series:
        if not Post.objects.filter(series=each).exists():
            services.delete_series(each, by=request.user)
    for image in Image.objects.unused().filter(pk__in=[image.pk for image in images]):
        media.delete_image(image, by=request.user)
    return Removed(done.count("deleted"), done.count("kept"))


def _remove_post(request: HttpRequest, post: Post) -> str:
    """Trash a post, and delete it if it is as it was imported; return "deleted", "kept" or, if it changed, ""."""
    is_as_imported = post.version == 1 and not post.has_comments
    posts = admin.site.get_model_admin(Post)
    try:
        post = services.trash_post(post, by=request.user, expected_version=post.version)
        if not is_as_imported:
            posts.log_change(request, post, _("Moved to the trash."))
            return "kept"
        posts.log_deletions(request, [post])
        services.purge_post(post, by=request.user)
    except (services.StaleVersion, ValidationError):
        return ""  # Somebody changed it just now; the card offers it again.
    return "deleted"
