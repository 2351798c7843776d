"""Template filters and tags of the desk: how people are called there, and where a page is."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from apps.editor import trails
from apps.editor.models import Note
from apps.editor.post_mails import name_of

register = template.Library()


@register.inclusion_tag("admin/editor/trail.html", takes_context=True)
def trail(context: template.Context) -> dict[str, Any]:
    """Show where the page is."""
    return {"steps": trails.trail(context.flatten())}


@register.simple_tag(takes_context=True)
def page_title(context: template.Context) -> str:
    """Return the title of the document: where the page is, then the name of the site."""
    flat = context.flatten()
    return " · ".join(filter(None, (trails.page_title(trails.trail(flat)), str(flat.get("site_title", "")))))


@register.simple_tag(takes_context=True)
def list_step(context: template.Context) -> trails.Step:
    """Return the name and the URL of the list that the page is below."""
    return trails.trail(context.flatten())[0]


@register.filter
def person(user: User | None) -> str:
    """Return the name of a user; for one whose account was deleted, words that say so."""
    return name_of(user) if user else _("somebody whose account was deleted")


@register.filter
def writer(note: Note) -> str:
    """Return who wrote a note. The name stays when the account is deleted."""
    return note.writer_name if note.writer_id else _("%s (account deleted)") % note.writer_name
