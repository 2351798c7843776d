"""Former addresses of tags."""

from __future__ import annotations

from django.http import Http404

from apps.posts.models import Tag


def tag_at(slug: str) -> Tag:
    """Return the tag of a slug, or the one that had it before; its own slug tells which. Raises Http404."""
    found = Tag.objects.at(slug)
    if found is None:
        raise Http404
    return found
