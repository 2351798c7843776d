"""Tags, and what tags, authors and series have in common."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.text import key_digest, normalized
from apps.core.validators import slug_validator
from apps.core.versioned import VersionedModel
from blog_project import addresses

LINK_FIELDS = ("id", "name", "slug")
"""The fields of a tag or an author that lists of posts show."""


class InUseQuerySet(models.QuerySet):
    """Queries that tags, authors and series share."""

    def in_use(self) -> InUseQuerySet:
        """Return the tags or authors that have at least one public post."""
        # Not EXISTS: MariaDB turns it into a join that reads all posts. Finding the newest post takes one index lookup.
        newest = self._posts().published().newest_first(**{self.model._meta.model_name: models.OuterRef("pk")})
        return self.alias(newest_post=models.Subquery(newest.values("pk")[:1])).filter(newest_post__isnull=False)

    def _posts(self) -> models.QuerySet:
        # `Post` has a link to each of these models, and so its module imports this one.
        return self.model._meta.apps.get_model("posts.Post").objects

    def find_by_slug(self, slug: str) -> models.Model | None:
        """Return the tag or author with this slug or, if none has it now, with this former slug; or None.

        If the returned one has another slug, `slug` is a former one: it was renamed, or a tag was merged into it.
        """
        return self.filter(slug=slug).first() or self.filter(aliases__slug=slug).first()

    def find_by_slugs(self, slugs: Collection[str]) -> dict[str, models.Model]:
        """Return what `find_by_slug` finds for each of `slugs`, without those of which there is none.

        It takes one query, and another one if some are no present slugs.
        """
        # MySQL compares without case.
        found = {row.slug.lower(): row for row in self.filter(slug__in=slugs)} if slugs else {}
        if former := [slug for slug in slugs if slug.lower() not in found]:
            renamed = self.filter(aliases__slug__in=former).annotate(former_slug=models.F("aliases__slug"))
            found |= {row.former_slug.lower(): row for row in renamed}
        return {slug: found[slug.lower()] for slug in slugs if slug.lower() in found}


class TagQuerySet(InUseQuerySet):
    """Queries for tags."""

    def find_by_name(self, name: str) -> Tag | None:
        """Return the tag with this name, or with one that looks like it (`text.comparison_key`), or None."""
        keyed = self.filter(name_key=key_digest(name)).first()
        # Rows without a key; and names that the database takes for the same, as MySQL does without accents.
        return keyed or self.filter(name=normalized(name)).first()


class Tag(VersionedModel):
    """A topic that posts share."""

    WHOLE = ("id", "version", *LINK_FIELDS[1:], "description")
    """The fields that the API shows, in the order of the columns."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    # Equal for names that look alike (`text.key_digest`). NULL in rows of earlier releases whose key another tag has.
    name_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    slug = models.CharField(_("slug"), max_length=120, unique=True, validators=[slug_validator], blank=True)
    description = models.TextField(_("description"), blank=True, max_length=1000)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the tag's page."""
        return addresses.tag(self.slug)


class TagAlias(models.Model):
    """A former slug of a tag. Its page and feeds redirect to the tag's, and the API's filters accept it."""

    slug = models.CharField(_("slug"), max_length=120, unique=True)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("tag"))
    former_id = models.PositiveBigIntegerField(null=True, db_index=True, editable=False)
    """The id of the tag that was merged into `tag`. Old versions of posts still refer to it."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias of a tag")
        verbose_name_plural = _("aliases of tags")

    def __str__(self) -> str:
        return self.slug
