"""What the desk says after something was saved or deleted, in place of Django's “The tag “Tides” was changed successfully.”"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _

NAME_LENGTH = 80
"""The most characters of an object's name in a message."""


class SayingAdmin(ModelAdmin):
    """A ModelAdmin that says in a writer's words what was saved. `EditorAdminSite` applies it to each one.

    A class words its own message by a method `saved_words(request, obj)`, as posts do.
    """

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue=None) -> HttpResponse:
        """Say what was made."""
        with _saying(request, self._saved_words(request, obj)):
            return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        """Say what was saved."""
        with _saying(request, self._saved_words(request, obj)):
            return super().response_change(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id) -> HttpResponse:
        """Say what was deleted."""
        kind, name = self.opts.verbose_name, _in_short(obj_display)
        # Translators: such as “Deleted the tag “Tides”.”; `kind` has any gender.
        with _saying(request, _("Deleted the %(kind)s “%(name)s”.") % {"kind": kind, "name": name}):
            return super().response_delete(request, obj_display, obj_id)

    def message_user(self, request: HttpRequest, message: Any, level: int = messages.INFO, *args, **kwargs) -> None:
        """Say what `_saying` has for it in place of Django's report of a success."""
        own = getattr(request, "said_of_saving", "") if level == messages.SUCCESS else ""
        super().message_user(request, own or message, level, *args, **kwargs)

    def _saved_words(self, request: HttpRequest, obj: Model) -> str:
        own = getattr(self, "saved_words", None)
        return own(request, obj) if own else self._plain_words(request, obj)

    def _plain_words(self, request: HttpRequest, obj: Model) -> str:
        """Return “Saved the tag “Tides”. View it”, whose name leads to its form and the rest to its public page."""
        name = _in_short(str(obj))
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(obj.pk)])
        if self.has_view_or_change_permission(request, obj):
            name = format_html('<a href="{}">{}</a>', address, name)
        # Translators: such as “Saved the tag “Tides”.”; `kind` has any gender.
        saved = format_html(_("Saved the {kind} “{name}”."), kind=self.opts.verbose_name, name=name)
        public = self.view_on_site(obj) if callable(self.view_on_site) else None
        return joined(saved, view_link(public, _("View it"))) if public else saved


def joined(*parts: str) -> str:
    """Return sentences and links one after another, as markup; text that is no markup is escaped."""
    return format_html_join(" ", "{}", ((part,) for part in parts if part))


def view_link(address: str, words: str) -> str:
    """Return a link to a public page, as markup."""
    return format_html('<a href="{}">{}</a>', address, words)


def _in_short(name: str) -> str:
    return Truncator(name).chars(NAME_LENGTH)


@contextmanager
def _saying(request: HttpRequest, words: str) -> Iterator[None]:
    request.said_of_saving = words
    try:
        yield
    finally:
        del request.said_of_saving
