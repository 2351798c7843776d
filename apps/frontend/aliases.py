"""Tags, authors and series by their present or a former slug."""

from __future__ import annotations

from django.http import Http404

from apps.posts.models import PICTURE_FIELDS, Author, Series, Tag


def get_tag_or_404(slug: str) -> Tag:
    """Return the tag with this slug or, if no tag has it now, the tag that had it before. Raises Http404."""
    tag = Tag.objects.find_by_slug(slug)
    if tag is None:
        raise Http404
    return tag


def get_author_or_404(slug: str) -> Author:
    """Return the author with this slug or, if nobody has it now, the author who had it before. Raises Http404."""
    authors = Author.objects.select_related("picture").only(*Author.PUBLIC, *PICTURE_FIELDS)
    author = authors.find_by_slug(slug)
    if author is None:
        raise Http404
    return author


def get_series_or_404(slug: str) -> Series:
    """Return the series with this slug or, if none has it now, the series that had it before. Raises Http404."""
    series = Series.objects.find_by_slug(slug)
    if series is None:
        raise Http404
    return series
