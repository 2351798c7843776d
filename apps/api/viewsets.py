"""One viewset per operation, and how a process composes those that its roles own into the one class of a resource.

All policy (authentication, permissions, parsers, …) is on the base classes: with policies on two operation classes
the first in the method resolution order would silently win for both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import MethodNotAllowed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.history import TOKEN, made_by
from apps.core.versioned import StaleVersion
from blog_project import addresses
from blog_project.roles import Operation, Role, carried, owner

from . import idempotency, preconditions, preferences, sparse_fields
from .authentication import TokenAuthentication
from .exceptions import Conflict, InvalidToken, Misdirected, PreconditionFailed
from .filters import ParameterBackend, check_query
from .metadata import Metadata
from .operations import actions_of, performs
from .pagination import KeysetPagination
from .parsers import StrictJSONParser
from .permissions import ResourcePermissions
from .serializers import ResourceSerializer
from .throttles import THROTTLES

FORCED_ATTEMPTS = 10
"""How often a change with `If-Match: *` is made again where others change the same row at the same time."""


def misdirected(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Stand in for an operation of another role: raise Misdirected with the name of the role that owns it."""
    raise Misdirected(owner(request.method, request.path))


class RoutedMixin:
    """Answers first what does not depend on who asks: 405 for what the address never does, 421 for another's."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the method before authentication, permissions and throttles, so that every process answers the same."""
        method = request.method.lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed(request.method)
        if handler.__func__ is misdirected:
            handler(request)
        super().initial(request, *args, **kwargs)


