"""Every write to the blog: the API, the admin and the importers all come through here.

A write renders first, outside the transaction. Then one transaction checks the version, writes the row, its
links, its alias, its history and its search document, and, only where the public sees a difference, bumps the
content generation as its last statement (that row is the one that all writers share).

All functions take keyword arguments. They raise `django.core.exceptions.ValidationError` (by field, for people)
for bad values and `StaleVersion` when the row changed since `expected_version`; then nothing was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from blog_project import addresses

from . import rendering, slugs
from .models import Author, ContentGeneration, Post, PostAlias, PostAuthor, PostTag, SearchDocument, Tag, post_records
from .versioned import StaleVersion

__all__ = [
    "StaleVersion",
    "create_author",
    "create_post",
    "create_tag",
    "delete_author",
    "delete_tag",
    "purge_post",
    "rerender_post",
    "restore_post",
    "tags_named",
    "trash_post",
    "update_author",
    "update_post",
    "update_tag",
]

ATTEMPTS = 5
"""How often a write is tried where others get in its way: they took its made-up slug, or a deadlock chose it."""
DEADLOCK = 1213
"""MySQL's error number (ER_LOCK_DEADLOCK): the transaction was rolled back, to be tried again."""

_RENDERED = ("body_html", "toc_html", "excerpt", "word_count", "rendered_by")


# Posts


def create_post(
    *,
    by,
    title: str,
    authors: Sequence[Author] = (),
    tags: Iterable[Tag] = (),
    aliases: Iterable[str] = (),
    reason: str = "",
    **fields,
) -> Post:
    """Create a post and return it. `by` is the user who does it, or None for a command.

    `fields` are model fields of `Post`; without a slug one is made from the title; published without a date
    means now. `aliases` are old public paths that should redirect to it.
    """
    post = Post(title=title, **fields)
    _clean_post(post)
    _render(post)
    given_slug, tags, authors = bool(post.slug), list(tags), list(authors)

    def write() -> None:
        if not given_slug:
            post.slug = _post_slug(post)
        post.pk = None
        post.skip_history_when_saving = True
        post.save(force_insert=True)
        _write_links(post, tags, authors)
        _write_aliases(post, aliases)
        _write_history(post, "+", by=by, reason=reason)
        _add_to_search(post)
        if _is_on_its_way(post):
            ContentGeneration.bump()

    _transaction(write, slug_given=given_slug)
    return post


def update_post(
    post: Post,
    *,
    by,
    expected_version: int,
    tags: Iterable[Tag] | None = None,
    authors: Sequence[Author] | None = None,
    aliases: Iterable[str] = (),
    reason: str = "",
    **fields,
) -> Post:
    """Change a post as it was at `expected_version`; `tags` and `authors` replace the present ones where given.

    A changed slug leaves an alias where the old address was ever public.
    """
    now = timezone.now()
    was_public = post.is_public(now)
    old_slug, old_body, old_listed_at = post.slug, post.body, post.published_at
    address_was_public = post.address_was_public or was_public
    _set_fields(post, fields)
    given_slug = bool(post.slug)
    _clean_post(post)
    if post.body != old_body or post.rendered_by != rendering.VERSION:
        _render(post)
    new_tags = None if tags is None else list(tags)
    new_authors = None if authors is None else list(authors)
    post.updated_at = fields.get("updated_at", now)

    def write() -> None:
        if not given_slug:
            post.slug = _post_slug(post)
        moved = post.slug != old_slug
        post.address_was_public = address_was_public and not moved
        post.skip_history_when_saving = True
        post.save_version(expected_version)
        if moved:
            PostAlias.objects.filter(path=addresses.post(post.slug), post=post).delete()
        _write_aliases(post, [addresses.post(old_slug), *aliases] if moved and address_was_public else aliases)
        if post.published_at != old_listed_at or new_tags is not None or new_authors is not None:
            kept_tags = list(post.tags.all()) if new_tags is None else new_tags
            links = post.author_links.select_related("author").order_by("position", "pk")
            kept_authors = [link.author for link in links] if new_authors is None else new_authors
            post.tag_links.all().delete()
            post.author_links.all().delete()
            _forget_prefetched(post)
            _write_links(post, kept_tags, kept_authors)
        _write_history(post, "~", by=by, reason=reason)
        _remove_from_search(post)
        _add_to_search(post)
        if was_public or _is_on_its_way(post):
            ContentGeneration.bump()

    version = post.version
    try:
        _transaction(write, slug_given=given_slug)
    except BaseException:
        post.version = version
        raise
    return post


