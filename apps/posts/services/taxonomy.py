"""Creating, changing and deleting tags, authors and series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from apps.core import changes, content_state, text
from apps.core.transactions import check_text, column_values, set_fields, write_atomically
from apps.core.validators import slug_validator
from apps.core.versioned import StaleVersion, VersionedModel
from apps.posts import slugs
from apps.posts.models import Author, Post, PostTag, Series, Tag
from apps.posts.post_fields import RENDERED_FIELDS

from .documents import AT_ONCE, newest_of, refresh_tags
from .posts import move_in_series

Named = TypeVar("Named", bound=VersionedModel)
"""A model with a slug that is made from what it is called: `Tag`, `Author` or `Series`."""


def create_tag(*, name: str, by=None, aliases: Iterable[str] = (), **fields) -> Tag:
    """Create a tag; without a slug, one is made from the name. `aliases` are slugs that redirect to the tag's."""
    tag = Tag(name=name, **fields)
    return _create_named(tag, after_save=lambda: _add_aliases(tag, list(aliases)))


def create_author(*, name: str, by=None, aliases: Iterable[str] = (), **fields) -> Author:
    """Create an author; without a slug, one is made from the name. `aliases` are slugs that redirect to theirs."""
    author = Author(name=name, **fields)
    return _create_named(author, after_save=lambda: _add_aliases(author, list(aliases)))


def create_series(*, title: str, by=None, aliases: Iterable[str] = (), **fields) -> Series:
    """Create a series; without a slug, one is made from the title. `aliases` are slugs that redirect to its own."""
    series = Series(title=title, **fields)
    return _create_named(series, after_save=lambda: _add_aliases(series, list(aliases)))


def update_tag(tag: Tag, *, expected_version: int, by=None, **fields) -> Tag:
    """Change a tag that is at `expected_version`. After a change of the slug, the old one becomes an alias."""
    stored = Tag.objects.filter(pk=tag.pk).values_list("name", "slug").first()
    old_name, old_slug = stored or (tag.name, tag.slug)

    def after_save() -> None:
        _alias_old_slug(tag, old_slug)
        if tag.name != old_name:
            refresh_tags(newest_of(tag)[:AT_ONCE])

    return _update_named(tag, expected_version, fields, after_save)


def update_author(author: Author, *, expected_version: int, by=None, **fields) -> Author:
    """Change an author who is at `expected_version`. After a change of the slug, the old one becomes an alias."""
    old_slug = Author.objects.filter(pk=author.pk).values_list("slug", flat=True).first() or author.slug
    return _update_named(author, expected_version, fields, lambda: _alias_old_slug(author, old_slug))


def update_series(
    series: Series, *, expected_version: int, by=None, parts: Sequence[int] | None = None, **fields
) -> Series:
    """Change a series that is at `expected_version`. After a change of the slug, the old one becomes an alias.

    `parts` are the ids of its posts in their new order; posts that are not named follow in the order that they had.
    Each post that moves gets a new version, by the user `by`. None keeps the order.
    """
    old_slug = Series.objects.filter(pk=series.pk).values_list("slug", flat=True).first() or series.slug
    is_reordered = parts is not None and bool(_moves(series, parts))

    def after_save() -> None:
        _alias_old_slug(series, old_slug)
        if is_reordered:
            with content_state.bump_at_end():
                for post, position in _moves(series, parts):
                    content_state.bump(*move_in_series(post, position, by=by))

    return _update_named(series, expected_version, fields, after_save, is_changed=is_reordered)


def _moves(series: Series, order: Sequence[int]) -> list[tuple[Post, int]]:
    """Return the posts whose position another order of the series changes, each with its new position."""
    places = {pk: place for place, pk in enumerate(dict.fromkeys(order))}
    posts = list(Post.objects.in_series(series).filter(trashed_at=None).defer(*RENDERED_FIELDS))
    posts.sort(key=lambda post: places.get(post.pk, len(places)))
    return [(post, position) for position, post in enumerate(posts, 1) if post.series_position != position]


def delete_tag(tag: Tag, *, expected_version: int | None = None, by=None) -> None:
    """Delete a tag and its links to posts. Raises StaleVersion if it has changed since `expected_version`, if given."""
    newest = newest_of(tag)
    _delete_named(tag, expected_version, after_delete=lambda: refresh_tags(newest[:AT_ONCE]))


def delete_author(author: Author, *, expected_version: int | None = None, by=None) -> None:
    """Delete an author. Raises ValidationError for an author with posts. For `expected_version`, see `delete_tag`."""
    try:
        _delete_named(author, expected_version)
    except (ProtectedError, IntegrityError) as error:
        raise ValidationError(_("%s has posts. Give these to somebody else first.") % author) from error


def delete_series(series: Series, *, expected_version: int | None = None, by=None) -> None:
    """Delete a series; its posts stay, in none. For `expected_version`, see `delete_tag`."""
    _delete_named(series, expected_version)


def series_titled(title: str, *, by=None) -> Series:
    """Return the series with this title, or with one that looks alike; create it if it is missing."""
    if found := Series.objects.find_by_title(title):
        return found
    try:
        return create_series(title=title, by=by)
    except ValidationError:
        # Somebody else may have created it just now.
        if found := Series.objects.find_by_title(title):
            return found
        raise


