"""The site's settings: name, look, menus, lists, feeds and comments. They are one row, which the admin changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import DatabaseError, models
from django.utils.translation import gettext_lazy as _

from apps.core import content_state
from apps.core.validators import language_validator, web_address_validator
from apps.core.versioned import VersionedModel

from . import colours, theme

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


def validate_colour(colour: str) -> None:
    """Raise ValidationError unless a colour is six hexadecimal digits after a `#`, in small letters."""
    if not colours.HEX.fullmatch(colour):
        raise ValidationError(_("A colour is # and six digits or letters from a to f, such as #1d4f7c."), code="colour")


class Site(VersionedModel):
    """The settings of the site. Empty fields default to the environment's settings."""

    class Typefaces(models.TextChoices):
        BUNDLED = "bundled", _("The typefaces that come with the site")
        SERIF = "serif", _("The reader's own serif: nothing is loaded")
        SANS = "sans", _("The reader's own sans serif: nothing is loaded")

    class FrontPage(models.TextChoices):
        PAPER = "paper", _("A newspaper: one large post, then two columns")
        LIST = "list", _("A list: one post below the other")
        GRID = "grid", _("A magazine: a grid of pictures")

    class Width(models.TextChoices):
        NARROW = "narrow", _("Narrow")
        NORMAL = "normal", _("Normal")
        WIDE = "wide", _("Wide")

    class Masthead(models.TextChoices):
        LOGO = "logo", _("The logo or, without one, the name")
        BOTH = "both", _("The logo and the name")
        NAME = "name", _("The name")

    class Side(models.TextChoices):
        CENTRE = "centre", _("Centred")
        START = "start", _("Aligned with the text")

    class Dates(models.TextChoices):
        LONG = "long", _("Long: March 1, 2026")
        SHORT = "short", _("Short: 1 Mar 2026")
        ISO = "iso", _("ISO: 2026-03-01")

    class CodeColours(models.TextChoices):
        PAPER = "paper", _("In colours, on the background of the page")
        PLAIN = "plain", _("In one colour, on the background of the page")
        NIGHT = "night", _("In colours, always on a dark background")

    class Scheme(models.TextChoices):
        SYSTEM = "system", _("As the reader's device is set")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Comments(models.TextChoices):
        OFF = "off", _("Off: nobody can comment, and no comments are shown")
        MODERATED = "moderated", _("Each comment waits for approval, except from trusted addresses")
        OPEN = "open", _("Comments appear at once")

    class FeedText(models.TextChoices):
        FULL = "full", _("The whole text")
        SUMMARY = "summary", _("Only the summary")

    name = models.CharField(
        _("name"),
        max_length=100,
        blank=True,
        help_text=_("At the top of each page, in titles, feeds and mails. Left empty: what you see in grey."),
    )
    tagline = models.CharField(
        _("tagline"),
        max_length=200,
        blank=True,
        help_text=_("A few words below the name. Left empty: what you see in grey."),
    )
    language = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        validators=[language_validator],
        help_text=_("The language of menus, buttons and dates, and of posts that do not name their own."),
    )
    logo = models.CharField(
        _("logo"),
        max_length=500,
        blank=True,
        validators=[validate_address],
        help_text=_("A picture at the top of each page. Screen readers read out the name of the site instead."),
    )
    logo_dark = models.CharField(
        _("logo for dark pages"),
        max_length=500,
        blank=True,
        db_default="",
        default="",
        validators=[validate_address],
        help_text=_("Shown in place of the logo where pages are dark. Left empty: the logo is shown there too."),
    )
    share_image = models.CharField(
        _("picture for shared links"),
        max_length=500,
        blank=True,
        db_default="",
        default="",
        validators=[validate_address],
        help_text=_(
            "What other sites show beside a link to a page that has no picture of its own. Left empty: the logo."
        ),
    )
    masthead = models.CharField(
        _("shown at the top"),
        max_length=10,
        choices=Masthead,
        default=Masthead.LOGO,
        db_default=Masthead.LOGO,
        help_text=_("Whether readers see the logo, the name or both at the top of each page."),
    )
    masthead_side = models.CharField(
        _("position"),
        max_length=10,
        choices=Side,
        default=Side.CENTRE,
        db_default=Side.CENTRE,
        help_text=_("Where the name, the logo and the tagline are placed."),
    )
    footer_text = models.CharField(
        _("footer text"),
        max_length=300,
        blank=True,
        db_default="",
        default="",
        help_text=_("Plain text at the foot of each page, without Markdown. Left empty: the name and the tagline."),
    )

    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        db_default="",
        default="",
        validators=[validate_colour],
        help_text=_("For links under the pointer, highlights and section headings. Left empty: a dark red."),
    )
    typefaces = models.CharField(
        _("typefaces"),
        max_length=10,
        choices=Typefaces,
        default=Typefaces.BUNDLED,
        db_default=Typefaces.BUNDLED,
        help_text=_(
            "For texts and headings. Scripts that they do not cover, such as Chinese or Arabic, use the reader’s own."
        ),
    )
    width = models.CharField(
        _("width of the text"),
        max_length=10,
        choices=Width,
        default=Width.NORMAL,
        db_default=Width.NORMAL,
        help_text=_("Letters in a line of a post: about 56, 65 or 72."),
    )
    scheme = models.CharField(
        _("light or dark"),
        max_length=10,
        choices=Scheme,
        default=Scheme.SYSTEM,
        db_default=Scheme.SYSTEM,
        help_text=_("What readers see until they choose for themselves at the top of the page."),
    )
    code_colours = models.CharField(
        _("blocks of code"),
        max_length=10,
        choices=CodeColours,
        default=CodeColours.PAPER,
        db_default=CodeColours.PAPER,
        help_text=_("How code in posts is coloured."),
    )
    dates = models.CharField(
        _("dates"),
        max_length=10,
        choices=Dates,
        default=Dates.LONG,
        db_default=Dates.LONG,
        help_text=_("Long and short dates follow the language of the page."),
    )
    # Of `Stylesheet.css`, or empty without one.
    stylesheet_digest = models.CharField(max_length=64, blank=True, db_default="", default="", editable=False)

    front_page = models.CharField(
        _("front page"),
        max_length=10,
        choices=FrontPage,
        default=FrontPage.PAPER,
        db_default=FrontPage.PAPER,
        help_text=_("How the newest posts are laid out. The newest featured post comes first, if there is one."),
    )
    posts_per_page = models.PositiveSmallIntegerField(
        _("posts per page"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("On the front page, in the lists of a tag or an author, and in search results."),
    )
    feed_text = models.CharField(
        _("text in feeds"),
        max_length=10,
        choices=FeedText,
        default=FeedText.FULL,
        help_text=_("How much of each post feed readers get."),
    )
    comments = models.CharField(
        _("comments"),
        max_length=10,
        choices=Comments,
        default=Comments.MODERATED,
        help_text=_(
            "What happens to comments on posts. For a single post, they can be turned off in its own settings."
        ),
    )
    comments_close_days = models.PositiveSmallIntegerField(
        _("comments close after"),
        default=0,
        validators=[MaxValueValidator(30_000)],
        help_text=_("Days after a post is published. With 0, comments stay open."),
    )

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return self.name or settings.SITE_NAME


class Stylesheet(models.Model):
    """The site's own stylesheet, which pages load after ours. It is a row of its own because only one page reads it."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="stylesheet", primary_key=True)
    css = models.TextField(_("stylesheet"))

    class Meta:
        verbose_name = _("stylesheet")
        verbose_name_plural = _("stylesheets")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


def stored_stylesheet() -> str:
    """Return the site's own stylesheet, or an empty string without one."""
    return Stylesheet.objects.filter(pk=SINGLETON_PK).values_list("css", flat=True).first() or ""


class Link(models.Model):
    """A link of a menu, as it is stored."""

    class Menu(models.TextChoices):
        HEADER = "header", _("Navigation")
        FOOTER = "footer", _("Footer")
        SOCIAL = "social", _("Your profiles elsewhere")

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
    logo_dark: str
    share_image: str
    masthead: str
    masthead_side: str
    footer_text: str
    accent: str
    typefaces: str
    width: str
    scheme: str
    code_colours: str
    dates: str
    stylesheet_digest: str
    front_page: str
    posts_per_page: int
    feed_text: str
    comments: str
    comments_close_days: int
    theme: str
    """The path of the stylesheet of the site's own look (`theme`), or an empty string."""
    header: tuple[Entry, ...]
    footer: tuple[Entry, ...]
    social: tuple[Entry, ...]


FIELDS = tuple(name for name in Current._fields if name not in ("theme", *Link.Menu.values))
"""The fields of `Site` that are settings."""
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


def as_shown(site: Site, links: Iterable[Link]) -> Current:
    """Return the settings as pages would use them if `site` and `links`, which need not be stored, were saved."""
    ordered = sorted(links, key=lambda link: (link.menu, link.position))
    return _build(site, [(link.menu, link.label, link.address) for link in ordered])


def _read() -> Current:
    # One row for each link, with the settings in each: links are few, and a second query is avoided.
    site = Site.objects.filter(pk=SINGLETON_PK).order_by("links__menu", "links__position", "links__pk")
    rows = list(site.values(*FIELDS, *_LINK_FIELDS))
    site = Site(**{name: rows[0][name] for name in FIELDS}) if rows else Site()
    return _build(site, [tuple(row[name] for name in _LINK_FIELDS) for row in rows])


def _build(site: Site, links: list[tuple[str, str, str]]) -> Current:
    values = {name: getattr(site, name) for name in FIELDS} | {
        "name": site.name or settings.SITE_NAME,
        "tagline": site.tagline or settings.SITE_TAGLINE,
        "language": site.language or settings.LANGUAGE_CODE,
        "theme": theme.address(site.accent, site.stylesheet_digest),
    }
    menus = {menu: tuple(Entry(*rest) for name, *rest in links if name == menu) for menu in Link.Menu.values}
    return Current(**values, **menus)