def trash_post(post: Post, *, by, expected_version: int, reason: str = "") -> Post:
    """Move a post to the trash: readers get 410, editors can restore it."""
    return _set_trashed(post, timezone.now(), by=by, expected_version=expected_version, reason=reason or "trashed")


def restore_post(post: Post, *, by, expected_version: int, reason: str = "") -> Post:
    """Take a post out of the trash, as it was."""
    return _set_trashed(post, None, by=by, expected_version=expected_version, reason=reason or "restored")


def _set_trashed(post: Post, moment: datetime | None, *, by, expected_version: int, reason: str) -> Post:
    now = timezone.now()
    was_public = post.is_public(now)
    post.trashed_at = moment
    post.updated_at = now
    post.address_was_public = post.address_was_public or was_public

    def write() -> None:
        post.skip_history_when_saving = True
        post.save_version(expected_version, update_fields=["trashed_at", "updated_at", "address_was_public"])
        _write_history(post, "~", by=by, reason=reason)
        _remove_from_search(post)
        _add_to_search(post)
        if post.status == Post.Status.PUBLISHED:
            ContentGeneration.bump()

    _transaction(write)
    return post


def purge_post(post: Post, *, by) -> None:
    """Delete a trashed post for good. Its history stays. Raises ValidationError for one that is not in the trash."""
    if post.trashed_at is None:
        raise ValidationError(_("Only a post in the trash can be deleted for good. Move it there first."))

    def write() -> None:
        # Readers got 410 at its addresses, or were led there by its aliases; now they get 404.
        had_address = post.address_was_public or post.status == Post.Status.PUBLISHED or post.aliases.exists()
        post._history_user = by
        post._change_reason = "purged"
        post.delete()
        if had_address:
            ContentGeneration.bump()

    _transaction(write)


def rerender_post(post: Post, *, force: bool = False) -> bool:
    """Make a post's HTML anew where an older renderer made it (or, by `force`, any). No new version: same text.

    Returns whether anything was written. Raises ValidationError for a text that is too complex by now.
    """
    if post.rendered_by == rendering.VERSION and not force:
        return False
    before = [getattr(post, name) for name in _RENDERED[:-1]]
    _render(post)
    columns = {name: getattr(post, name) for name in _RENDERED}
    differs = before != [getattr(post, name) for name in _RENDERED[:-1]]
    written = 0

    def write() -> None:
        nonlocal written
        written = Post.objects.filter(pk=post.pk, version=post.version).update(**columns)
        if written and differs:
            _remove_from_search(post)
            _add_to_search(post)
            if _is_on_its_way(post):
                ContentGeneration.bump()

    _transaction(write)
    return bool(written)


def _is_on_its_way(post: Post) -> bool:
    """Tell whether readers see the post, or will at its date: then what they see changes with it."""
    return post.status == Post.Status.PUBLISHED and post.trashed_at is None


def _set_fields(instance: models.Model, fields: dict[str, Any]) -> None:
    """Set fields by name. Raises TypeError for a name that is none: a mistyped one would be lost unseen."""
    known = {field.name for field in instance._meta.concrete_fields}
    if unknown := fields.keys() - known:
        raise TypeError(f"{instance._meta.object_name} has no field {', '.join(sorted(unknown))}.")
    for name, value in fields.items():
        setattr(instance, name, value)


def _clean_post(post: Post) -> None:
    post.title = post.title.strip()
    _clean_text(post)
    if post.status == Post.Status.PUBLISHED and post.published_at is None:
        post.published_at = timezone.now()
    if post.slug in addresses.RESERVED_SLUGS:
        raise ValidationError(
            {"slug": _("“%s” is an address that the site needs itself. Choose another slug.") % post.slug}
        )
    post.clean_fields()


