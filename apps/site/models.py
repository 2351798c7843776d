"""What the site is called, what its menus hold and how it behaves. One row; the admin changes it."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.posts import generation
from apps.posts.models import language_validator
from apps.posts.versioned import VersionedModel


class Site(VersionedModel):
    """The settings of the site. What is left empty is as the environment says."""

    class Comments(models.TextChoices):
        OFF = "off", _("Off: nobody can comment, and no comments are shown")
        MODERATED = "moderated", _("Each comment waits for approval, but for those of trusted addresses")
        OPEN = "open", _("Comments appear at once")

    class FeedText(models.TextChoices):
        FULL = "full", _("The whole text")
        SUMMARY = "summary", _("The summary alone")

    name = models.CharField(_("name"), max_length=100, blank=True)
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    language = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        validators=[language_validator],
        help_text=_("Of the menus and of posts that do not say theirs, such as en or de."),
    )
    logo = models.CharField(
        _("logo"), max_length=500, blank=True, help_text=_("The address of an image, shown in place of the name.")
    )
    posts_per_page = models.PositiveSmallIntegerField(
        _("posts per page"), default=20, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    feed_text = models.CharField(_("feeds have"), max_length=10, choices=FeedText, default=FeedText.FULL)
    comments = models.CharField(_("comments"), max_length=10, choices=Comments, default=Comments.MODERATED)
    comments_close_days = models.PositiveSmallIntegerField(
        _("comments close after"), default=0, help_text=_("Days after a post's publication; 0 is never.")
    )

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name or settings.SITE_NAME


class Link(models.Model):
    """An entry of a menu."""

    class Menu(models.TextChoices):
        HEADER = "header", _("Navigation")
        FOOTER = "footer", _("Footer")
        SOCIAL = "social", _("Social (rel=me)")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="links")
    menu = models.CharField(_("menu"), max_length=10, choices=Menu, default=Menu.HEADER)
    label = models.CharField(_("label"), max_length=60)
    address = models.CharField(_("address"), max_length=500)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["menu", "position", "pk"]
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return self.label


class Current(NamedTuple):
    """The site's settings as pages use them, with what the environment says for what was left empty."""

    name: str
    tagline: str
    language: str
    logo: str
    posts_per_page: int
    feed_text: str
    comments: str
    comments_close_days: int
    header: tuple[Link, ...]
    footer: tuple[Link, ...]
    social: tuple[Link, ...]


_kept: tuple[generation.State, Current] | None = None


def current() -> Current:
    """Return the settings. Two queries, once per content generation: a change of the settings is a public change."""
    global _kept
    state, kept = generation.current(), _kept
    if state is not None and kept is not None and kept[0] == state:
        return kept[1]
    found = _read()
    if state is not None:
        _kept = state, found
    return found


def _read() -> Current:
    row = Site.objects.filter(pk=1).first() or Site()
    links = list(Link.objects.filter(site_id=row.pk)) if row.pk else []
    return Current(
        name=row.name or settings.SITE_NAME,
        tagline=row.tagline or settings.SITE_TAGLINE,
        language=row.language or settings.LANGUAGE_CODE,
        logo=row.logo,
        posts_per_page=row.posts_per_page,
        feed_text=row.feed_text,
        comments=row.comments,
        comments_close_days=row.comments_close_days,
        **{menu: tuple(link for link in links if link.menu == menu) for menu in Link.Menu.values},
    )
