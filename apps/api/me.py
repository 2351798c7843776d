"""The resource that tells a program who it is here: the user of its token, its scopes, and what it may do."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.conditional_requests import has_etag
from blog_project.roles import Operation

from . import preconditions, urls
from .models import SCOPES, ApiToken
from .operations import actions_of, performs
from .viewsets import Operations, ResourceViewSet


class UserSerializer(serializers.Serializer):
    """The user for whom a token acts."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="username", help_text="With which the user logs in.")


class TokenSerializer(serializers.Serializer):
    """A token, without its secret."""

    name = serializers.CharField(help_text="What it is for.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), source="scope_list")
    expires_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)


class MeSerializer(serializers.Serializer):
    """Who a token is, and what can be done with it."""

    user = UserSerializer()
    token = TokenSerializer(source="*")
    rights = serializers.SerializerMethodField(
        help_text="For each resource the operations for which the token has the scope and its user the right. What"
        " belongs to others, an author may still not change."
    )

    def get_rights(self, token: ApiToken) -> dict[str, list[str]]:
        """Return the operations that are allowed on each resource."""
        return rights(self.context["request"])


def rights(request: Request) -> dict[str, list[str]]:
    """Return the operations on each resource that the token of a request allows and its user may do.

    The permissions of the viewsets say so, by which requests are checked too. Some rows may still be others' alone.
    """
    return {
        base.resource: [
            operation.value for operation, viewset in operations.items() if _is_allowed(request, viewset, operation)
        ]
        for base, operations in urls.registered.items()
        if Operation.CREATE in operations
    }


def _is_allowed(request: Request, viewset: type[ResourceViewSet], operation: Operation) -> bool:
    view = viewset(request=request, action=actions_of(viewset, operation)[0])
    try:
        view.check_permissions(request)
    except APIException:
        return False
    return True


class MeViewSetBase(ResourceViewSet):
    """Who a token is."""

    resource = "me"
    queryset = get_user_model().objects.none()
    serializer_class = MeSerializer
    # Whatever its scopes are: a program that may only create can find that out.
    permission_classes = [IsAuthenticated]
    public_operations: frozenset[Operation] = frozenset()

    def query_parameters(self) -> list[str]:
        """Return the names of the valid query parameters: none."""
        return []


class MeReadViewSet(MeViewSetBase):
    """Tells who a token is."""

    @performs(Operation.READ)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell for whom a token acts, its scopes, and the operations that are allowed; 304 if that is known already."""
        found = self.serializer_class(request.auth, context={"request": request}).data
        etag = preconditions.list_etag(found)
        if has_etag(request, etag):
            return preconditions.not_modified(etag)
        return Response(found, headers={"ETag": etag})


OPERATIONS: Operations = {Operation.READ: MeReadViewSet}
"""The viewset of each operation."""
