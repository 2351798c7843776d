"""Creating, changing, trashing, deleting and rendering posts."""

from __future__ import annotations

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
from apps.media.models import Image
from apps.posts import rendering, slugs
from apps.posts.changes import of_post
from apps.posts.models import Author, ImageUse, Post, PostAlias, PostAuthor, PostTag, SearchDocument, Tag, post_records
from apps.posts.post_fields import RENDERED_FIELDS, UNSEEN_FIELDS
from apps.site import languages
from apps.site.models import current
from blog_project import addresses

from .translations import check_languages, clean_translation


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
    _clean_post(post)
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
        _check_addresses(post, given_aliases, by=by)
        _write_links(post, tags, authors)
        _write_image_uses(post, images, ())
        _write_aliases(post, given_aliases)
        _write_history(post, "+", by=by, reason=reason)
        _add_to_search(post)
        told = of_post(post, before=None, images=_shown_image_ids(post, images), event=changes.Event.CREATED)
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
    **fields,
) -> Post:
    """Change a post that is at `expected_version`. `tags` and `authors` replace the current ones; None keeps them.

    After a change of the slug, the old address redirects if it has ever been public. A call that changes nothing writes
    nothing: the post keeps its version and its dates.
    """
    now = timezone.now()
    before, visible_before = column_values(post), post.visible_at
    address_was_public = post.address_was_public or post.is_public(now)
    set_fields(post, fields)
    given_slug = bool(post.slug)
    _clean_post(post)
    clean_translation(post, by=by, before=before["translation_of_id"])
    tags = None if tags is None else list(dict.fromkeys(tags))
    authors = None if authors is None else list(dict.fromkeys(authors))
    aliases = list(aliases)
    from_title = "" if given_slug else _slug_from_title(post)
    if not given_slug:
        post.slug = slugs.free_slug(from_title, slugs.taken_among_posts(post.pk))
    changed, is_relinked = _changed_columns(post, before), _changes_links(post, tags, authors)
    if not changed and not is_relinked and not _adds_aliases(post, aliases) and post.version == expected_version:
        return post
    images, old_uses = Image.objects.referenced_in(post.body), _used_image_ids(post)
    if not changed.isdisjoint(("body", "language")) or post.rendered_by != rendering.VERSION:
        render_post(post, images, by=by)
    is_seen = is_relinked or not changed <= _UNSEEN_COLUMNS
    post.revised_at = None if is_seen or "updated_at" in fields else post.revised_at or post.updated_at
    post.updated_at = fields.get("updated_at", now)

    def write() -> None:
        if not given_slug:
            post.slug = slugs.free_slug(from_title, slugs.taken_among_posts(post.pk))
        is_moved = post.slug != before["slug"]
        redirects = [addresses.post(before["slug"])] if is_moved and address_was_public else []
        redirects += aliases
        # If the post returns to an address that it had before, that was public, and its alias is deleted.
        own_alias = PostAlias.objects.filter(path=addresses.post(post.slug), post=post)
        returns = is_moved and own_alias.exists()
        post.address_was_public = returns or (address_was_public and not is_moved)
        post.skip_history_when_saving = True
        post.save_version(expected_version)
        _check_addresses(post, aliases, by=by, is_moved=is_moved)
        if returns:
            own_alias.delete()
        _write_aliases(post, redirects)
        if "published_at" in changed or tags is not None or authors is not None:
            _replace_links(post, tags, authors)
        else:
            _update_link_dates(post)
        _write_image_uses(post, images, old_uses)
        _write_history(post, "~", by=by, reason=reason)
        _renew_search(post)
        shown = {"images_before": old_uses, "images": _shown_image_ids(post, images)}
        told = of_post(post, before=visible_before, is_moved=is_moved, **shown)
        _bump(told, is_redirected=bool(redirects))
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
    was_public, before, images = post.is_public(now), post.visible_at, _used_image_ids(post)
    post.trashed_at = moment
    post.updated_at, post.revised_at = now, None
    post.address_was_public = post.address_was_public or was_public

    def write() -> None:
        post.skip_history_when_saving = True
        post.save_version(
            expected_version, update_fields=["trashed_at", "updated_at", "revised_at", "address_was_public"]
        )
        _update_link_dates(post)
        _write_history(post, "~", by=by, reason=reason)
        _renew_search(post)
        _bump(of_post(post, before=before, images_before=images, images=images))
        if moment is None:
            check_languages(post, by=by)

    write_atomically(write)
    return post


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
    images, old_uses = Image.objects.referenced_in(post.body), _used_image_ids(post)
    render_post(post, images)
    columns = {name: getattr(post, name) for name in (*RENDERED_FIELDS, "rendered_by")}
    differs = before != [getattr(post, name) for name in RENDERED_FIELDS]
    written = 0

    def write() -> None:
        nonlocal written
        written = Post.objects.filter(pk=post.pk, version=post.version).update(**columns)
        if written:
            _write_image_uses(post, images, old_uses)
        if written and differs:
            _renew_search(post)
            shown = {"images_before": old_uses, "images": _shown_image_ids(post, images)}
            _bump(of_post(post, before=post.visible_at, **shown))

    write_atomically(write)
    return bool(written)


