"""The rows that belong to a post: its links to tags and authors, uses of images, history and search document."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from apps.markdown import rendering
from apps.media.models import Image
from apps.posts.models import Author, ImageUse, Post, PostAuthor, PostTag, SearchDocument, Tag, post_records


def write_links(post: Post, tags: list[Tag], authors: list[Author]) -> None:
    """Write the links of a post that has none, in their order."""
    dates = {"listed_at": post.published_at, "changed_at": post.updated_at}
    PostTag.objects.bulk_create(PostTag(post=post, tag=tag, **dates) for tag in dict.fromkeys(tags))
    PostAuthor.objects.bulk_create(
        PostAuthor(post=post, author=author, position=position, **dates)
        for position, author in enumerate(dict.fromkeys(authors))
    )


def replace_links(post: Post, tags: list[Tag] | None, authors: list[Author] | None) -> None:
    """Write all links of a post again, with its current dates; None keeps its tags or authors."""
    tags = list(post.tags.all()) if tags is None else tags
    links = post.author_links.select_related("author").order_by("position", "pk")
    authors = [link.author for link in links] if authors is None else authors
    post.tag_links.all().delete()
    post.author_links.all().delete()
    _clear_prefetched(post)
    write_links(post, tags, authors)


def update_link_dates(post: Post) -> None:
    """Copy `updated_at` to the links when nothing else of them changes."""
    post.tag_links.update(changed_at=post.updated_at)
    post.author_links.update(changed_at=post.updated_at)


def used_image_ids(post: Post) -> set[int]:
    """Return the ids of the images that are recorded as used by a post."""
    return set(ImageUse.objects.filter(post=post).values_list("image_id", flat=True))


def shown_image_ids(post: Post, images: Iterable[Image]) -> set[int]:
    """Return the ids of the images of its text, and of its cover."""
    return {image.pk for image in images} | ({post.cover_image_id} if post.cover_image_id else set())


def write_image_uses(post: Post, images: Iterable[Image], old: Collection[int]) -> None:
    """Update the rows of the images that the post shows, in its text and as its cover; `old` are ids of images."""
    new = shown_image_ids(post, images)
    if gone := set(old) - new:
        ImageUse.objects.filter(post=post, image__in=gone).delete()
    ImageUse.objects.bulk_create(ImageUse(post=post, image_id=pk) for pk in sorted(new.difference(old)))


def write_history(post: Post, kind: str, *, by, reason: str) -> None:
    """Record the present state of a post: `kind` is + for a new one, ~ for a change; `by` the user or None."""
    # The signals of simple-history would write one row for the post and another for each changed link.
    vars(post).pop("skip_history_when_saving", None)
    post._history_user = by
    post._change_reason = reason[:100] or None
    post_records.create_historical_record(post, kind)


def add_to_search(post: Post) -> None:
    """Create the search document of a published or scheduled post. Other posts have none."""
    if post.status == Post.Status.PUBLISHED and post.trashed_at is None:
        names = Tag.objects.filter(post_links__post=post).values_list("name", flat=True)
        text = rendering.plain_text(post.body_html)
        SearchDocument.objects.create(post=post, title=post.title, tags=" ".join(names), body=text)


def renew_search(post: Post) -> None:
    """Replace the search document of a post."""
    SearchDocument.objects.filter(post=post).delete()
    add_to_search(post)


def _clear_prefetched(post: Post) -> None:
    getattr(post, "_prefetched_objects_cache", {}).clear()