# Lone surrogates, which no database can store, and the control characters, which no feed may hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def _clean_text(instance: models.Model) -> None:
    """Raise ValidationError for what is not text. Control characters in a body are the renderer's to replace."""
    for field in instance._meta.concrete_fields:
        value = getattr(instance, field.attname)
        if not isinstance(value, str) or not field.editable:
            continue
        if found := _SURROGATE.search(value) or (field.name != "body" and _CONTROL.search(value)):
            raise ValidationError(
                {
                    field.name: ValidationError(
                        _("Character %(place)s is U+%(code)s, which is not text. Remove it."),
                        code="not_text",
                        params={"place": f"{found.start() + 1:,}", "code": f"{ord(found.group()):04X}"},
                    )
                }
            )


def _post_slug(post: Post) -> str:
    base = slugs.slug_from(post.title, fallback=post.kind, max_length=200)
    return slugs.free_slug(base, slugs.taken_among_posts(post.pk))


def _render(post: Post) -> None:
    try:
        rendered = rendering.render(post.body)
    except rendering.TooComplex as error:
        raise ValidationError({"body": str(error)}) from None
    post.body_html = rendered.html
    post.toc_html = rendered.toc_html
    post.excerpt = rendered.excerpt
    post.word_count = rendered.word_count
    post.rendered_by = rendering.VERSION


def _write_links(post: Post, tags: list[Tag], authors: list[Author]) -> None:
    PostTag.objects.bulk_create(PostTag(post=post, tag=tag, listed_at=post.published_at) for tag in dict.fromkeys(tags))
    PostAuthor.objects.bulk_create(
        PostAuthor(post=post, author=author, position=position, listed_at=post.published_at)
        for position, author in enumerate(dict.fromkeys(authors))
    )


def _write_aliases(post: Post, paths: Iterable[str]) -> None:
    own = addresses.post(post.slug)
    for path in dict.fromkeys(paths):
        if path == own:
            continue
        _check_alias(path)
        alias = PostAlias.objects.filter(path=path).first()
        if alias is None:
            PostAlias.objects.create(path=path, post=post)
        elif alias.post_id != post.pk:
            # The address was given up by one post and used by another since: the later one has it.
            alias.delete()
            PostAlias.objects.create(path=path, post=post)


def _check_alias(path: str) -> None:
    longest = PostAlias._meta.get_field("path").max_length
    if not path.startswith("/") or len(path) > longest:
        raise ValidationError(
            {
                "aliases": _("“%(path)s” is no path: it begins with / and has at most %(longest)s characters.")
                % {"path": path[:100], "longest": longest}
            }
        )


def _write_history(post: Post, kind: str, *, by, reason: str) -> None:
    # simple-history's signals would write one row for the post and one more for each change of a link.
    del post.skip_history_when_saving
    post._history_user = by
    post._change_reason = reason[:100] or None
    post_records.create_historical_record(post, kind)


def _add_to_search(post: Post) -> None:
    """Write the search document of what is published or will be; nothing else has one."""
    if post.status == Post.Status.PUBLISHED and post.trashed_at is None:
        names = Tag.objects.filter(post_links__post=post).values_list("name", flat=True)
        text = rendering.plain_text(post.body_html)
        SearchDocument.objects.create(post=post, title=post.title, tags=" ".join(names), body=text)


def _remove_from_search(post: Post) -> None:
    SearchDocument.objects.filter(post=post).delete()


def _forget_prefetched(post: Post) -> None:
    getattr(post, "_prefetched_objects_cache", {}).clear()


_KEY = re.compile(r"(?:for key '|UNIQUE constraint failed: )(?:\w+\.)*(\w+)")


def _violated(error: IntegrityError) -> str:
    """Return the unique key that an error is about: MySQL names the index, SQLite the column."""
    found = _KEY.search(str(error))
    return found[1] if found else ""


