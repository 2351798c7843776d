"""Tags and authors by their present or a former slug."""

from __future__ import annotations

from django.http import Http404

from apps.posts.models import Author, Tag


def get_tag_or_404(slug: str) -> Tag:
    """Return the tag with this slug or, if no tag has it now, the tag that had it before. Raises Http404."""
    tag = Tag.objects.find_by_slug(slug)
    if tag is None:
        raise Http404
    return tag


def get_author_or_404(slug: str) -> Author:
    """Return the author with this slug or, if nobody has it now, the author who had it before. Raises Http404."""
    author = Author.objects.only(*Author.PUBLIC).find_by_slug(slug)
    if author is None:
        raise Http404
    return author
