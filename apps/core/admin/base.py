"""What the change forms of versioned rows share: one service call for each save, and the version guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from django.db.models import Model
from django.http import HttpRequest

from apps.core import text_diffs
from apps.core.versioned import StaleVersion

from .forms import PlainTextarea, VersionedForm, in_words
from .lists import KeysetAdmin
from .lost_forms import KeepsText


class ServiceAdmin(KeysetAdmin, KeepsText):
    """A ModelAdmin that writes through services and shows a second editor both texts."""

    create_service: ClassVar[Callable[..., Model]]
    update_service: ClassVar[Callable[..., Model]]

    form = VersionedForm
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
        models.TextField: {"widget": PlainTextarea},
    }

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take from an address (`?title=…`) the fields that hold text, which nothing can be wrong with."""
        given = super().get_changeform_initial_data(request)
        texts = {field.name for field in self.opts.fields if isinstance(field, models.CharField | models.TextField)}
        return {name: value for name, value in given.items() if name in texts}

    def stored(self, request: HttpRequest, pk: int) -> Model:
        """Fetch the row as it is stored now. (The form's own instance holds what was typed.)"""
        return self.get_queryset(request).get(pk=pk)

    def save_model(self, request: HttpRequest, obj: Model, form: VersionedForm, change: bool) -> None:
        """Save by one call of a service: one version, one row of history. Nothing changed writes nothing."""
        if not change:
            saved = type(self).create_service(by=request.user, **form.values())
        elif form.changed and not form.repeated:
            current = self.stored(request, obj.pk)
            version, values = form.cleaned_data["version"], form.values(form.changed)
            saved = type(self).update_service(current, by=request.user, expected_version=version, **values)
        else:
            return
        obj.pk, obj.version, obj.slug = saved.pk, saved.version, saved.slug
        obj._state.adding = False

    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        """Save nothing more: the service wrote the links."""

    def get_actions(self, request: HttpRequest) -> dict:
        """Leave out the stock deletion, which goes past the services."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs, request: HttpRequest):
        """Name what is deleted, without loading all that depends on it."""
        return [str(obj) for obj in objs], {}, set(), []

    def changeform_view(self, request: HttpRequest, object_id=None, form_url: str = "", extra_context=None):
        """Show or save one object; a save that lost a race is shown as a conflict, like one that came late."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StaleVersion:
            return self._again(request, 409, "")

    def render_change_form(self, request: HttpRequest, context, add=False, change=False, form_url="", obj=None):
        """Render the form with the version that it is made from, and with both texts where they conflict."""
        form = context["adminform"].form
        stale = bool(obj and getattr(form, "stale", False))
        if stale:
            context["conflict"] = conflict = self._conflict(request, form, obj)
            context["form_version"] = conflict["version"]
            context["errors"] = None  # There is nothing to correct; the conflict says what there is to decide.
        elif obj and form.is_bound:
            context["form_version"] = form.cleaned_data.get("version", "")
        elif obj:
            context["form_version"] = obj.version
        response = super().render_change_form(request, context, add, change, form_url, obj)
        if stale:
            response.status_code = 409
        return response

    def _conflict(self, request: HttpRequest, form: VersionedForm, obj: Model) -> dict[str, Any]:
        """Compare what was typed with what is stored by now."""
        stored = self.stored(request, obj.pk)
        plain = getattr(type(form), "plain", type(form))
        differences = self.differences(form, plain(instance=stored))
        return {"version": stored.version, "stored": stored, "differences": differences, **self.last_change(stored)}

    def differences(self, form: VersionedForm, stored: VersionedForm) -> list[text_diffs.Difference]:
        """Compare what was typed into a form with the form of what is stored."""
        differences = []
        for name, field in form.fields.items():
            if name in ("version", "reason"):
                continue
            typed = form.cleaned_data[name] if name in form.cleaned_data else form[name].value()
            old, new = in_words(field, stored.initial.get(name)), in_words(field, typed)
            if text_diffs.is_changed(old, new):
                differences.append(text_diffs.difference(field.label, old, new)._replace(name=name))
        return differences

    def last_change(self, obj: Model) -> dict[str, Any]:
        """Say who changed a row last, and when, as far as it is known."""
        return {}
