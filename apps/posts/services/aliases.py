"""Aliases of posts: creating and deleting them by hand, and those that come with a post and its changed slug."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.text import normalized
from apps.core.transactions import write_atomically
from blog_project import addresses, roles

from ..models import Post, PostAlias

_NOT_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def create_alias(*, path: str, post: Post, by=None) -> PostAlias:
    """Redirect an old path, or the path of an old URL, to a post. Raises ValidationError, by field."""
    path = _clean_path(path)
    alias = PostAlias(path=path, post=post)

    def write() -> None:
        _check_free(path, by)
        alias.pk = None
        alias.save(force_insert=True)
        content_state.bump()

    write_atomically(write)
    return alias


def delete_alias(alias: PostAlias, *, by=None) -> None:
    """Delete an alias. Readers get 404 at its path."""
    pk = alias.pk

    def write() -> None:
        alias.pk = pk  # Django unsets it on deletion; after a deadlock, the deletion is tried again.
        alias.delete()
        content_state.bump()

    write_atomically(write)


def _clean_path(given: str) -> str:
    try:
        parts = urlsplit(given.strip())
    except ValueError:
        parts = urlsplit("")
    path = normalized(addresses.one_slash(unquote(parts.path)))
    numbers = dict(parse_qsl(parts.query))
    if number := next((numbers[name] for name in addresses.POST_NUMBERS if numbers.get(name, "").isdecimal()), ""):
        path = addresses.numbered(path or addresses.HOME, number)
    if _NOT_TEXT.search(path):
        raise ValidationError({"path": _("The address has characters that are not text. Type it anew.")})
    check_alias(path, "path")
    return path


def _check_free(path: str, by) -> None:
    """Raise ValidationError for a path that the site or a post uses itself, or that is an alias already.

    The error names the post if `by` may know of it.
    """
    params = {"path": path}
    if (
        path == addresses.HOME
        or roles.owner("GET", path) is not roles.Role.FRONTEND
        or _first_segment(path) in _RESERVED_SEGMENTS
    ):
        raise ValidationError({"path": _("“%(path)s” is an address that the site needs itself.") % params})
    existing = Post.objects.filter(slug=path.strip("/")).values_list("pk", flat=True).first()
    if existing is not None:
        params["post"] = _name(existing, by)
        raise ValidationError(
            {"path": _("“%(path)s” is the address of “%(post)s”, so nobody would be led on.") % params}
        )
    alias = PostAlias.objects.filter(path__in=addresses.path_variants(path)).first()
    if alias is not None:
        params = {"path": alias.path, "post": _name(alias.post_id, by)}
        raise ValidationError(
            {"path": _("“%(path)s” leads to “%(post)s” already. Delete that old address first.") % params}
        )


def _name(post_id: int, by) -> str:
    known = Post.objects.known_to(by).filter(pk=post_id).only("title").first()
    return str(known or _("a post that is not yours to see"))


def _first_segment(path: str) -> str:
    return path.strip("/").partition("/")[0].lower()


_RESERVED_SEGMENTS = frozenset(["static", "media", "sitemaps", "livez", "readyz"])


def write_aliases(post: Post, paths: Iterable[str]) -> None:
    """Make these paths lead to a post, within its own transaction. Raises ValidationError for what is no path."""
    own = addresses.post(post.slug)
    for path in dict.fromkeys(map(normalized, paths)):
        if path == own:
            continue
        check_alias(path)
        alias = PostAlias.objects.filter(path=path).first()
        if alias is None:
            PostAlias.objects.create(path=path, post=post)
        elif alias.post_id != post.pk:
            # Another post had this address before: the path now redirects to the post that had it last.
            alias.delete()
            PostAlias.objects.create(path=path, post=post)


def check_addresses(post: Post, aliases: Iterable[str], *, by, is_moved: bool = True) -> None:
    """Raise ValidationError if an address of the post leads to another one, which `by` may not change.

    Readers who follow old links to that post would come to this one. The slug counts if it is new (`is_moved`). Call
    this after the post is saved: whoever gives a slug up has then written its alias.
    """
    if by is None:
        return
    fields = {normalized(path): "aliases" for path in aliases} | (
        {addresses.post(post.slug): "slug"} if is_moved else {}
    )
    taken = PostAlias.objects.filter(path__in=fields).exclude(post=post)
    for alias in taken.exclude(post__in=Post.objects.editable_by(by)):
        message = _("“%s” was the address of another post, and still leads to it. Choose another, or ask an editor.")
        raise ValidationError({fields[alias.path]: message % alias.path})


def check_alias(path: str, field: str = "aliases") -> None:
    """Raise ValidationError for `field` if `path` does not begin with a slash or is too long."""
    longest = PostAlias._meta.get_field("path").max_length
    if not path.startswith("/") or len(path) > longest:
        raise ValidationError(
            {
                field: _("“%(path)s” is no path: it begins with / and has at most %(longest)s characters.")
                % {"path": path[:100], "longest": longest}
            }
        )
