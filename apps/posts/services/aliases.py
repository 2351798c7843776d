"""Writing old addresses by hand. (Those of a changed slug are written with the post.)"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import write_atomically
from blog_project import addresses, roles

from ..models import Post, PostAlias
from .posts import check_alias

_NOT_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def create_alias(*, path: str, post: Post, by=None) -> PostAlias:
    """Have an old path, or a whole old address, lead to a post. Raises ValidationError, by field."""
    path = _clean_path(path)
    alias = PostAlias(path=path, post=post)

    def write() -> None:
        _check_free(path, post)
        alias.pk = None
        alias.save(force_insert=True)
        content_state.bump()

    write_atomically(write)
    return alias


def delete_alias(alias: PostAlias, *, by=None) -> None:
    """Forget an old address: readers get 404 there."""

    pk = alias.pk

    def write() -> None:
        alias.pk = pk  # Django forgets it where it deletes the row, which a deadlock brings back.
        alias.delete()
        content_state.bump()

    write_atomically(write)


def _clean_path(given: str) -> str:
    try:
        path = urlsplit(given.strip()).path
    except ValueError:
        path = ""
    path = addresses.one_slash(unquote(path))
    if _NOT_TEXT.search(path):
        raise ValidationError({"path": _("The address has characters that are not text. Type it anew.")})
    check_alias(path, "path")
    return path


def _check_free(path: str, post: Post) -> None:
    """Refuse a path that readers would never be led on from, or that leads on already."""
    words = {"path": path}
    if path == addresses.HOME or roles.owner("GET", path) is not roles.Role.FRONTEND or _first(path) in _OURS:
        raise ValidationError({"path": _("“%(path)s” is an address that the site needs itself.") % words})
    there = Post.objects.filter(slug=path.strip("/")).only("title").first()
    if there is not None:
        words["post"] = there
        raise ValidationError(
            {"path": _("“%(path)s” is the address of “%(post)s”, so nobody would be led on.") % words}
        )
    old = PostAlias.objects.filter(path__in=addresses.path_variants(path)).select_related("post").first()
    if old is not None:
        words = {"path": old.path, "post": old.post}
        raise ValidationError(
            {"path": _("“%(path)s” leads to “%(post)s” already. Delete that old address first.") % words}
        )


def _first(path: str) -> str:
    return path.strip("/").partition("/")[0].lower()


_OURS = frozenset(["static", "media", "sitemaps", "livez", "readyz"])
