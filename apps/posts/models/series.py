"""Series of posts."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.text import key_digest
from apps.core.validators import slug_validator
from apps.core.versioned import VersionedModel
from blog_project import addresses

from .tags import InUseQuerySet

READING_ORDER = ("series_position", "id")
"""The order of the parts of a series."""


class SeriesQuerySet(InUseQuerySet):
    """Queries for series."""

    def in_use(self) -> SeriesQuerySet:
        """Return the series that have at least one public post."""
        # Not EXISTS, for the reason that `InUseQuerySet.in_use` has.
        parts = self._posts().published().in_series(models.OuterRef("pk"))
        return self.alias(first_part=models.Subquery(parts.values("pk")[:1])).filter(first_part__isnull=False)

    def find_by_title(self, title: str) -> Series | None:
        """Return the series with this title, or with one that looks like it (`text.comparison_key`), or None."""
        return self.filter(title_key=key_digest(title)).first()


class Series(VersionedModel):
    """Posts that are read one after the other. Each has its position in it (`Post.series_position`)."""

    MAX_PARTS = 500
    """The most posts of a series: a post's page reads the titles of all its parts."""
    MAX_POSITION = 10_000
    """The last position. Positions need not follow each other: a program can leave room between them."""

    title = models.CharField(_("title"), max_length=150)
    # Equal for titles that look alike (`text.key_digest`): a series is chosen by typing its title.
    title_key = models.CharField(max_length=64, unique=True, editable=False)
    slug = models.CharField(_("slug"), max_length=170, unique=True, validators=[slug_validator], blank=True)
    description = models.TextField(_("description"), blank=True, max_length=2000)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("series")
        verbose_name_plural = pgettext_lazy("several of them", "series")
        indexes = [models.Index(fields=["title", "id"], name="series_by_title")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of the page of the series."""
        return addresses.series(self.slug)

    def part_ids(self) -> list[int]:
        """Return the ids of its posts, public or not: at most `MAX_PARTS`.

        A list of these posts in another order chooses them by their ids: otherwise databases may read the index of that
        order from its end, and with it all posts.
        """
        return list(self.posts.order_by(*READING_ORDER).values_list("pk", flat=True))


class SeriesAlias(models.Model):
    """A former slug of a series. Its page redirects to the present one, and the API's filter accepts it."""

    slug = models.CharField(_("slug"), max_length=170, unique=True)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("series"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias of a series")
        verbose_name_plural = _("aliases of series")

    def __str__(self) -> str:
        return self.slug