def tags_named(names: Iterable[str], *, by=None) -> list[Tag]:
    """Return the tags with these names, in this order; create missing ones. Names that look alike are one."""
    tags: dict[str, Tag] = {}
    for name in names:
        if (key := text.comparison_key(name)) and key not in tags:
            tags[key] = Tag.objects.find_by_name(name) or _get_or_create_tag(name, by=by)
    return list(dict.fromkeys(tags.values()))


def _get_or_create_tag(name: str, *, by) -> Tag:
    """Create a tag, or return the tag of this name if somebody else has just created it."""
    try:
        return create_tag(name=name, by=by)
    except ValidationError:
        if tag := Tag.objects.find_by_name(name):
            return tag
        raise


def _create_named(instance: Named, after_save: Callable[[], None] = lambda: None) -> Named:
    _clean_named(instance)
    given_slug = bool(instance.slug)

    def write() -> Named:
        if not given_slug:
            instance.slug = _named_slug(instance)
        instance.pk = None
        instance.save(force_insert=True)
        after_save()
        content_state.bump(changes.of(instance, before=False, event=changes.Event.CREATED))
        return instance

    write_atomically(write, slug_given=given_slug)
    return instance


def _add_aliases(instance: Named, aliases: list[str]) -> None:
    """Create aliases for a tag or an author, except for slugs that are in use."""
    taken = slugs.taken_among_named(type(instance), None)(aliases)
    for slug in dict.fromkeys(aliases):
        if slug not in taken:
            slug_validator(slug)
            instance.aliases.create(slug=slug)


def _alias_old_slug(instance: Named, old_slug: str) -> None:
    """Create an alias for the old slug. If another tag or author had that slug before, it replaces their alias."""
    if instance.slug == old_slug:
        return
    instance.aliases.filter(slug=instance.slug).delete()
    instance.aliases.model.objects.filter(slug=old_slug).delete()
    instance.aliases.create(slug=old_slug)


def _update_named(
    instance: Named,
    expected_version: int,
    fields: dict[str, Any],
    after_save: Callable[[], None] = lambda: None,
    *,
    is_changed: bool = False,
) -> Named:
    """Write a changed row. `is_changed` says that more of it changes than its columns."""
    before = column_values(instance)
    set_fields(instance, fields)
    _clean_named(instance)
    given_slug = bool(instance.slug)
    if not given_slug:
        instance.slug = _named_slug(instance)
    if not is_changed and column_values(instance) == before and instance.version == expected_version:
        return instance

    def write() -> None:
        if not given_slug:
            instance.slug = _named_slug(instance)
        instance.save_version(expected_version)
        after_save()
        content_state.bump(changes.of(instance, spreads=True))

    write_atomically(write, slug_given=given_slug)
    return instance


def _delete_named(
    instance: Named, expected_version: int | None, after_delete: Callable[[], Any] = lambda: None
) -> None:
    pk = instance.pk

    def write() -> None:
        instance.pk = pk  # Django unsets it on deletion; after a deadlock, the deletion is tried again.
        rows = type(instance).objects.filter(pk=pk)
        # The version is read in the transaction that deletes the row.
        if expected_version is not None and not rows.filter(version=expected_version).exists():
            raise StaleVersion(instance, expected_version)
        told = [changes.of(instance, after=False, event=changes.Event.DELETED)]
        if isinstance(instance, Tag):
            # They can be told only now: the links go with the tag.
            links = PostTag.objects.filter(tag=instance, listed_at__isnull=False)
            told += changes.of_many("post", list(links.values_list("post_id", flat=True)))
        if isinstance(instance, Series):
            posts = Post.objects.filter(series=instance)
            told += changes.of_many("post", list(posts.published().values_list("pk", flat=True)))
            posts.update(series=None, series_position=None)
        instance.delete()
        after_delete()
        content_state.bump(*told)

    write_atomically(write)


def _clean_named(instance: Named) -> None:
    column = "title" if isinstance(instance, Series) else "name"
    setattr(instance, column, getattr(instance, column).strip())
    check_text(instance)
    instance.clean_fields(exclude=["title_key"])
    if isinstance(instance, Tag):
        _set_name_key(instance)
    if isinstance(instance, Series):
        _set_title_key(instance)


def _set_title_key(series: Series) -> None:
    """Set the key of a title. Raises ValidationError if another series has it; so does the column's unique key."""
    series.title_key = text.key_digest(series.title)
    if Series.objects.filter(title_key=series.title_key).exclude(pk=series.pk).exists():
        raise ValidationError({"title": _("There is a series of this title already.")})


def _set_name_key(tag: Tag) -> None:
    """Set the key of a tag's name. Raises ValidationError if another tag has it.

    The unique key of the column refuses a tag that was written meanwhile.
    """
    key = text.key_digest(tag.name)
    if tag.name_key == key:
        return
    other = Tag.objects.find_by_name(tag.name)
    # A tag of an earlier release that looks like another one keeps its name, without a key, until one is renamed.
    if other is not None and other.pk != tag.pk:
        stored = Tag.objects.filter(pk=tag.pk).values_list("name", flat=True).first()
        if stored is None or text.key_digest(stored) != key:
            raise ValidationError({"name": _("There is a tag of this name already.")})
        key = None
    tag.name_key = key


def _named_slug(instance: Named) -> str:
    kind = instance._meta.model_name
    base = slugs.slug_from(str(instance), fallback=kind, max_length=instance._meta.get_field("slug").max_length)
    return slugs.free_slug(base, slugs.taken_among_named(type(instance), instance.pk))
