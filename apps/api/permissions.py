"""Permissions: the scopes of the token, then Django's model permissions, then the resource's own rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from blog_project.roles import Operation

from .exceptions import InsufficientScope
from .operations import operation_of

if TYPE_CHECKING:  # DRF imports this module, named in the settings, while it is importing its own views.
    from .viewsets import ResourceViewSet

MODEL_PERMISSION = {Operation.CREATE: "add", Operation.UPDATE: "change", Operation.DELETE: "delete"}


class ResourcePermissions(BasePermission):
    """Everybody may read. A change needs a token with the scope, and a user with the model permission.

    The scope and the permission follow from the operation of the action. An action without an operation is refused.
    """

    def has_permission(self, request: Request, view: ResourceViewSet) -> bool:
        """Return whether the user has the model permission. Raises InsufficientScope if the token lacks the scope."""
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
        """Return whether the user may read, or may change this row (`may_change` of the view)."""
        operation = operation_of(view)
        return operation is Operation.READ or (operation is not None and view.may_change(instance))
