"""The name of a draft that was saved automatically before it got a title."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from apps.posts.models import Post


def stand_in() -> str:
    """Return the title of an untitled draft in the active language."""
    return _("Untitled")


def is_untitled(post: Post) -> bool:
    """Return whether a post is a draft whose title only stands in for one, in whichever language."""
    return post.status == Post.Status.DRAFT and post.title in _stand_ins()


@cache
def _stand_ins() -> frozenset[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(stand_in())
    return frozenset(found)
