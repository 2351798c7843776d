"""Who may do what: the scopes of the token, then Django's model permissions, then the resource's own rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from blog_project.roles import Operation

from .exceptions import InsufficientScope
from .operations import operation_of

if TYPE_CHECKING:  # DRF's views import this module, named in the settings, before they exist themselves.
    from .viewsets import ResourceViewSet

MODEL_PERMISSION = {Operation.CREATE: "add", Operation.UPDATE: "change", Operation.DELETE: "delete"}


class ResourcePermissions(BasePermission):
    """Anybody reads; a change needs a token with its scope and a user with the permission of Django's model.

    All of it goes by the operation of the action; an action that declares none is refused to everybody.
    """

    def has_permission(self, request: Request, view: ResourceViewSet) -> bool:
        """Raise InsufficientScope for a token that is not for this operation; tell whether the user may try it."""
        operation = operation_of(view)
        if operation is None:
            return False
        if request.auth is not None and operation not in request.auth.scope_list:
            raise InsufficientScope(operation.value)
        if operation is Operation.READ:
            return True
        meta = view.queryset.model._meta
        return request.user.has_perm(f"{meta.app_label}.{MODEL_PERMISSION[operation]}_{meta.model_name}")

    def has_object_permission(self, request: Request, view: ResourceViewSet, instance: models.Model) -> bool:
        """Ask the resource about one row (`may_change`), for changes only."""
        operation = operation_of(view)
        return operation is Operation.READ or (operation is not None and view.may_change(instance))
