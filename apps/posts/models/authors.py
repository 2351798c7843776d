"""Authors: the public face of people."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.validators import slug_validator, web_address_validator
from apps.core.versioned import VersionedModel
from apps.media.models import Image
from blog_project import addresses

from .tags import LINK_FIELDS, InUseQuerySet

MAX_PROFILE_LINKS = 10
"""The most links that an author's profile has."""


def validate_profile_links(text: str) -> None:
    """Raise ValidationError unless each line is the address of a page, and there are not too many."""
    lines = text.split()
    if len(lines) > MAX_PROFILE_LINKS:
        raise ValidationError(_("These are more than %s links. Leave some out.") % MAX_PROFILE_LINKS, code="too_many")
    for address in lines:
        try:
            web_address_validator(address)
        except ValidationError:
            message = _("“%s” is no address of a page: it begins with https:// or http://. Write one address per line.")
            raise ValidationError(message % address, code="address") from None


class Author(VersionedModel):
    """The public profile of a writer. It is linked to a user account if the writer logs in."""

    PUBLIC = (*LINK_FIELDS, "bio", "website", "links", "picture")
    """The fields that readers' pages load. The database user of these pages may read no others."""
    WHOLE = ("id", "version", *PUBLIC[1:])
    """The fields that the API shows, in the order of the columns."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.CharField(_("slug"), max_length=170, unique=True, validators=[slug_validator], blank=True)
    bio = models.TextField(_("biography"), blank=True, max_length=2000)
    website = models.URLField(_("website"), blank=True, validators=[web_address_validator])
    links = models.CharField(
        _("links"),
        max_length=2000,
        blank=True,
        db_default="",
        default="",
        validators=[validate_profile_links],
        help_text=_("Where else to find this person: addresses of pages, one per line."),
    )
    picture = models.ForeignKey(
        Image,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="portraits",
        verbose_name=_("picture"),
        help_text=_("On the author's page and at the foot of their posts."),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("user"),
        help_text=_("Who may change this author's posts."),
    )

    objects = InUseQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        indexes = [models.Index(fields=["name", "id"], name="author_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the author's page."""
        return addresses.author(self.slug)

    @property
    def link_list(self) -> list[str]:
        """The addresses in `links`."""
        return self.links.split()


AUTHOR_COLUMNS = {
    fields: tuple(Author._meta.get_field(name).attname for name in fields)
    for fields in (LINK_FIELDS, Author.PUBLIC, Author.WHOLE)
}
"""The columns of each choice of fields that posts load of their authors."""


PICTURE_FIELDS = tuple(f"picture__{name}" for name in Image.PUBLIC)
"""The fields of an author's picture that pages show. They are joined, as those of a cover."""


class AuthorAlias(models.Model):
    """A former slug of an author. Their page and feeds redirect to the present ones, and the API's filter accepts it."""

    slug = models.CharField(_("slug"), max_length=170, unique=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("author"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("alias of an author")
        verbose_name_plural = _("aliases of authors")

    def __str__(self) -> str:
        return self.slug