def _transaction(write: Callable[[], None], *, slug_given: bool = True) -> None:
    """Run `write` in a transaction.

    Again, where somebody took the made-up slug meanwhile, or after a deadlock. Raises ValidationError for a slug
    or a name that is given and taken.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                write()
            return
        except IntegrityError as error:
            key = _violated(error)
            if key == "name":
                raise ValidationError({"name": _("There is a tag of this name already.")}) from error
            if key != "slug" or (not slug_given and attempt == ATTEMPTS):
                raise
            if slug_given:
                raise ValidationError({"slug": _("This slug is taken. Choose another, or leave it empty.")}) from error
        except OperationalError as error:
            # Within somebody else's transaction all of that is rolled back, and is theirs to try again.
            if error.args[:1] != (DEADLOCK,) or connection.in_atomic_block or attempt == ATTEMPTS:
                raise


# Tags and authors


def create_tag(*, name: str, by=None, **fields) -> Tag:
    """Create a tag; its slug is made from its name unless given."""
    return _create_named(Tag(name=name, **fields))


def create_author(*, name: str, by=None, **fields) -> Author:
    """Create an author; their slug is made from their name unless given."""
    return _create_named(Author(name=name, **fields))


def update_tag(tag: Tag, *, expected_version: int, by=None, **fields) -> Tag:
    """Change a tag as it was at `expected_version`."""
    return _update_named(tag, expected_version, fields)


def update_author(author: Author, *, expected_version: int, by=None, **fields) -> Author:
    """Change an author as they were at `expected_version`."""
    return _update_named(author, expected_version, fields)


def delete_tag(tag: Tag, *, expected_version: int | None = None, by=None) -> None:
    """Delete a tag; its posts lose it."""
    _delete_named(tag, expected_version)


def delete_author(author: Author, *, expected_version: int | None = None, by=None) -> None:
    """Delete an author. Raises ValidationError for one who has posts."""
    try:
        _delete_named(author, expected_version)
    except (ProtectedError, IntegrityError) as error:
        raise ValidationError(_("%s has posts. Give these to somebody else first.") % author) from error


def tags_named(names: Iterable[str], *, by=None) -> list[Tag]:
    """Return the tags of these names, in this order; create those that do not exist. Case does not tell them apart."""
    tags: dict[str, Tag] = {}
    for name in (name.strip() for name in names):
        if name and name.casefold() not in tags:
            tags[name.casefold()] = _tag_named(name) or _create_tag_once(name, by=by)
    return list(dict.fromkeys(tags.values()))


def _tag_named(name: str) -> Tag | None:
    return Tag.objects.filter(name__iexact=name).first()


def _create_tag_once(name: str, *, by) -> Tag:
    """Create a tag, or return the one that somebody else created meanwhile."""
    try:
        return create_tag(name=name, by=by)
    except ValidationError:
        if tag := _tag_named(name):
            return tag
        raise


def _create_named(instance: Tag | Author) -> Tag | Author:
    _clean_named(instance)
    given_slug = bool(instance.slug)

    def write() -> None:
        if not given_slug:
            instance.slug = _named_slug(instance)
        instance.pk = None
        instance.save(force_insert=True)
        ContentGeneration.bump()

    _transaction(write, slug_given=given_slug)
    return instance


def _update_named(instance: Tag | Author, expected_version: int, fields: dict[str, Any]) -> Tag | Author:
    _set_fields(instance, fields)
    _clean_named(instance)
    given_slug = bool(instance.slug)

    def write() -> None:
        if not given_slug:
            instance.slug = _named_slug(instance)
        instance.save_version(expected_version)
        ContentGeneration.bump()

    _transaction(write, slug_given=given_slug)
    return instance


def _delete_named(instance: Tag | Author, expected_version: int | None) -> None:
    def write() -> None:
        rows = type(instance).objects.filter(pk=instance.pk)
        # The check reads the row again, in the transaction that deletes it.
        if expected_version is not None and not rows.filter(version=expected_version).exists():
            raise StaleVersion(instance, expected_version)
        instance.delete()
        ContentGeneration.bump()

    _transaction(write)


def _clean_named(instance: Tag | Author) -> None:
    instance.name = instance.name.strip()
    _clean_text(instance)
    instance.clean_fields()
    if isinstance(instance, Tag) and Tag.objects.filter(name__iexact=instance.name).exclude(pk=instance.pk).exists():
        raise ValidationError({"name": _("There is a tag of this name already.")})


def _named_slug(instance: Tag | Author) -> str:
    kind = instance._meta.model_name
    base = slugs.slug_from(instance.name, fallback=kind, max_length=instance._meta.get_field("slug").max_length)
    return slugs.free_slug(base, slugs.taken_in(type(instance), instance.pk))
