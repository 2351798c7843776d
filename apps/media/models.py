"""The model of images. All writes go through `services`. (`posts.ImageUse` has the posts that show them.)"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.versioned import VersionedModel
from blog_project import addresses

from . import names
from .names import Picture


def validate_share(value: float) -> None:
    """Raise ValidationError for a value that is not between 0 and 1."""
    # In this form, the comparison is also false for NaN.
    if not 0 <= value <= 1:
        raise ValidationError(_("It is a number from 0 to 1."), code="no_share")


class ImageQuerySet(models.QuerySet):
    """Named queries for images."""

    def unused(self) -> ImageQuerySet:
        """Return the images that neither a post shows, nor a change of one that waits, nor an author."""
        return self.filter(uses__isnull=True, pending_uses__isnull=True, portraits__isnull=True)

    def referenced_in(self, text: str) -> list[Image]:
        """Return the images whose files a text refers to, in one query, or in none if there are no references."""
        digests = names.digests_in(text)
        return list(self.filter(digest__in=digests)) if digests else []

    def for_reading(self) -> ImageQuerySet:
        """Load only the fields that readers' pages show."""
        return self.only(*Image.PUBLIC)


class Image(VersionedModel):
    """An image. The uploaded file is not stored, only files that were encoded from it."""

    PUBLIC = ("id", "digest", "width", "height", "files", "alt", "credit", "focal_x", "focal_y")
    """The fields that readers' pages load. The database user of these pages may read no others."""
    DESCRIPTION_FIELDS = ("alt", "credit", "focal_x", "focal_y")
    """The fields that can be changed after the upload."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("file name"), max_length=255, editable=False)
    kind = models.CharField(_("format"), max_length=10, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    size = models.PositiveIntegerField(_("bytes"), editable=False)
    # Such as ["480.avif", "480.webp", "1600.jpg"]. The one not in SOURCES is the fallback for all browsers.
    files = models.JSONField(default=list, editable=False)

    alt = models.CharField(
        _("alternative text"),
        max_length=500,
        blank=True,
        help_text=_("What it shows, for those who do not see it. The editor inserts it; a text can have its own."),
    )
    credit = models.CharField(
        _("credit"), max_length=200, blank=True, help_text=_("Who made it, as it is to be shown beneath it.")
    )
    focal_x = models.FloatField(
        _("focal point, across"),
        default=0.5,
        validators=[validate_share],
        help_text=_("What stays visible where it is cropped: 0 is the left edge, 1 the right one."),
    )
    focal_y = models.FloatField(
        _("focal point, down"),
        default=0.5,
        validators=[validate_share],
        help_text=_("0 is the upper edge, 1 the lower one."),
    )

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="images",
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)

    is_new = False
    """Whether the service that returned the instance has created it, rather than found it."""

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        permissions = [("change_others_image", _("Can change images of others"))]
        # For the admin's search.
        indexes = [models.Index(fields=["name"], name="image_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def fallback(self) -> str:
        """The name of the file in a format that every browser can show."""
        (name,) = (name for name in self.files if not name.endswith(names.SOURCES))
        return f"{self.digest}/{name}"

    @property
    def address(self) -> str:
        """The path of the image in texts, which does not depend on where the files are stored."""
        return addresses.media(self.fallback)

    @property
    def picture(self) -> Picture:
        """What the HTML of the image needs."""
        widest = max(int(name.partition(".")[0]) for name in self.files)
        sources = ((names.TYPES[ending], names.srcset(self.digest, self.files, ending)) for ending in names.SOURCES)
        height = max(1, round(self.height * widest / self.width))
        return Picture(names.public_url(self.fallback), widest, height, tuple(sources))

    @property
    def renditions(self) -> list[dict[str, str | int]]:
        """The URL, media type and width of each file."""
        renditions = []
        for name in self.files:
            width, ending = name.split(".")
            url = names.public_url(f"{self.digest}/{name}")
            renditions.append({"address": url, "type": names.TYPES[ending], "width": int(width)})
        return renditions

    @property
    def thumbnail(self) -> str:
        """The URL of the smallest file, for lists of images."""
        narrowest = min(int(name.partition(".")[0]) for name in self.files)
        return names.public_url(f"{self.digest}/{narrowest}.webp")

    @property
    def focus(self) -> str:
        """The CSS classes that keep the focal point visible where the image is cropped."""
        return f"across-{round(self.focal_x * 10)} down-{round(self.focal_y * 10)}"

    @property
    def markdown(self) -> str:
        """The Markdown for the image."""
        alt = "".join(f"\\{char}" if char in "\\[]" else char for char in self.alt)
        return f"![{alt}]({names.named(self.address, self.name)})"

    def is_editable_by(self, user) -> bool:
        """Return whether `user` may change or delete the image: editors any, authors those that they uploaded."""
        if not user.is_active or not user.has_perm("media.change_image"):
            return False
        return user.has_perm("media.change_others_image") or self.uploaded_by_id == user.pk
