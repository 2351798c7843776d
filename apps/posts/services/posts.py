"""Writing posts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import content_state
from apps.core.transactions import check_text, set_fields, write_atomically
from apps.core.validators import YEARS
from apps.media.models import Image
from apps.posts import rendering, slugs
from apps.posts.models import Author, ImageUse, Post, PostAlias, PostAuthor, PostTag, SearchDocument, Tag, post_records
from apps.posts.post_fields import RENDERED_FIELDS
from apps.site import languages
from apps.site.models import current
from blog_project import addresses


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
    images = Image.objects.named_in(post.body)
    render_post(post, images)
    given_slug, tags, authors = bool(post.slug), list(tags), list(authors)

    def write() -> Post:
        if not given_slug:
            post.slug = _post_slug(post)
        post.pk = None
        post.skip_history_when_saving = True
        post.save(force_insert=True)
        _write_links(post, tags, authors)
        _write_uses(post, images, ())
        _write_aliases(post, aliases)
        _write_history(post, "+", by=by, reason=reason)
        _add_to_search(post)
        if _is_on_its_way(post):
            content_state.bump()
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
    """Change a post as it was at `expected_version`; `tags` and `authors` replace the present ones where given.

    A changed slug leaves an alias where the old address was ever public.
    """
    now = timezone.now()
    was_public = post.is_public(now)
    old_slug, old_text, old_listed_at = post.slug, (post.body, post.language), post.published_at
    address_was_public = post.address_was_public or was_public
    set_fields(post, fields)
    given_slug = bool(post.slug)
    _clean_post(post)
    images, old_uses = Image.objects.named_in(post.body), _uses_of(post)
    if (post.body, post.language) != old_text or post.rendered_by != rendering.VERSION:
        render_post(post, images)
    new_tags = None if tags is None else list(tags)
    new_authors = None if authors is None else list(authors)
    post.updated_at = fields.get("updated_at", now)

    def write() -> None:
        if not given_slug:
            post.slug = _post_slug(post)
        moved = post.slug != old_slug
        # An address that the post comes back to was public before: its alias says so, and goes.
        returns = moved and PostAlias.objects.filter(path=addresses.post(post.slug), post=post).exists()
        post.address_was_public = returns or (address_was_public and not moved)
        post.skip_history_when_saving = True
        post.save_version(expected_version)
        if returns:
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
        else:
            _date_links(post)
        _write_uses(post, images, old_uses)
        _write_history(post, "~", by=by, reason=reason)
        _remove_from_search(post)
        _add_to_search(post)
        if was_public or _is_on_its_way(post):
            content_state.bump()

    version = post.version
    try:
        write_atomically(write, slug_given=given_slug)
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
        _date_links(post)
        _write_history(post, "~", by=by, reason=reason)
        _remove_from_search(post)
        _add_to_search(post)
        if post.status == Post.Status.PUBLISHED:
            content_state.bump()

    write_atomically(write)
    return post


def purge_post(post: Post, *, by) -> None:
    """Delete a trashed post for good. Its history stays. Raises ValidationError for one that is not in the trash."""
    if post.trashed_at is None:
        raise ValidationError(_("Only a post in the trash can be deleted for good. Move it there first."))

    pk = post.pk

    def write() -> None:
        post.pk = pk  # Django forgets it where it deletes the row, which a deadlock brings back.
        # Readers got 410 at its addresses, or were led there by its aliases; now they get 404. Its translations are none.
        was_known = post.address_was_public or post.status == Post.Status.PUBLISHED or post.aliases.exists()
        was_known = was_known or post.translations.exists()
        post._history_user = by
        post._change_reason = "purged"
        post.delete()
        if was_known:
            content_state.bump()

    write_atomically(write)


def rerender_post(post: Post, *, force: bool = False) -> bool:
    """Make a post's HTML anew where an older renderer made it (or, by `force`, any). No new version: same text.

    Returns whether anything was written. Raises ValidationError for a text that is too complex by now.
    """
    if post.rendered_by == rendering.VERSION and not force:
        return False
    before = [getattr(post, name) for name in RENDERED_FIELDS]
    images, old_uses = Image.objects.named_in(post.body), _uses_of(post)
    render_post(post, images)
    columns = {name: getattr(post, name) for name in (*RENDERED_FIELDS, "rendered_by")}
    differs = before != [getattr(post, name) for name in RENDERED_FIELDS]
    written = 0

    def write() -> None:
        nonlocal written
        written = Post.objects.filter(pk=post.pk, version=post.version).update(**columns)
        if written:
            _write_uses(post, images, old_uses)
        if written and differs:
            _remove_from_search(post)
            _add_to_search(post)
            if _is_on_its_way(post):
                content_state.bump()

    write_atomically(write)
    return bool(written)


def _is_on_its_way(post: Post) -> bool:
    """Tell whether readers see the post, or will at its date: then what they see changes with it."""
    return post.status == Post.Status.PUBLISHED and post.trashed_at is None


def _clean_post(post: Post) -> None:
    post.title = post.title.strip()
    check_text(post)
    if post.status == Post.Status.PUBLISHED and post.published_at is None:
        post.published_at = timezone.now()
    if post.published_at is not None and post.published_at.year not in YEARS:
        years = {"first": YEARS[0], "last": YEARS[-1]}
        raise ValidationError({"published_at": _("The year must be from %(first)s to %(last)s.") % years})
    if post.slug in addresses.RESERVED_SLUGS:
        raise ValidationError(
            {"slug": _("“%s” is an address that the site needs itself. Choose another slug.") % post.slug}
        )
    post.clean_fields()
    _clean_translation(post)


def _clean_translation(post: Post) -> None:
    """Tie a translation to the text that was first: all translations of one post know each other by that."""
    original = post.translation_of
    if original is not None and original.translation_of_id is not None:
        post.translation_of = original = original.translation_of
    if original is None or post.pk is None:
        return
    if original.pk == post.pk:
        raise ValidationError({"translation_of": _("A post cannot be a translation of itself.")})
    if post.translations.exists():
        raise ValidationError(
            {"translation_of": _("This post has translations of its own. Make these translations of that post first.")}
        )


def _post_slug(post: Post) -> str:
    base = slugs.slug_from(post.title, fallback=post.kind, max_length=200)
    return slugs.free_slug(base, slugs.taken_among_posts(post.pk))


def render_post(post: Post, images: Iterable[Image] | None = None) -> None:
    """Make a post's HTML, and what is read from it, of its text and the images named in that.

    They are looked up where they are not given. Raises ValidationError for a text that is too complex.
    """
    found = Image.objects.named_in(post.body) if images is None else images
    pictures = {image.digest: image.picture for image in found}
    try:
        # The few words of our own in it (of footnotes, admonitions, links to headings) are the text's language.
        with languages.speaking(post.language, current()):
            rendered = rendering.render(post.body, pictures)
    except rendering.TooComplex as error:
        raise ValidationError({"body": str(error)}) from None
    post.body_html = rendered.html
    post.toc_html = rendered.toc_html
    post.excerpt = rendered.excerpt
    post.word_count = rendered.word_count
    post.lead_image = rendered.lead_image
    post.rendered_by = rendering.VERSION


def _write_links(post: Post, tags: list[Tag], authors: list[Author]) -> None:
    dates = {"listed_at": post.published_at, "changed_at": post.updated_at}
    PostTag.objects.bulk_create(PostTag(post=post, tag=tag, **dates) for tag in dict.fromkeys(tags))
    PostAuthor.objects.bulk_create(
        PostAuthor(post=post, author=author, position=position, **dates)
        for position, author in enumerate(dict.fromkeys(authors))
    )


def _date_links(post: Post) -> None:
    """Tell the links of a change that is none of theirs."""
    post.tag_links.update(changed_at=post.updated_at)
    post.author_links.update(changed_at=post.updated_at)


def _uses_of(post: Post) -> set[int]:
    return set(ImageUse.objects.filter(post=post).values_list("image_id", flat=True))


def _write_uses(post: Post, images: Iterable[Image], old: Collection[int]) -> None:
    """Write down which images the post shows, in its text and as its cover."""
    new = {image.pk for image in images} | ({post.cover_image_id} if post.cover_image_id else set())
    if gone := set(old) - new:
        ImageUse.objects.filter(post=post, image__in=gone).delete()
    ImageUse.objects.bulk_create(ImageUse(post=post, image_id=pk) for pk in sorted(new.difference(old)))


def _write_aliases(post: Post, paths: Iterable[str]) -> None:
    own = addresses.post(post.slug)
    for path in dict.fromkeys(paths):
        if path == own:
            continue
        check_alias(path)
        alias = PostAlias.objects.filter(path=path).first()
        if alias is None:
            PostAlias.objects.create(path=path, post=post)
        elif alias.post_id != post.pk:
            # The address was given up by one post and used by another since: the later one has it.
            alias.delete()
            PostAlias.objects.create(path=path, post=post)


def check_alias(path: str, field: str = "aliases") -> None:
    """Raise ValidationError, about `field`, for what is no path."""
    longest = PostAlias._meta.get_field("path").max_length
    if not path.startswith("/") or len(path) > longest:
        raise ValidationError(
            {
                field: _("“%(path)s” is no path: it begins with / and has at most %(longest)s characters.")
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
