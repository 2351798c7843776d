"""The rules of translations: each points to the original of its group, and a group has one post per language."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.site.models import current

from ..models import Post


def clean_translation(post: Post) -> None:
    """Point `translation_of` to the original of the group, by which all translations of a post are found."""
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


def check_languages(post: Post) -> None:
    """Raise ValidationError if another post of the group of translations, outside the trash, is in the same language.

    Call this after the bump of the content generation, whose lock lets one public change at a time commit: before it,
    two translations that are written at the same moment do not see each other.
    """
    original = post.translation_of_id or post.pk
    if (
        original is not None
        and post.trashed_at is None
        and (problem := language_conflict(original, post.language, post.pk))
    ):
        raise ValidationError({"language": problem})


def language_conflict(original_id: int, language: str, post_id: int | None) -> str:
    """Return a sentence about the other post of a group of translations that is in a language, or "" if there is none.

    `original_id` is the group's original, `language` is empty for the site's, and `post_id` is the post that would have
    the language. Posts in the trash do not count.
    """
    group = Post.objects.filter(Q(pk=original_id) | Q(translation_of=original_id), trashed_at=None).exclude(pk=post_id)
    rows = group.values_list("title", "language")
    titles = {(of or current().language).casefold(): title for title, of in rows}
    own = language or current().language
    if own.casefold() not in titles:
        return ""
    message = _("“%(post)s” is the text in the language “%(language)s” already: each language has one.")
    return message % {"post": titles[own.casefold()], "language": own}
