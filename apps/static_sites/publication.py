"""Whether the old site published a post, and since when. What it did not show is a draft here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import PurePosixPath
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.importing import dates
from apps.importing.report import Subject

from .field_values import FALSE, FieldValues, as_boolean

_DRAFT_STATUSES = ("draft", "private", "pending", "hidden", "unpublished")
_NOT_RENDERED = ("never", "link", *FALSE)
_PUBLISHED_KEYS = ("date", "published_at", "pubDate", "publishDate", "published")


def published_at(values: FieldValues, address: str, name_date: datetime | None) -> tuple[str, datetime | None]:
    """Return the moment of publication and the field that says it; warn if it is guessed.

    Without a field it is taken from the file's name, from the address (`address`, else the file's path), or from the
    history of the folder. None if nothing tells it.
    """
    key, found = values.datetime(*_PUBLISHED_KEYS)
    later_key, later = values.datetime("publishDate")
    if later and later > timezone.now():
        # Hugo shows the `date` of a post and publishes it at `publishDate`.
        return later_key, later
    if name_date and key in values.file_times:
        # A copied file's times are those of the copy.
        values.warn(_("the date of its name (%s) is taken instead") % name_date.date(), key, subject=Subject.DATE)
        return "", name_date
    if found or name_date:
        return key, found or name_date
    path = values.site.path_in_site(values.relative)
    if day := dates.date_in_path(address) or dates.date_in_path(path):
        values.warn(_("has no date; %s is taken from its address") % day, subject=Subject.DATE)
        return "", datetime.combine(day, time(), values.site.zone)
    found = values.site.history.created(values.relative)
    if found:
        message = _("has no date; %s is taken from the history of the folder")
        values.warn(message % found.isoformat(" ", "seconds"), subject=Subject.DATE)
    return "", found


def is_marked_draft(values: FieldValues) -> bool:
    """Return whether the file itself says that the post is a draft."""
    return (
        values.boolean("draft") is True
        or values.boolean("published") is False
        or values.text("status").lower() in _DRAFT_STATUSES
        or "_drafts" in values.site.path_in_site(values.relative).split("/")[:-1]
    )


def is_hidden(values: FieldValues) -> bool:
    """Return whether the old site kept the post from readers for another reason; warn of each."""
    reasons = list(_reasons(values))
    for key, reason in reasons:
        values.warn(_("the old site does not show this post: %s; a draft here") % reason, *([key] if key else []))
    return bool(reasons)


def is_unlisted(values: FieldValues) -> bool:
    """Return whether the old site had the post at its address and in no list (Hugo's `build`)."""
    return any(_word(build, "list") in ("never", *FALSE) for _key, build in _builds(values))


def warn_of_the_future(values: FieldValues, published: datetime | None) -> None:
    """Warn of dates that mean something else here: an expiry, and a post that is public before its date."""
    key, expiry = values.datetime("expiryDate", "unpublishdate")
    if expiry and expiry > timezone.now():
        values.warn(_("`%s` is not kept: here a post does not expire") % key, key)
    shows_future = any(as_boolean(values.site.config.get(name)) for name in ("future", "buildFuture"))
    if shows_future and published and published > timezone.now():
        values.warn(_("its date is in the future; public on the old site, and here from that date"), "date")


def _reasons(values: FieldValues) -> Iterator[tuple[str, str]]:
    """Yield the fields (or empty) and the reasons why the old site does not show a post."""
    key, expiry = values.datetime("expiryDate", "unpublishdate")
    if expiry and expiry <= timezone.now():
        yield key, _("it expired on %s") % expiry.isoformat(" ", "minutes")
    for key, build in _builds(values):
        if _word(build, "render") in _NOT_RENDERED:
            yield key, _("`%s` keeps it from being rendered") % key
    if values.boolean("headless"):
        yield "headless", _("it is headless")
    if values.boolean("render") is False:
        yield "render", _("it is not rendered")
    if values.boolean("private"):
        yield "private", _("it is private")
    permalink = values.value("permalink")
    if as_boolean(permalink.get("build") if isinstance(permalink, dict) else permalink) is False:
        yield "permalink", _("its `permalink` is false, so it has no address")
    if values.boolean("eleventyExcludeFromCollections"):
        yield "eleventyExcludeFromCollections", _("it is excluded from all collections")
    yield from (("", reason) for reason in _reasons_of_place(values))


def _reasons_of_place(values: FieldValues) -> Iterator[str]:
    folders = PurePosixPath(values.site.path_in_site(values.relative)).parts[:-1]
    if any(folder.lower() in ("drafts", "draft") for folder in folders):
        yield _("it is in a folder of drafts")
    if values.site.is_excluded(values.relative):
        yield _("the configuration excludes it")
    language = values.site.language(values.relative)
    if language and values.site.languages.is_disabled(language):
        yield _("its language is switched off")
    if values.generator != "jekyll":
        return
    if "_posts" in folders and dates.DATED_NAME.match(PurePosixPath(values.relative).stem) is None:
        yield _("Jekyll publishes no file of _posts without a date before its name")
    shown = {"_posts", "_drafts", *(f"_{name}" for name in values.site.published_collections)}
    hidden = [name for name in (*folders, PurePosixPath(values.relative).name) if name.startswith("_")]
    if unknown := next((name for name in hidden if name not in shown), None):
        yield _("Jekyll does not publish %s") % unknown


def _builds(values: FieldValues) -> list[tuple[str, dict]]:
    """Return Hugo's build options, under both of their names."""
    return [(key, value) for key in ("build", "_build") if isinstance(value := values.value(key), dict)]


def _word(options: dict, name: str) -> str:
    value: Any = options.get(name)
    return "" if value is None else str(value).strip().lower()
