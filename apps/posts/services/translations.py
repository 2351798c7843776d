"""The rules of translations: each points to the original of its group, and a group has one post per language."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.site.models import current

from ..models import Post


def clean_translation(post: Post, *, by, before: int | None = None) -> None:
    """Point `translation_of` to the original of the group, by which all translations of a post are found.

    `before` is the id of the stored original. Raises ValidationError if another one is chosen that `by` may not change:
    the page of a post names its translations.
    """
    original = post.translation_of
    if original is not None and original.translation_of_id is not None:
        post.translation_of = original = original.translation_of
    if original is not None and original.pk != before:
        _check_may_be_translated(original, by)
    if original is None or post.pk is None:
        return
    if original.pk == post.pk:
        raise ValidationError({"translation_of": _("A post cannot be a translation of itself.")})
    if post.translations.exists():
        raise ValidationError(
            {"translation_of": _("This post has translations of its own. Make these translations of that post first.")}
        )


def _check_may_be_translated(original: Post, by) -> None:
    if by is None or Post.objects.editable_by(by).filter(pk=original.pk).exists():
        return
    if not Post.objects.known_to(by).filter(pk=original.pk).exists():
        message = _("The original of that post is not yours to change. Ask an editor to make this one its translation.")
    else:
        message = _("“%s” is not yours to change. Ask an editor to make this post its translation.") % original
    raise ValidationError({"translation_of": message})


def check_languages(post: Post, *, by) -> None:
    """Raise ValidationError if another post of the group of translations, outside the trash, is in the same language.

    Call this after the bump of the content generation, whose lock lets one public change at a time commit: before it,
    two translations that are written at the same moment do not see each other. The error names that post if `by` may
    know of it.
    """
    original = post.translation_of_id or post.pk
    if (
        original is not None
        and post.trashed_at is None
        and (problem := language_conflict(original, post.language, post.pk, by=by))
    ):
        raise ValidationError({"language": problem})


def language_conflict(original_id: int, language: str, post_id: int | None, *, by) -> str:
    """Return a sentence about the other post of a group of translations that is in a language, or "" if there is none.

    `original_id` is the group's original, `language` is empty for the site's, and `post_id` is the post that would have
    the language. Posts in the trash do not count. The sentence names the other post if `by` may know of it.
    """
    group = Post.objects.filter(Q(pk=original_id) | Q(translation_of=original_id), trashed_at=None).exclude(pk=post_id)
    own = language or current().language
    others = {(of or current().language).casefold(): pk for pk, of in group.values_list("pk", "language")}
    if (other := others.get(own.casefold())) is None:
        return ""
    if (known := Post.objects.known_to(by).filter(pk=other).only("title").first()) is None:
        return _("There is a text in the language “%s” already, which is not yours to see: each has one.") % own
    message = _("“%(post)s” is the text in the language “%(language)s” already: each language has one.")
    return message % {"post": known, "language": own}
