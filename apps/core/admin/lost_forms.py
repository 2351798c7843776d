"""Change forms that are shown again with the submitted fields when they cannot be saved.

The reasons are an expired session, a stale CSRF token, a service's validation error or a database error. The submitted
fields are carried through the login page or shown at once. The form is rendered by a GET of the same view, which saves
nothing: the editor presses Save again, with a fresh token. Nothing is stored on the server for anonymous users.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import ResolverMatch
from django.utils.translation import gettext as _

from apps.core import bounded_json, heavy_work

logger = logging.getLogger(__name__)

CARRIED = "carried_fields"
"""The hidden field of the login page that carries the fields of an unsaved form."""

_REQUEST_FIELDS = ("csrfmiddlewaretoken", CARRIED)
"""Fields that belong to one request and are not shown again."""


class UnsavedForm(NamedTuple):
    """A submitted form that could not be saved, to be shown again."""

    fields: QueryDict
    note: str
    """A message for the editor; may be empty."""
    error: ValidationError | None = None
    """Errors of a service, which the form's own validation does not find."""


class UnsavedFormMixin(admin.ModelAdmin):
    """A ModelAdmin whose change form is shown again with the submitted text when saving fails."""

    change_form_template = "admin/posts/change_form.html"

    def get_form(self, request: HttpRequest, obj=None, change: bool = False, **kwargs):
        """Return the form class; for a form that is shown again, one that is bound to the submitted fields."""
        form_class = super().get_form(request, obj, change, **kwargs)
        kept: UnsavedForm | None = getattr(request, "unsaved_form", None)
        if kept is None:
            return form_class

        class KeptForm(form_class):
            plain = form_class

            def __init__(self, data=None, files=None, **options) -> None:
                super().__init__(data=kept.fields, **options)

            def full_clean(self) -> None:
                super().full_clean()
                if kept.error is not None:
                    _add_errors(self, kept.error)

        return KeptForm

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save one object; if saving fails, show the form again as it was submitted.

        Unlike Django's view, this opens no transaction: each save is one call of a service, which renders outside its
        own transaction and bumps the content generation as its last statement.
        """
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            return self._again(request, 200, "", error)
        except heavy_work.Busy as error:
            if request.method != "POST":
                raise
            response = self._again(request, 429, str(error))
            response["Retry-After"] = str(heavy_work.RETRY_AFTER)
            return response
        except DatabaseError as error:
            if request.method != "POST":
                raise
            logger.exception("A form could not be saved; it is shown again.")
            note = _("The database reported an error (%s). Nothing was saved and your text is here: save it again.")
            return self._again(request, 503, note % type(error).__name__)

    def _again(self, request: HttpRequest, status: int, note: str, error: ValidationError | None = None):
        return show_again(request, request.resolver_match, UnsavedForm(request.POST, note, error), status=status)

    def render_change_form(self, request: HttpRequest, context, *args, **kwargs):
        """Render the form, with the message of a form that is shown again."""
        if (kept := getattr(request, "unsaved_form", None)) and kept.note:
            messages.warning(request, kept.note)
        return super().render_change_form(request, context, *args, **kwargs)


def _add_errors(form, error: ValidationError) -> None:
    """Add a service's errors to their fields; errors of fields that the form lacks go to its non-field errors."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for field, errors in by_field.items():
        form.add_error(field if field in form.fields else None, errors)


def show_again(
    request: HttpRequest, match: ResolverMatch, kept: UnsavedForm, *, form_url: str = "", status: int = 200
) -> HttpResponse:
    """Render a change form with the submitted fields, by a GET of its view, which saves nothing.

    `status` replaces the 200 of the view.
    """
    request.method = "GET"
    request.unsaved_form = kept
    response = match.func(request, *match.args, form_url=form_url, **match.kwargs)
    if response.status_code == 200:
        response.status_code = status
    return response


def can_show_again(match: ResolverMatch) -> bool:
    """Return whether a route is a change form that can be shown again."""
    return is_change_form(getattr(match.func, "model_admin", None), match.func)


def is_change_form(model_admin, view: Callable) -> bool:
    """Return whether `view` is an add or change view of an admin that shows forms again."""
    return isinstance(model_admin, UnsavedFormMixin) and getattr(view, "__name__", "") in ("add_view", "change_view")


def render_without_database(request: HttpRequest) -> HttpResponse:
    """Return a page with the submitted text that needs no query, for when even the session cannot be read."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {"fields": [(name, value) for name, value in fields if name not in _REQUEST_FIELDS]}
    response = render(request, "admin/posts/no_database.html", context, status=503)
    response["Retry-After"] = "10"
    return response


def serialize_fields(fields: QueryDict) -> str:
    """Return submitted fields as JSON, without the CSRF token and the carried fields."""
    packed = [[name, values] for name, values in fields.lists() if name not in _REQUEST_FIELDS]
    return json.dumps(packed, ensure_ascii=False)


def deserialize_fields(packed: str) -> QueryDict | None:
    """Return the fields that `serialize_fields` packed, or None for any other text."""
    fields = QueryDict(mutable=True)
    try:
        for name, values in bounded_json.loads(packed):
            fields.setlist(_text(name), [_text(value) for value in values])
    except (ValueError, TypeError, RecursionError):
        return None
    return fields or None


def _text(value: object) -> str:
    """Return a value as text without lone surrogates, which JSON can hold but UTF-8 cannot encode."""
    return str(value).encode("utf-8", "replace").decode()
