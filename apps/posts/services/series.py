"""The rules of a post's place in a series."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from ..models import Post, Series


def place_in_series(post: Post, *, is_placed: bool, former: tuple[int | None, int | None] = (None, None)) -> None:
    """Set the position of a post in its series, unless `is_placed`, which says that one was chosen.

    A post that stays in its series keeps its place; one that comes to a series becomes the last part; one that is in none
    has none. `former` are the stored series (its id) and position. Raises ValidationError for a position without a
    series, and for a series that is full.
    """
    series, (former_series, former_position) = post.series_id, former
    if series is None:
        if is_placed:
            raise ValidationError(
                {"series_position": _("A post that is in no series has no position. Choose the series as well.")}
            )
        post.series_position = None
        return
    is_new = series != former_series
    if is_new and not has_room(series):
        message = _("This series has %s parts already, and more is not possible. Begin another one.")
        raise ValidationError({"series": message % Series.MAX_PARTS})
    if not is_placed:
        post.series_position = _last_position(series) + 1 if is_new or former_position is None else former_position


def has_room(series: int) -> bool:
    """Return whether the series with this id can have another part."""
    return len(Post.objects.filter(series=series).values_list("pk")[: Series.MAX_PARTS]) < Series.MAX_PARTS


def _last_position(series: int) -> int:
    return Post.objects.filter(series=series).aggregate(last=Max("series_position"))["last"] or 0
