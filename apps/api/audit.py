"""The audit entry of a write of the API: one for each object, in the transaction of the write.

`ResourceViewSet.dispatch` passes a `WriteRecorder` to `record_writes`, so that every operation of every resource is
recorded. A replayed `Idempotency-Key` and a change that changes nothing write no entry, because they write nothing.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework.request import Request

from apps.audit import trail
from apps.audit.trail import Action
from blog_project.roles import Operation

from .operations import operation_of

ACTIONS = {
    Operation.CREATE: Action.ADDED,
    Operation.UPDATE: Action.CHANGED,
    Operation.DELETE: Action.DELETED,
}


class WriteRecorder:
    """Records what one request writes."""

    def __init__(self, view: Any) -> None:
        self.view = view
        self.instance: models.Model | None = None
        self.pk: Any = None
        self.version = 0
        self.fields: dict[str, Any] = {}
        self.before: dict[str, Any] = {}

    def note_instance(self, instance: models.Model) -> None:
        """Note the object that is going to be changed or deleted."""
        self.instance, self.pk, self.version = instance, instance.pk, instance.version

    def note_fields(self, fields: dict[str, Any]) -> None:
        """Note the fields that a request gives, and the values of the object before they are written."""
        self.fields = fields
        self.before = {name: self._value(name) for name in fields}

    def __call__(self, row: Any) -> None:
        """Write the entry. `row` is what a create wrote, and is not looked at otherwise."""
        request: Request = self.view.request
        action, message = self._action()
        # Django takes the key from an object that it deletes.
        obj, pk = (self.instance, self.pk) if self.instance is not None else (row, row.pk)
        # Readers without an account have no name and no address here: those of comments are deleted in time.
        with trail.acting(request if request.auth else None):
            trail.record(action, obj=obj, object_id=str(pk), message=message)

    def _action(self) -> tuple[Action, str]:
        """Return the action and what was changed."""
        action = ACTIONS[operation_of(self.view)]
        if action == Action.DELETED and self.instance.version != self.version:
            return Action.CHANGED, _("Moved to the trash.")
        changed = [name for name, before in self.before.items() if self._value(name, self.fields) != before]
        return action, ", ".join(changed) if action == Action.CHANGED else ""

    def _value(self, name: str, written: dict[str, Any] | None = None) -> Any:
        """Return the value of a field of the object; of a list of others, what represents it, as loaded or `written`."""
        field = self.view.presenter.fields.get(name)
        if not isinstance(self.fields.get(name), list) or field is None:
            return getattr(self.instance, name, None)
        return field.to_representation(written[name] if written else field.get_attribute(self.instance))