class ResourceViewSet(RoutedMixin, GenericViewSet):
    """The base of every resource: its policy, how it finds a row, and how it shows one."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [ResourcePermissions]
    throttle_classes = THROTTLES
    parser_classes = [StrictJSONParser]
    pagination_class = KeysetPagination
    filter_backends = [ParameterBackend]
    filterset_class = None
    metadata_class = Metadata
    lookup_value_converter = "id"

    resource: ClassVar[str]
    """The name of the collection in addresses: `posts`."""
    is_compared = False
    """Whether a row is read for its ETag alone, so that what is large in it can stay where it is."""
    always_read: ClassVar[tuple[str, ...]] = ("version",)
    """Columns that are read whatever is shown: by which a list is ordered, and what tells who may see a row."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse unknown query parameters, once it is clear that the caller may be here at all."""
        super().initial(request, *args, **kwargs)
        # A browser asks by OPTIONS about the very address that it will read.
        if request.method != "OPTIONS":
            check_query(request, self.query_parameters())

    @performs(Operation.READ)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Describe the address."""
        return super().options(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks. Who sends a token that is none is counted as anybody without one. Raises InvalidToken."""
        try:
            super().perform_authentication(request)
        except InvalidToken:
            self.check_throttles(request)
            raise

    def query_parameters(self) -> list[str]:
        """Return the names of what this address can be asked."""
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        shape = [sparse_fields.FIELDS, *([sparse_fields.INCLUDE] if self.serializer_class.includable else [])]
        if self.action == "list":
            return [*filters, *shape, *self.paginator.parameters]
        return shape if self.action == "retrieve" else []

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have caches ask before they reuse an answer, and never give one user's to another."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.setdefault("Cache-Control", "no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response

    @property
    def is_read(self) -> bool:
        """Whether rows are shown, and not changed: then nothing is read of them that is not shown."""
        return self.action in ("list", "retrieve")

    @cached_property
    def presenter(self) -> ResourceSerializer:
        """What shows rows: of a read, the fields that it asks for. Raises InvalidParameters."""
        shape = {"shape": sparse_fields.asked(self.request.query_params), "is_list": self.action == "list"}
        return self.serializer_class(context=self.get_serializer_context() | (shape if self.is_read else {}))

    def represent(self, instance: models.Model) -> dict[str, Any]:
        """Return what is shown of a row."""
        return self.presenter.to_representation(instance)

    def get_queryset(self) -> models.QuerySet:
        """Return the rows; for a read, with the columns that it shows."""
        rows = super().get_queryset()
        return rows.only(*self.presenter.columns, *self.always_read) if self.is_read else rows

    def get_object(self) -> models.Model:
        """Return the row of the address. Raises NotFound (also for one that must stay unknown) and PermissionDenied."""
        instance = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if instance is None or not self.is_visible(instance):
            name = self.queryset.model._meta.verbose_name
            raise NotFound(_("There is no %(name)s %(pk)s, or you may not see it.") % {"name": name, **self.kwargs})
        self.check_object_permissions(self.request, instance)
        return instance

    def is_visible(self, instance: models.Model) -> bool:
        """Tell whether the user may know that it exists."""
        return True

    def may_change(self, instance: models.Model) -> bool:
        """Tell whether a user who may change such rows may change this one."""
        return True

    def fields(self, request: Request, instance: models.Model | None = None, *, partial: bool = False) -> dict:
        """Return the checked fields of the body. Raises ParseError, UnsupportedMediaType and ValidationError."""
        serializer = self.get_serializer(instance, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def made_of(self, instance: models.Model) -> tuple:
        """Return all that is shown of it depends on, without making that."""
        return preconditions.columns(instance, of=self.presenter.columns)

    def etag(self, instance: models.Model) -> str:
        """Return the ETag of what is shown of it."""
        return preconditions.etag(instance.version, self._shown, self.made_of(instance))

    @cached_property
    def _shown(self) -> tuple:
        """What tells one way to show a row from another."""
        fields = self.presenter.fields.items()
        return type(self.presenter).__name__, [
            (name, type(field).__name__) for name, field in fields if not field.write_only
        ]

    def answer(self, instance: models.Model, **kwargs: Any) -> Response:
        """Return the resource, whole or as it was asked for, with its ETag."""
        response = Response(self.represent(instance), **kwargs)
        response["ETag"] = self.etag(instance)
        return response

    def reply(self, request: Request, instance: models.Model, **kwargs: Any) -> Response:
        """Return the answer to a write: the whole resource as it is stored now, or with `Prefer: return=minimal` its ETag."""
        preference = preferences.wanted(request)
        self.is_compared = preference == preferences.MINIMAL
        stored = self.stored(instance)
        if self.is_compared:
            response = Response(**{"status": status.HTTP_204_NO_CONTENT} | kwargs)
            response["ETag"] = self.etag(stored)
        else:
            response = self.answer(stored, **kwargs)
        if preference:
            response["Preference-Applied"] = f"return={preference}"
        return response

    def sender(self, request: Request) -> str:
        """Return whose an `Idempotency-Key` is: two senders can use the same one."""
        return f"user {request.user.pk}"

    def stored(self, instance: models.Model) -> models.Model:
        """Read a row back after a write: what is answered is what a later GET will say.

        Raises NotFound where somebody deleted it meanwhile.
        """
        return get_object_or_404(self.get_queryset(), pk=instance.pk)

    def conditionally(self, request: Request, write: Callable[[models.Model], Any]) -> Any:
        """Carry out a change of the row of the address, as `If-Match` allows it, and return what `write` returns.

        `If-Match: *` means whatever version there is: a change that loses a race is made again from the new one.
        Raises what `check_if_match` raises, and NotFound where somebody deleted the row meanwhile.
        """
        attempts = FORCED_ATTEMPTS if preconditions.is_forced(request) else 1
        for _attempt in range(attempts):
            instance = self.get_object()
            preconditions.check_if_match(request, self.etag(instance))
            try:
                with made_by(TOKEN, _name(request)):
                    return write(instance)
            except StaleVersion:
                continue
        raise PreconditionFailed(self.etag(self.get_object()))


def _name(request: Request) -> str:
    """Return what the history calls the token that a request came with."""
    return request.auth.label if request.auth else ""


class CreateMixin:
    """POST on a collection."""

    create_service: ClassVar[Callable[..., models.Model]]

    @performs(Operation.CREATE)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create one, once for each `Idempotency-Key`; answer where it is."""

        def create() -> models.Model:
            fields = self.fields(request)
            with made_by(TOKEN, _name(request)):
                return type(self).create_service(by=request.user, **fields)

        def answer(instance: models.Model) -> Response:
            location = request.build_absolute_uri(addresses.api(self.resource, instance.pk))
            return self.reply(request, instance, status=status.HTTP_201_CREATED, headers={"Location": location})

        return idempotency.once(request, self.sender(request), create, answer)


class ReadMixin:
    """GET on a collection and on its members."""

    @performs(Operation.READ)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """List a page of them, unless the client has it already."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        rows = [(row.pk, row.version, self.made_of(row)) for row in page]
        etag = preconditions.list_etag(self._shown, self.paginator.next, self.paginator.previous, rows)
        if preconditions.is_unmodified(request, etag):
            return preconditions.not_modified(etag)
        response = self.get_paginated_response([self.represent(row) for row in page])
        response["ETag"] = etag
        return response

    @performs(Operation.READ)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show one, unless the client has it already: then no more of it is read than tells so."""
        self.is_compared = preconditions.is_conditional(request)
        instance = self.get_object()
        if not self.is_compared:
            return self.answer(instance)
        etag = self.etag(instance)
        if preconditions.is_unmodified(request, etag):
            return preconditions.not_modified(etag)
        self.is_compared = False
        return self.answer(self.get_object())


class UpdateMixin:
    """PUT and PATCH on a member."""

    update_service: ClassVar[Callable[..., models.Model]]

    @performs(Operation.UPDATE)
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace it: a field that is left out gets its default."""
        return self._change(request, partial=False)

    @performs(Operation.UPDATE)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that are given."""
        return self._change(request, partial=True)

    def _change(self, request: Request, *, partial: bool) -> Response:
        def write(instance: models.Model) -> models.Model:
            fields = self.fields(request, instance, partial=partial)
            type(self).update_service(instance, by=request.user, expected_version=instance.version, **fields)
            return instance

        return self.reply(request, self.conditionally(request, write))


class DeleteMixin:
    """DELETE on a member."""

    delete_service: ClassVar[Callable[..., Any]]

    @performs(Operation.DELETE)
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove it: a post or a comment goes to the trash, anything else is deleted."""

        def write(instance: models.Model) -> None:
            type(self).delete_service(instance, by=request.user, expected_version=instance.version)

        try:
            self.conditionally(request, write)
        except ValidationError as error:
            raise Conflict(" ".join(error.messages)) from None
        return Response(status=status.HTTP_204_NO_CONTENT)


Operations = Mapping[Operation, type]
"""The viewsets of a resource, by their operation."""


def compose(base: type, viewsets: Operations, roles: Collection[Role]) -> type:
    """Return the one class of a resource in a process of these roles.

    It has the viewsets of the operations that the roles carry out there. The others' actions are there by name alone, so
    that the router binds the same methods (and `Allow` says the same) everywhere; they answer 421.
    """
    own = carried(roles, addresses.api(base.resource))
    owned = tuple(viewset for operation, viewset in viewsets.items() if operation in own)
    foreign = {
        action: misdirected
        for operation, viewset in viewsets.items()
        if operation not in own
        for action in actions_of(viewset, operation)
    }
    attributes = {"__doc__": base.__doc__, "__module__": base.__module__}
    return type(base.__name__.removesuffix("Base"), owned or (base,), foreign | attributes)
