"""Images, and which posts use them. Every write goes through `services`."""

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
    """Raise ValidationError for what is no number from 0 to 1."""
    # Written this way round, it refuses “not a number” too.
    if not 0 <= value <= 1:
        raise ValidationError(_("It is a number from 0 to 1."), code="no_share")


class ImageQuerySet(models.QuerySet):
    """Reads with names."""

    def unused(self) -> ImageQuerySet:
        """Return those that no post shows."""
        return self.filter(uses__isnull=True)

    def named_in(self, text: str) -> list[Image]:
        """Return the images that a text names, in one query; without any where it names none."""
        digests = names.digests_in(text)
        return list(self.filter(digest__in=digests)) if digests else []

    def for_reading(self) -> ImageQuerySet:
        """Fetch what pages show and their database user may read."""
        return self.only(*Image.PUBLIC)


class Image(VersionedModel):
    """A picture. What was uploaded is not kept: only what was made of it."""

    PUBLIC = ("id", "digest", "width", "height", "files", "alt", "credit", "focal_x", "focal_y")
    """What pages read of an image, and all that their database user may: not who uploaded it, say."""
    DESCRIBED = ("alt", "credit", "focal_x", "focal_y")
    """What can be changed; the picture itself cannot."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("file name"), max_length=255, editable=False)
    kind = models.CharField(_("format"), max_length=10, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    size = models.PositiveIntegerField(_("bytes"), editable=False)
    # Such as ["480.avif", "480.webp", "1600.jpg"]: one that is no source is the file that everybody can show.
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
    """Whether the upload that returned it made it; it was here already otherwise."""

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        permissions = [("change_others_image", _("Can change images of others"))]
        # The admin's search reads names from here.
        indexes = [models.Index(fields=["name"], name="image_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def fallback(self) -> str:
        """The name of the file that everybody can show."""
        (name,) = (name for name in self.files if not name.endswith(names.SOURCES))
        return f"{self.digest}/{name}"

    @property
    def address(self) -> str:
        """Its address in texts, which stays when the files move."""
        return addresses.media(self.fallback)

    @property
    def picture(self) -> Picture:
        """It as pages show it."""
        widest = max(int(name.partition(".")[0]) for name in self.files)
        sources = ((names.TYPES[ending], names.srcset(self.digest, self.files, ending)) for ending in names.SOURCES)
        height = max(1, round(self.height * widest / self.width))
        return Picture(names.public(self.fallback), widest, height, tuple(sources))

    @property
    def renditions(self) -> list[dict[str, str | int]]:
        """Where each of its files is, of which type and width."""
        made = []
        for name in self.files:
            width, ending = name.split(".")
            public = names.public(f"{self.digest}/{name}")
            made.append({"address": public, "type": names.TYPES[ending], "width": int(width)})
        return made

    @property
    def thumbnail(self) -> str:
        """The address of its smallest file, for lists of images."""
        narrowest = min(int(name.partition(".")[0]) for name in self.files)
        return names.public(f"{self.digest}/{narrowest}.webp")

    @property
    def focus(self) -> str:
        """The classes of the stylesheet that keep its focal point in sight where it is cropped."""
        return f"across-{round(self.focal_x * 10)} down-{round(self.focal_y * 10)}"

    @property
    def markdown(self) -> str:
        """What shows it in a text."""
        alt = "".join(f"\\{char}" if char in "\\[]" else char for char in self.alt)
        return f"![{alt}]({self.address})"

    def is_editable_by(self, user) -> bool:
        """Tell whether `user` may describe or delete it: an editor any, an author what they uploaded."""
        if not user.is_active or not user.has_perm("media.change_image"):
            return False
        return user.has_perm("media.change_others_image") or self.uploaded_by_id == user.pk
