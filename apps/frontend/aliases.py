"""Former addresses of tags."""

from __future__ import annotations

from django.http import Http404

from apps.posts.models import Tag, TagAlias


def tag_at(slug: str) -> Tag:
    """Return the tag of a slug, or the one that had it before; its own slug tells which. Raises Http404."""
    found = Tag.objects.filter(slug=slug).first()
    if found is None:
        alias = TagAlias.objects.filter(slug=slug).select_related("tag").first()
        found = alias and alias.tag
    if found is None:
        raise Http404
    return found
