"""Creating, changing, trashing, deleting and rendering posts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import changes, content_state
from apps.core.heavy_work import take_for_text
from apps.core.models import Change
from apps.core.text import normalized
from apps.core.transactions import check_text, column_values, set_fields, write_atomically
from apps.core.validators import validate_year
from apps.markdown import rendering
from apps.media.models import Image
from apps.posts import slugs
from apps.posts.changes import of_post
from apps.posts.models import (
    Author,
    Post,
    PostAlias,
    Tag,
)
from apps.posts.post_fields import RENDERED_FIELDS, RENDERING_FIELDS, UNSEEN_FIELDS
from apps.site import languages
from apps.site.models import current
from blog_project import addresses

from .aliases import check_addresses, write_aliases
from .post_rows import (
    add_to_search,
    renew_search,
    replace_links,
    shown_image_ids,
    update_link_dates,
    used_image_ids,
    write_history,
    write_image_uses,
    write_links,
)
from .scheduled import follow_plan, scheduled_row, told_of, write_due_update
from .series import place_in_series
from .translations import check_languages, clean_translation

AUTOMATIC = "saved automatically"
"""The reason of a version that nobody has saved by hand."""


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
    """Create a post and return it. `by` is the user for the history, or None for a command.

    `fields` are model fields of `Post`. Without a slug, one is made from the title; a published post without a date
    gets the current time. `aliases` are old public paths that redirect to the post.
    """
    post = Post(title=title, **fields)
    place_in_series(post, is_placed=post.series_position is not None)
    clean_post(post)
    clean_translation(post, by=by)
    images = Image.objects.referenced_in(post.body)
    render_post(post, images, by=by)
    given_slug, tags, authors, given_aliases = bool(post.slug), list(tags), list(authors), list(aliases)
    from_title = "" if given_slug else _slug_from_title(post)

    def write() -> Post:
        if not given_slug:
            post.slug = slugs.free_slug(from_title, slugs.taken_among_posts(post.pk))
        post.pk = None
        post.skip_history_when_saving = True
        post.save(force_insert=True)
        check_addresses(post, given_aliases, by=by)
        write_links(post, tags, authors)
        write_image_uses(post, images, ())
        write_aliases(post, given_aliases)
        write_history(post, "+", by=by, reason=reason)
        add_to_search(post)
        told = of_post(post, before=None, images=shown_image_ids(post, images), event=changes.Event.CREATED)
        _bump(told, is_redirected=bool(given_aliases))
        if post.translation_of_id:
            check_languages(post, by=by)
        return post

    write_atomically(write, slug_given=given_slug)
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
    records: bool = True,
    amends: bool = False,
    **fields,
) -> Post:
    """Change a post that is at `expected_version`. `tags` and `authors` replace the current ones; None keeps them.

    After a change of the slug, the old address redirects if it has ever been public. A call that changes nothing writes
    nothing: the post keeps its version and its dates.

    With `records=False`, for what is saved automatically, the history gets no record. Such a state is recorded before
    anybody changes it, unless they go on from it themselves (`amends`); then also a call that changes nothing records it.
    """
    now = timezone.now()
    before, visible_before = column_values(post), post.visible_at
    address_was_public = post.address_was_public or post.is_public(now)
    set_fields(post, fields)
    place_in_series(
        post,
        is_placed=fields.get("series_position") is not None,
        former=(before.get("series_id"), before.get("series_position")),
    )
    given_slug = bool(post.slug)
    clean_post(post)
    clean_translation(post, by=by, before=before["translation_of_id"])
    tags = None if tags is None else list(dict.fromkeys(tags))
    authors = None if authors is None else list(dict.fromkeys(authors))
    aliases = list(aliases)
    from_title = "" if given_slug else _slug_from_title(post)
    if not given_slug:
        post.slug = slugs.free_slug(from_title, slugs.taken_among_posts(post.pk))
    changed, is_relinked = _changed_columns(post, before), _changes_links(post, tags, authors)
    if not changed and not is_relinked and not _adds_aliases(post, aliases) and post.version == expected_version:
        if amends:
            write_atomically(lambda: write_history(post, "~", by=by, reason=reason))
        return post
    images, old_uses = Image.objects.referenced_in(post.body), used_image_ids(post)
    if changed & RENDERING_FIELDS or post.rendered_by != rendering.VERSION:
        render_post(post, images, by=by)
    is_seen = is_relinked or not changed <= _UNSEEN_COLUMNS
    post.revised_at = None if is_seen or "updated_at" in fields else post.revised_at or post.updated_at
    post.updated_at = fields.get("updated_at", now)

    def write() -> None:
        shown_before = old_uses
        if post.shows_due_update:
            write_due_update(post.pk)
            shown_before = used_image_ids(post)
        if not given_slug:
            post.slug = slugs.free_slug(from_title, slugs.taken_among_posts(post.pk))
        is_moved = post.slug != before["slug"]
        redirects = [addresses.post(before["slug"])] if is_moved and address_was_public else []
        redirects += aliases
        # If the post returns to an address that it had before, that was public, and its alias is deleted.
        own_alias = PostAlias.objects.filter(path=addresses.post(post.slug), post=post)
        returns = is_moved and own_alias.exists()
        post.address_was_public = returns or (address_was_public and not is_moved)
        if records and not amends and before["status"] == Post.Status.DRAFT:
            _record_automatic(post.pk, expected_version)
        post.skip_history_when_saving = True
        post.save_version(expected_version)
        plan = follow_plan(post, changed, expected_version)
        check_addresses(post, aliases, by=by, is_moved=is_moved)
        if returns:
            own_alias.delete()
        write_aliases(post, redirects)
        if "published_at" in changed or tags is not None or authors is not None:
            replace_links(post, tags, authors)
        else:
            update_link_dates(post)
        write_image_uses(post, images, shown_before)
        if records:
            write_history(post, "~", by=by, reason=reason)
        else:
            vars(post).pop("skip_history_when_saving", None)
        # A draft has no document.
        if not before["status"] == post.status == Post.Status.DRAFT:
            renew_search(post)
        shown = {"images_before": shown_before, "images": shown_image_ids(post, images)}
        told = of_post(post, before=visible_before, is_moved=is_moved, **shown)
        _bump(told + told_of(plan, post), is_redirected=bool(redirects))
        if not changed.isdisjoint(("language", "translation_of_id", "trashed_at", "status")):
            check_languages(post, by=by)

    version = post.version
    try:
        write_atomically(write, slug_given=given_slug)
    except BaseException:
        post.version = version
        raise
    return post


def record_source(pk: int, state: str) -> None:
    """Record the digest of what a post was imported from. That is no new version: nothing of the post changes."""
    write_atomically(lambda: Post.objects.filter(pk=pk).update(source_state=state))


def trash_post(post: Post, *, by, expected_version: int, reason: str = "") -> Post:
    """Move a post to the trash. Readers get 410 at its address; editors can restore it."""
    return _set_trashed(post, timezone.now(), by=by, expected_version=expected_version, reason=reason or "trashed")


def restore_post(post: Post, *, by, expected_version: int, reason: str = "") -> Post:
    """Take a post out of the trash; it is otherwise unchanged."""
    return _set_trashed(post, None, by=by, expected_version=expected_version, reason=reason or "restored")


def _set_trashed(post: Post, moment: datetime | None, *, by, expected_version: int, reason: str) -> Post:
    if (post.trashed_at is None) == (moment is None) and post.version == expected_version:
        return post
    now = timezone.now()
    was_public, before = post.is_public(now), post.visible_at
    post.trashed_at = moment
    post.updated_at, post.revised_at = now, None
    post.address_was_public = post.address_was_public or was_public

    def write() -> None:
        if post.shows_due_update:
            write_due_update(post.pk)
        post.skip_history_when_saving = True
        post.save_version(
            expected_version, update_fields=["trashed_at", "updated_at", "revised_at", "address_was_public"]
        )
        follow_plan(post, ["trashed_at"], expected_version)
        update_link_dates(post)
        write_history(post, "~", by=by, reason=reason)
        renew_search(post)
        images = used_image_ids(post)
        _bump(of_post(post, before=before, images_before=images, images=images))
        if moment is None:
            check_languages(post, by=by)

    write_atomically(write)
    return post


def move_in_series(post: Post, position: int, *, by) -> list[Change]:
    """Give a post another position in its series, as a new version; return what is told of it.

    Call this in a transaction, which has to bump the content generation with what is returned. Rendered fields need not
    be loaded.
    """
    post.series_position = position
    post.revised_at, post.updated_at = post.revised_at or post.updated_at, timezone.now()
    post.skip_history_when_saving = True
    post.save_version(post.version, update_fields=["series_position", "updated_at", "revised_at"])
    update_link_dates(post)
    write_history(post, "~", by=by, reason="put in order")
    return of_post(post, before=post.visible_at)


def purge_post(post: Post, *, by) -> None:
    """Delete a trashed post permanently, but not its history. Raises ValidationError if it is not in the trash."""
    if post.trashed_at is None:
        raise ValidationError(_("Only a post in the trash can be deleted for good. Move it there first."))

    pk = post.pk

    def write() -> None:
        post.pk = pk  # Django unsets it on deletion; after a deadlock, the deletion is tried again.
        # Its addresses and aliases change from 410 to 404, and its translations lose their link to it.
        affects_readers = post.address_was_public or post.status == Post.Status.PUBLISHED or post.aliases.exists()
        affects_readers = affects_readers or post.translations.exists()
        told = [changes.of(post, before=False, after=False, event=changes.Event.DELETED)]
        told = told if changes.was_public(post) else []
        told += changes.of_many("post", list(post.translations.values_list("pk", flat=True)))
        post._history_user = by
        post._change_reason = "purged"
        # Apps whose rows go with the post bump too.
        with content_state.bump_at_end():
            post.delete()
            if affects_readers or told:
                content_state.bump(*told)

    write_atomically(write)


def rerender_post(post: Post, *, force: bool = False) -> bool:
    """Render a post again if an older version of the renderer made its HTML, or in any case with `force`.

    The text is the same, so the post gets no new version. Returns whether the row was written: it is not if somebody
    changed the post meanwhile. Raises ValidationError for a text that exceeds the current limits.
    """
    if post.rendered_by == rendering.VERSION and not force:
        return False
    before = [getattr(post, name) for name in RENDERED_FIELDS]
    images, old_uses = Image.objects.referenced_in(post.body), used_image_ids(post)
    render_post(post, images)
    columns = {name: getattr(post, name) for name in (*RENDERED_FIELDS, "rendered_by")}
    differs = before != [getattr(post, name) for name in RENDERED_FIELDS]
    written = 0

    def write() -> None:
        nonlocal written
        written = Post.objects.filter(pk=post.pk, version=post.version).update(**columns)
        if written:
            write_image_uses(post, images, old_uses)
        if written and differs:
            renew_search(post)
            shown = {"images_before": old_uses, "images": shown_image_ids(post, images)}
            plan = scheduled_row(post.pk)
            _bump(of_post(post, before=post.visible_at, **shown) + told_of(plan, post))

    write_atomically(write)
    return bool(written)


def _bump(told: list[Change], *, is_redirected: bool = False) -> None:
    """Bump if anything is told, as of each post that is or was public or scheduled, or if old addresses changed."""
    if told or is_redirected:
        content_state.bump(*told)


def clean_post(post: Post) -> None:
    """Bring the fields of a post into the form in which they are stored. Raises ValidationError, by field."""
    post.title = post.title.strip()
    check_text(post)
    if post.status == Post.Status.PUBLISHED and post.published_at is None:
        post.published_at = timezone.now()
    if post.published_at is not None:
        try:
            validate_year(post.published_at)
        except ValidationError as error:
            raise ValidationError({"published_at": error}) from None
    if post.slug in addresses.RESERVED_SLUGS:
        raise ValidationError(
            {"slug": _("“%s” is an address that the site needs itself. Choose another slug.") % post.slug}
        )
    post.clean_fields()


def _slug_from_title(post: Post) -> str:
    # Before the transaction: the dictionary of a language may have to be loaded.
    language = post.language or current().language
    return slugs.slug_from_title(post.title, fallback=post.kind, language=language, max_length=200)


def is_made_from_title(slug: str, post: Post) -> bool:
    """Return whether this is the slug that a post without one gets from its title, with or without a number."""
    return re.fullmatch(re.escape(_slug_from_title(post)) + r"(?:-[0-9]+)?", slug) is not None


def render_post(post: Post, images: Iterable[Image] | None = None, *, by=None) -> None:
    """Set the rendered fields of a post from its body, without saving them.

    `images` are the images that the body refers to; None looks them up. `by` is the user, or None for a command. Raises
    ValidationError for a text that is too complex, and Busy (`heavy_work`).
    """
    found = Image.objects.referenced_in(post.body) if images is None else images
    pictures = {image.digest: image.picture for image in found}
    try:
        # The labels that the renderer adds (of footnotes, admonitions, heading links) are in the text's language.
        site = current()
        with languages.activated(post.language, site), take_for_text(by and by.pk, post.body):
            language = post.language or site.language
            rendered = rendering.render(post.body, pictures, language if post.typography else "")
    except rendering.TooComplex as error:
        raise ValidationError({"body": str(error)}) from None
    post.body_html = rendered.html
    post.toc_html = rendered.toc_html
    post.excerpt = rendered.excerpt
    post.word_count = rendered.word_count
    post.lead_image = rendered.lead_image
    post.rendered_by = rendering.VERSION


_UNSEEN_COLUMNS = frozenset(Post._meta.get_field(name).attname for name in UNSEEN_FIELDS)


def _changed_columns(post: Post, before: dict[str, Any]) -> set[str]:
    return {name for name, value in column_values(post).items() if name not in before or before[name] != value}


def _changes_links(post: Post, tags: list[Tag] | None, authors: list[Author] | None) -> bool:
    """Return whether these tags or authors (in their order; None keeps them) differ from the stored ones."""
    if tags is not None and {tag.pk for tag in tags} != set(post.tag_links.values_list("tag_id", flat=True)):
        return True
    links = post.author_links.order_by("position", "pk").values_list("author_id", flat=True)
    return authors is not None and [author.pk for author in authors] != list(links)


def _adds_aliases(post: Post, aliases: Collection[str]) -> bool:
    """Return whether one of these paths is not yet an alias of the post."""
    new_paths = {normalized(path) for path in aliases} - {addresses.post(post.slug)}
    return PostAlias.objects.filter(path__in=new_paths, post=post).count() < len(new_paths)


def _record_automatic(pk: int, version: int) -> None:
    """Record a version of a draft that was saved automatically, if it was: by the user who made the record before it."""
    newest = Post.history.filter(id=pk).select_related("history_user").only("version", "history_user__username")
    newest = newest.order_by("-history_id").first()
    if (
        newest is not None
        and newest.version < version
        and (stored := Post.objects.filter(pk=pk, version=version).first())
    ):
        write_history(stored, "~", by=newest.history_user, reason=AUTOMATIC)
