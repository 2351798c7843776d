"""The ModelAdmin of versioned rows: one service call for each save, and a check for edit conflicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db import models
from django.db.models import Model
from django.http import HttpRequest

from apps.core import text_diffs
from apps.core.versioned import StaleVersion

from .forms import PlainTextarea, VersionedForm, VersionField, as_text
from .lists import KeysetAdmin
from .lost_forms import UnsavedFormMixin


class ServiceAdmin(KeysetAdmin, UnsavedFormMixin):
    """A ModelAdmin that writes through services and shows both texts when two editors' changes conflict."""

    create_service: ClassVar[Callable[..., Model]]
    update_service: ClassVar[Callable[..., Model]]

    form = VersionedForm
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
        models.TextField: {"widget": PlainTextarea},
    }

    @property
    def media(self) -> forms.Media:
        """Django's scripts without those that make slugs in the browser, which the services do: nearly half of their bytes.

        https://docs.djangoproject.com/en/5.2/ref/contrib/admin/#modeladmin-asset-definitions
        """
        kind = "" if settings.DEBUG else ".min"
        names = (f"vendor/jquery/jquery{kind}", "jquery.init", "core", "admin/RelatedObjectLookups", "actions")
        return forms.Media(js=[f"admin/js/{name}.js" for name in names])

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take only text fields from the query string (`?title=…`): any string is a valid value for them."""
        initial = super().get_changeform_initial_data(request)
        text_fields = {
            field.name for field in self.opts.fields if isinstance(field, models.CharField | models.TextField)
        }
        return {name: value for name, value in initial.items() if name in text_fields}

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Return an object that knows its `viewer`: the methods that display read-only fields are not given the request."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.viewer = request.user
        return found

    def stored(self, request: HttpRequest, pk: int) -> Model:
        """Fetch the row from the database. (The form's own instance holds the values that were typed.)"""
        return self.get_queryset(request).get(pk=pk)

    def save_model(self, request: HttpRequest, obj: Model, form: VersionedForm, change: bool) -> None:
        """Save by one call of a service: one version, one row of history. An unchanged form writes nothing."""
        if not change:
            saved = type(self).create_service(by=request.user, **form.values())
        elif form.changed and not form.is_repeated:
            saved = self.update(request, self.stored(request, obj.pk), form)
        else:
            return
        obj.pk, obj.version, obj.slug = saved.pk, saved.version, saved.slug
        obj._state.adding = False

    def update(self, request: HttpRequest, stored: Model, form: VersionedForm) -> Model:
        """Write what a form changed, and return the row."""
        version, values = form.cleaned_data["version"], form.values(form.changed)
        return type(self).update_service(stored, by=request.user, expected_version=version, **values)

    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        """Do nothing: the service has saved the many-to-many relations too."""

    def get_actions(self, request: HttpRequest) -> dict:
        """Remove Django's bulk deletion, which bypasses the services."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs, request: HttpRequest):
        """Return the names of the objects, without loading the objects that depend on them."""
        return [str(obj) for obj in objs], {}, set(), []

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save one object. A version conflict found by the UPDATE is shown like one found by the form."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StaleVersion:
            return self._again(request, 409, "")

    def render_change_form(self, request: HttpRequest, context, add=False, change=False, form_url="", obj=None):
        """Add the version to the form, and on a conflict both texts; the status of a conflict is 409."""
        form = context["adminform"].form
        is_stale = bool(obj and getattr(form, "is_stale", False))
        if is_stale:
            context["conflict"] = conflict = self._conflict(request, form, obj)
            context["form_version"] = conflict["version"]
            context["errors"] = None  # No field is invalid; the template shows the conflict instead.
        elif obj and form.is_bound:
            context["form_version"] = form.cleaned_data.get("version", "")
        elif obj:
            context["form_version"] = obj.version
        response = super().render_change_form(request, context, add, change, form_url, obj)
        if is_stale:
            response.status_code = 409
        return response

    def _conflict(self, request: HttpRequest, form: VersionedForm, obj: Model) -> dict[str, Any]:
        """Return the template context of a conflict between the typed values and the stored row."""
        stored = self.stored(request, obj.pk)
        differences = self.differences(form, self.stored_form(form, stored))
        return {"version": stored.version, "stored": stored, "differences": differences, **self.last_change(stored)}

    def stored_form(self, form: VersionedForm, stored: Model) -> VersionedForm:
        """Return an unbound form of the stored row, with which the typed values of `form` are compared."""
        return getattr(type(form), "plain", type(form))(instance=stored)

    def differences(self, form: VersionedForm, stored: VersionedForm) -> list[text_diffs.Difference]:
        """Return the fields in which the values of a form differ from `stored`, an unbound form of the stored row."""
        differences, cleaned = [], getattr(form, "cleaned_data", {})
        for name, field in form.fields.items():
            if isinstance(field, VersionField) or name == "reason":
                continue
            typed = cleaned[name] if name in cleaned else form[name].value()
            old, new = as_text(field, stored.initial.get(name)), as_text(field, typed)
            if text_diffs.is_changed(old, new):
                differences.append(text_diffs.difference(field.label, old, new)._replace(name=name))
        return differences

    def last_change(self, obj: Model) -> dict[str, Any]:
        """Return the template context for who last changed a row and when; empty where that is not recorded."""
        return {}
