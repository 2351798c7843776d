"""Writing tags and authors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import check_text, set_fields, write_atomically
from apps.core.validators import slug_validator
from apps.core.versioned import StaleVersion
from apps.posts import slugs
from apps.posts.models import Author, Tag, TagAlias

from .documents import AT_ONCE, newest_of, refresh_tags


def create_tag(*, name: str, by=None, aliases: Iterable[str] = (), **fields) -> Tag:
    """Create a tag; its slug is made from its name unless given. `aliases` are slugs that it had elsewhere."""
    tag = Tag(name=name, **fields)
    return _create_named(tag, also=lambda: _add_aliases(tag, list(aliases)))


def create_author(*, name: str, by=None, **fields) -> Author:
    """Create an author; their slug is made from their name unless given."""
    return _create_named(Author(name=name, **fields))


def update_tag(tag: Tag, *, expected_version: int, by=None, **fields) -> Tag:
    """Change a tag as it was at `expected_version`. A changed slug leaves an alias."""
    stored = Tag.objects.filter(pk=tag.pk).values_list("name", "slug").first()
    old_name, old_slug = stored or (tag.name, tag.slug)

    def also() -> None:
        _leave_alias(tag, old_slug)
        if tag.name != old_name:
            refresh_tags(newest_of(tag)[:AT_ONCE])

    return _update_named(tag, expected_version, fields, also)


def update_author(author: Author, *, expected_version: int, by=None, **fields) -> Author:
    """Change an author as they were at `expected_version`."""
    return _update_named(author, expected_version, fields)


def delete_tag(tag: Tag, *, expected_version: int | None = None, by=None) -> None:
    """Delete a tag; its posts lose it."""
    newest = newest_of(tag)
    _delete_named(tag, expected_version, also=lambda: refresh_tags(newest[:AT_ONCE]))


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


def _create_named(instance: Tag | Author, also: Callable[[], None] = lambda: None) -> Tag | Author:
    _clean_named(instance)
    given_slug = bool(instance.slug)

    def write() -> Tag | Author:
        if not given_slug:
            instance.slug = _named_slug(instance)
        instance.pk = None
        instance.save(force_insert=True)
        also()
        content_state.bump()
        return instance

    write_atomically(write, slug_given=given_slug)
    return instance


def _add_aliases(tag: Tag, wanted: list[str]) -> None:
    """Have slugs lead to a tag, but for those that are another's."""
    taken = slugs.taken_among_tags(None)(wanted)
    for slug in dict.fromkeys(wanted):
        if slug not in taken:
            slug_validator(slug)
            TagAlias.objects.create(slug=slug, tag=tag)


def _leave_alias(tag: Tag, old_slug: str) -> None:
    """Have the old slug lead to the tag: the last tag that gave it up has it."""
    if tag.slug == old_slug:
        return
    TagAlias.objects.filter(slug=tag.slug, tag=tag).delete()
    TagAlias.objects.filter(slug=old_slug).delete()
    TagAlias.objects.create(slug=old_slug, tag=tag)


def _update_named(
    instance: Tag | Author,
    expected_version: int,
    fields: dict[str, Any],
    also: Callable[[], None] = lambda: None,
) -> Tag | Author:
    set_fields(instance, fields)
    _clean_named(instance)
    given_slug = bool(instance.slug)

    def write() -> None:
        if not given_slug:
            instance.slug = _named_slug(instance)
        instance.save_version(expected_version)
        also()
        content_state.bump()

    write_atomically(write, slug_given=given_slug)
    return instance


def _delete_named(instance: Tag | Author, expected_version: int | None, also: Callable[[], Any] = lambda: None) -> None:
    pk = instance.pk

    def write() -> None:
        instance.pk = pk  # Django forgets it where it deletes the row, which a deadlock brings back.
        rows = type(instance).objects.filter(pk=pk)
        # The check reads the row again, in the transaction that deletes it.
        if expected_version is not None and not rows.filter(version=expected_version).exists():
            raise StaleVersion(instance, expected_version)
        instance.delete()
        also()
        content_state.bump()

    write_atomically(write)


def _clean_named(instance: Tag | Author) -> None:
    instance.name = instance.name.strip()
    check_text(instance)
    instance.clean_fields()
    if isinstance(instance, Tag) and Tag.objects.filter(name__iexact=instance.name).exclude(pk=instance.pk).exists():
        raise ValidationError({"name": _("There is a tag of this name already.")})


def _named_slug(instance: Tag | Author) -> str:
    kind = instance._meta.model_name
    base = slugs.slug_from(instance.name, fallback=kind, max_length=instance._meta.get_field("slug").max_length)
    taken = slugs.taken_among_tags if isinstance(instance, Tag) else slugs.taken_among_authors
    return slugs.free_slug(base, taken(instance.pk))
