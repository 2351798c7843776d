"""The site's settings: name, menus, lists, feeds and comments. They are one row, which the admin changes."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import DatabaseError, models
from django.utils.translation import gettext_lazy as _

from apps.core import content_state
from apps.core.validators import language_validator, web_address_validator
from apps.core.versioned import VersionedModel

SINGLETON_PK = 1
"""The primary key of the single row."""
MAX_LINKS = 50
"""How many links all menus together have, at most."""


def validate_address(address: str) -> None:
    """Raise ValidationError unless the address is a path of this site or an HTTP(S) URL; `javascript:` is refused."""
    if address.startswith("/") and not address.startswith(("//", "/\\")):
        return
    try:
        web_address_validator(address)
    except ValidationError:
        message = _("An address is a path of this site, such as /about/, or begins with https:// or http://.")
        raise ValidationError(message, code="address") from None


class Site(VersionedModel):
    """The settings of the site. Empty fields default to the environment's settings."""

    class Comments(models.TextChoices):
        OFF = "off", _("Off: nobody can comment, and no comments are shown")
        MODERATED = "moderated", _("Each comment waits for approval, but for those of trusted addresses")
        OPEN = "open", _("Comments appear at once")

    class FeedText(models.TextChoices):
        FULL = "full", _("The whole text")
        SUMMARY = "summary", _("The summary alone")

    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("Left empty, it is that of the environment (SITE_NAME).")
    )
    tagline = models.CharField(
        _("tagline"),
        max_length=200,
        blank=True,
        help_text=_("A few words below the name. Left empty, it is that of the environment (SITE_TAGLINE)."),
    )
    language = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        validators=[language_validator],
        help_text=_(
            "Of the menus and of posts that do not say theirs, such as en or de. Left empty, it is that of the "
            "environment (LANGUAGE_CODE)."
        ),
    )
    logo = models.CharField(
        _("logo"),
        max_length=500,
        blank=True,
        validators=[validate_address],
        help_text=_("The address of an image, shown in place of the name; the name is its text for who cannot see it."),
    )
    footer_text = models.CharField(
        _("text of the footer"),
        max_length=300,
        blank=True,
        db_default="",
        default="",
        help_text=_("Left empty, it is the name and the tagline."),
    )
    posts_per_page = models.PositiveSmallIntegerField(
        _("posts per page"), default=20, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    feed_text = models.CharField(_("feeds have"), max_length=10, choices=FeedText, default=FeedText.FULL)
    comments = models.CharField(_("comments"), max_length=10, choices=Comments, default=Comments.MODERATED)
    comments_close_days = models.PositiveSmallIntegerField(
        _("comments close after"),
        default=0,
        validators=[MaxValueValidator(30_000)],
        help_text=_("Days after a post's publication; 0 is never."),
    )

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name or settings.SITE_NAME


class Link(models.Model):
    """A link of a menu, as it is stored."""

    class Menu(models.TextChoices):
        HEADER = "header", _("Navigation")
        FOOTER = "footer", _("Footer")
        SOCIAL = "social", _("Social (rel=me)")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="links")
    menu = models.CharField(_("menu"), max_length=10, choices=Menu, default=Menu.HEADER)
    label = models.CharField(_("label"), max_length=60)
    address = models.CharField(
        _("address"), max_length=500, validators=[validate_address], help_text=_("Such as /about/ or https://….")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, validators=[MaxValueValidator(1000)], help_text=_("The lowest comes first.")
    )

    class Meta:
        ordering = ["menu", "position", "pk"]
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return self.label


class Entry(NamedTuple):
    """A link of a menu, as pages show it."""

    label: str
    address: str


class Current(NamedTuple):
    """The site's settings as pages use them, with the environment's defaults for empty fields."""

    name: str
    tagline: str
    language: str
    logo: str
    footer_text: str
    posts_per_page: int
    feed_text: str
    comments: str
    comments_close_days: int
    header: tuple[Entry, ...]
    footer: tuple[Entry, ...]
    social: tuple[Entry, ...]


_FIELDS = Current._fields[: -len(Link.Menu)]
_LINK_FIELDS = ("links__menu", "links__label", "links__address")
_cached: tuple[content_state.State, Current] | None = None
_last_read: Current | None = None


def current() -> Current:
    """Return the settings. They are cached until the content state changes, which includes any change of them."""
    global _cached, _last_read
    state, cached = content_state.last_known(), _cached
    if state is not None and cached is not None and cached[0] == state:
        return cached[1]
    _last_read = fresh = _read()
    if state is not None:
        _cached = state, fresh
    return fresh


def cached_settings() -> Current:
    """Return the current settings or, if the database is unavailable, the last known ones."""
    try:
        return current()
    except DatabaseError:
        return last_known()


def last_known() -> Current:
    """Return the settings that this process last read, or the environment's, without a query."""
    return _last_read or _build(Site(), [])


def _read() -> Current:
    # One row for each link, with the settings in each: links are few, and a second query is avoided.
    site = Site.objects.filter(pk=SINGLETON_PK).order_by("links__menu", "links__position", "links__pk")
    rows = list(site.values(*_FIELDS, *_LINK_FIELDS))
    site = Site(**{name: rows[0][name] for name in _FIELDS}) if rows else Site()
    return _build(site, [tuple(row[name] for name in _LINK_FIELDS) for row in rows])


def _build(site: Site, links: list[tuple[str, str, str]]) -> Current:
    values = {name: getattr(site, name) for name in _FIELDS} | {
        "name": site.name or settings.SITE_NAME,
        "tagline": site.tagline or settings.SITE_TAGLINE,
        "language": site.language or settings.LANGUAGE_CODE,
    }
    menus = {menu: tuple(Entry(*rest) for name, *rest in links if name == menu) for menu in Link.Menu.values}
    return Current(**values, **menus)