def _bump(told: list[Change], *, is_redirected: bool = False) -> None:
    """Bump if anything is told, as of each post that is or was public or scheduled, or if old addresses changed."""
    if told or is_redirected:
        content_state.bump(*told)


def _clean_post(post: Post) -> None:
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


def render_post(post: Post, images: Iterable[Image] | None = None, *, by=None) -> None:
    """Set the rendered fields of a post from its body, without saving them.

    `images` are the images that the body refers to; None looks them up. `by` is the user, or None for a command. Raises
    ValidationError for a text that is too complex, and Busy (`heavy_work`).
    """
    found = Image.objects.referenced_in(post.body) if images is None else images
    pictures = {image.digest: image.picture for image in found}
    try:
        # The labels that the renderer adds (of footnotes, admonitions, heading links) are in the text's language.
        with languages.activated(post.language, current()), take_for_text(by and by.pk, post.body):
            rendered = rendering.render(post.body, pictures)
    except rendering.TooComplex as error:
        raise ValidationError({"body": str(error)}) from None
    post.body_html = rendered.html
    post.toc_html = rendered.toc_html
    post.excerpt = rendered.excerpt
    post.word_count = rendered.word_count
    post.lead_image = rendered.lead_image
    post.rendered_by = rendering.VERSION


_UNSEEN_COLUMNS = frozenset(UNSEEN_FIELDS)


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


def _write_links(post: Post, tags: list[Tag], authors: list[Author]) -> None:
    dates = {"listed_at": post.published_at, "changed_at": post.updated_at}
    PostTag.objects.bulk_create(PostTag(post=post, tag=tag, **dates) for tag in dict.fromkeys(tags))
    PostAuthor.objects.bulk_create(
        PostAuthor(post=post, author=author, position=position, **dates)
        for position, author in enumerate(dict.fromkeys(authors))
    )


def _replace_links(post: Post, tags: list[Tag] | None, authors: list[Author] | None) -> None:
    """Write all links of a post again, with its current dates; None keeps its tags or authors."""
    tags = list(post.tags.all()) if tags is None else tags
    links = post.author_links.select_related("author").order_by("position", "pk")
    authors = [link.author for link in links] if authors is None else authors
    post.tag_links.all().delete()
    post.author_links.all().delete()
    _clear_prefetched(post)
    _write_links(post, tags, authors)


def _update_link_dates(post: Post) -> None:
    """Copy `updated_at` to the links when nothing else of them changes."""
    post.tag_links.update(changed_at=post.updated_at)
    post.author_links.update(changed_at=post.updated_at)


def _used_image_ids(post: Post) -> set[int]:
    return set(ImageUse.objects.filter(post=post).values_list("image_id", flat=True))


def _shown_image_ids(post: Post, images: Iterable[Image]) -> set[int]:
    """Return the ids of the images of its text, and of its cover."""
    return {image.pk for image in images} | ({post.cover_image_id} if post.cover_image_id else set())


def _write_image_uses(post: Post, images: Iterable[Image], old: Collection[int]) -> None:
    """Update the rows of the images that the post shows, in its text and as its cover; `old` are ids of images."""
    new = _shown_image_ids(post, images)
    if gone := set(old) - new:
        ImageUse.objects.filter(post=post, image__in=gone).delete()
    ImageUse.objects.bulk_create(ImageUse(post=post, image_id=pk) for pk in sorted(new.difference(old)))


def _write_aliases(post: Post, paths: Iterable[str]) -> None:
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


def _check_addresses(post: Post, aliases: Iterable[str], *, by, is_moved: bool = True) -> None:
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


def _write_history(post: Post, kind: str, *, by, reason: str) -> None:
    # The signals of simple-history would write one row for the post and another for each changed link.
    del post.skip_history_when_saving
    post._history_user = by
    post._change_reason = reason[:100] or None
    post_records.create_historical_record(post, kind)


def _add_to_search(post: Post) -> None:
    """Create the search document of a published or scheduled post. Other posts have none."""
    if post.status == Post.Status.PUBLISHED and post.trashed_at is None:
        names = Tag.objects.filter(post_links__post=post).values_list("name", flat=True)
        text = rendering.plain_text(post.body_html)
        SearchDocument.objects.create(post=post, title=post.title, tags=" ".join(names), body=text)


def _renew_search(post: Post) -> None:
    """Replace the search document of a post."""
    SearchDocument.objects.filter(post=post).delete()
    _add_to_search(post)


def _clear_prefetched(post: Post) -> None:
    getattr(post, "_prefetched_objects_cache", {}).clear()
