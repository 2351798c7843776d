"""One viewset per operation, and their composition into one class per resource by the roles of a process.

All policies (authentication, permissions, parsers, …) are on the base classes: of policies on two operation classes,
the first in the method resolution order would silently apply to both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import MethodNotAllowed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.core.conditional_requests import has_etag
from apps.core.history import TOKEN, made_by
from apps.core.transactions import record_writes
from apps.core.versioned import StaleVersion
from blog_project import addresses
from blog_project.roles import Operation, Role, carried, owner

from . import compiled_reads, idempotency, preconditions, preferences, sparse_fields, throttles
from .audit import WriteRecorder
from .authentication import TokenAuthentication
from .compiled_reads import ReadShape, Values
from .exceptions import Conflict, InvalidToken, Misdirected, PreconditionFailed
from .filters import ParameterBackend, check_query
from .metadata import Metadata
from .operations import actions_of, performs
from .pagination import COUNT, KeysetPagination, bounded_count
from .parsers import StrictJSONParser, check_charset
from .permissions import ResourcePermissions
from .serializers import ResourceSerializer
from .sparse_fields import SparseFields
from .throttles import THROTTLES, Throttle

FORCED_ATTEMPTS = 10
"""How often a change with `If-Match: *` is tried while concurrent requests change the same row."""


def misdirected(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
    """Stand in for an operation of another role. Raises Misdirected with the name of that role."""
    raise Misdirected(owner(request.method, request.path))


class RoutedMixin:
    """Returns 405 for unsupported methods and 421 for methods of another role before it authenticates.

    Responses tell what is left of the limits by which their requests were counted.
    """

    checked_throttles: Sequence[Throttle] = ()
    """The limits that the request was checked against."""
    weight = 1
    """How many requests are counted when the limits are checked."""

    def get_throttles(self) -> Sequence[Throttle]:
        """Return the limits to check the request against."""
        self.checked_throttles = super().get_throttles()
        return self.checked_throttles

    def count_as(self, number: int) -> None:
        """Count a request, which was counted as one, as `number` requests. Raises Throttled."""
        if number > 1:
            self.weight = number - 1
            self.check_throttles(self.request)

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add the headers of the limits."""
        for name, value in throttles.headers(self.checked_throttles, self).items():
            response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the method before authentication, permissions and throttles: the result is the same for all clients."""
        method = request.method.lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed(request.method)
        if handler.__func__ is misdirected:
            handler(request)
        super().initial(request, *args, **kwargs)


class ResourceViewSet(RoutedMixin, GenericViewSet):
    """The base of every resource: its policies, the lookup of rows and their representation."""

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
    """The name of the collection in URLs, such as `posts`."""
    is_etag_only = False
    """Whether a row is read only for its ETag, so that large columns need not be fetched."""
    always_read: ClassVar[tuple[str, ...]] = ("version",)
    """Columns that are always read: those of the list's order and those that visibility depends on."""
    public_operations: ClassVar[frozenset[Operation]] = frozenset({Operation.READ})
    """The operations that need no token, for the schema; `permission_classes` decides."""
    list_includable: ClassVar[tuple[str, ...]] = (COUNT,)
    """What `include` takes in lists besides fields of the rows."""
    accepts_html_form = False
    """Whether a form of a page can be sent to create a row. It gets an HTML response."""
    compiles_reads: ClassVar[bool] = False
    """Whether reads by id and lists without filters are compiled, which needs `rows` to depend on its arguments alone."""
    answers_serializer_class: ClassVar[type | None] = None
    """What a batch of operations is answered with, for the schema; None if the resource takes single ones."""
    delete_conflict: ClassVar[str] = ""
    """Why a deletion can be refused with 409, for the schema; empty if it cannot."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Handle the request, and record in the audit trail what it writes."""
        self.recorder = WriteRecorder(self)
        with record_writes(self.recorder):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse unknown parameters and charsets, after authentication, permissions and throttles."""
        super().initial(request, *args, **kwargs)
        check_charset(request)
        # A browser's preflight request has the query parameters of the request that follows.
        if request.method != "OPTIONS":
            check_query(request, self.query_parameters())

    @performs(Operation.READ)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Describe the URL."""
        return super().options(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Authenticate. A request with an invalid token is throttled like one without. Raises InvalidToken."""
        try:
            super().perform_authentication(request)
        except InvalidToken:
            self.check_throttles(request)
            raise

    @property
    def own_parameters(self) -> frozenset[str]:
        """The query parameters of lists that are no filters."""
        return frozenset((sparse_fields.FIELDS, sparse_fields.INCLUDE, *self.paginator.parameters))

    def query_parameters(self) -> list[str]:
        """Return the names of the valid query parameters."""
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        if self.action == "list":
            return [*filters, sparse_fields.FIELDS, sparse_fields.INCLUDE, *self.paginator.parameters]
        if self.action == "retrieve":
            return [sparse_fields.FIELDS, *([sparse_fields.INCLUDE] if self.serializer_class.includable else [])]
        return []

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have caches revalidate responses, separate them by `Authorization`, and keep none for a token."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.setdefault("Cache-Control", "no-store" if "Authorization" in request.headers else "no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response

    @property
    def is_read(self) -> bool:
        """Whether the action only reads, so that only the columns of the shown fields are fetched."""
        return self.action in ("list", "retrieve")

    @cached_property
    def presenter(self) -> ResourceSerializer:
        """The serializer that represents rows; for a read, with the requested fields. Raises InvalidParameters."""
        others = self.list_includable if self.action == "list" else ()
        fields = sparse_fields.parse(self.request.query_params, others) if self.is_read else SparseFields()
        return self.serializer_class.for_reading(fields, is_list=self.action == "list")

    @cached_property
    def list_included(self) -> frozenset[str]:
        """What a list shows besides fields of the rows."""
        return sparse_fields.included(self.request.query_params, self.list_includable)

    def list_members(self, page: Sequence[models.Model]) -> dict[Any, dict[str, Any]]:
        """Return what the rows of a list show besides their fields, by id. Raises InvalidParameters."""
        return {}

    def represent(self, instance: models.Model) -> dict[str, Any]:
        """Return the representation of a row."""
        return self.presenter.to_representation(instance)

    @classmethod
    def rows(cls, shape: ReadShape, values: Values) -> models.QuerySet:
        """Return the rows of a read with only the columns that its shape needs. `values` can be parameters."""
        return cls.queryset.only(*shape.presenter.columns, *cls.always_read)

    @classmethod
    def listed(cls, shape: ReadShape, values: Values) -> models.QuerySet:
        """Return the rows of a list without filters, as `filterset_class` does, in its order."""
        return cls.rows(shape, values)

    @property
    def rights(self) -> Hashable:
        """What the SQL of a read depends on of the rights of the user."""
        return None

    @property
    def shape(self) -> ReadShape:
        """What the SQL of the read depends on."""
        return ReadShape(type(self), self.presenter, self.is_etag_only, self.rights)

    @property
    def values(self) -> Values:
        """The values of the parameters of a read."""
        return Values(timezone.now(), self.request.user.pk)

    def get_queryset(self) -> models.QuerySet:
        """Return the rows; for a read, with only the columns that it needs."""
        return self.rows(self.shape, self.values) if self.is_read else super().get_queryset()

    def find(self, pk: int) -> models.Model | None:
        """Return the row with an id, whether it is visible or not, or None."""
        if self.is_read and self.compiles_reads:
            return compiled_reads.one(self.shape, pk, self.values)
        return self.get_queryset().filter(pk=pk).first()

    def find_page(self, request: Request) -> list[models.Model]:
        """Return the rows of the requested page of the list. Raises InvalidParameters and NotAuthenticated."""
        if self.compiles_reads and self.own_parameters.issuperset(request.query_params):
            shape = self.shape
            section, key = self.paginator.section(request, compiled_reads.order(shape))
            if key is None or None not in key:
                return self.paginator.page(section, compiled_reads.page(shape, section, key, self.values))
        return self.paginate_queryset(self.filtered)

    @cached_property
    def filtered(self) -> models.QuerySet:
        """All rows of the list. Filtering looks tags up and searches, so it is done once for a page and its count."""
        return self.filter_queryset(self.get_queryset())

    def get_object(self) -> models.Model:
        """Return the row of the URL. Raises NotFound (also for a row that is not visible) and PermissionDenied."""
        instance = self.find(self.kwargs["pk"])
        if instance is None or not self.is_visible(instance):
            name = self.queryset.model._meta.verbose_name
            raise NotFound(_("There is no %(name)s %(pk)s, or you may not see it.") % {"name": name, **self.kwargs})
        self.check_object_permissions(self.request, instance)
        return instance

    def is_visible(self, instance: models.Model) -> bool:
        """Return whether the user may know that the row exists."""
        return True

    def may_change(self, instance: models.Model) -> bool:
        """Return whether a user who has the model permission may change this row."""
        return True

    def fields(self, request: Request, instance: models.Model | None = None, *, partial: bool = False) -> dict:
        """Return the validated fields of the body. Raises ParseError, UnsupportedMediaType and ValidationError."""
        serializer = self.get_serializer(instance, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def etag_values(self, instance: models.Model) -> tuple:
        """Return the loaded values that the representation of a row depends on, without computing it."""
        return preconditions.columns(instance, of=self.presenter.columns)

    def etag(self, instance: models.Model) -> str:
        """Return the ETag of the representation of a row."""
        return preconditions.etag(instance.version, self.presenter.format, self.etag_values(instance))

    def representation_response(self, instance: models.Model, **kwargs: Any) -> Response:
        """Return the response with the representation of a row and its ETag."""
        response = Response(self.represent(instance), **kwargs)
        response["ETag"] = self.etag(instance)
        return response

    def write_response(self, request: Request, instance: models.Model, **kwargs: Any) -> Response:
        """Return the response to a write: the stored resource, or only its ETag with `Prefer: return=minimal`."""
        preference = preferences.return_preference(request)
        self.is_etag_only = preference == preferences.MINIMAL
        stored = self.stored(instance)
        if self.is_etag_only:
            response = Response(**{"status": status.HTTP_204_NO_CONTENT} | kwargs)
            response["ETag"] = self.etag(stored)
        else:
            response = self.representation_response(stored, **kwargs)
        if preference:
            response["Preference-Applied"] = f"return={preference}"
        return response

    def sender(self, request: Request) -> str:
        """Return the owner of an `Idempotency-Key`: two senders may use the same key."""
        return f"user {request.user.pk}"

    def stored(self, instance: models.Model) -> models.Model:
        """Read a row again after a write, so that the response is the same as that of a later GET.

        Raises Http404 if the row has been deleted meanwhile.
        """
        if self.compiles_reads:
            stored = compiled_reads.one(self.shape, instance.pk, self.values)
        else:
            stored = self.get_queryset().filter(pk=instance.pk).first()
        if stored is None:
            raise Http404
        return stored

    def conditionally(self, request: Request, write: Callable[[models.Model], Any]) -> Any:
        """Check `If-Match`, call `write` with the row of the URL, and return its result.

        With `If-Match: *`, a change that conflicts with a concurrent one is repeated from the new version. Raises the
        exceptions of `get_object` and `check_if_match`.
        """
        attempts = FORCED_ATTEMPTS if preconditions.is_forced(request) else 1
        for _attempt in range(attempts):
            instance = self.get_object()
            self.recorder.note_instance(instance)
            preconditions.check_if_match(request, self.etag(instance))
            try:
                with made_by(TOKEN, _token_label(request)):
                    return write(instance)
            except StaleVersion:
                continue
        raise PreconditionFailed(self.etag(self.get_object()))


def _token_label(request: Request) -> str:
    """Return the label of the request's token for the history, or "" without one."""
    return request.auth.label if request.auth else ""


class CreateMixin:
    """POST to a collection."""

    create_service: ClassVar[Callable[..., models.Model]]

    @performs(Operation.CREATE)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create an object, once for each `Idempotency-Key`. The `Location` header has its URL."""

        def create() -> models.Model:
            fields = self.fields(request)
            with made_by(TOKEN, _token_label(request)):
                return type(self).create_service(by=request.user, **fields)

        def respond(instance: models.Model) -> Response:
            headers = {"Location": request.build_absolute_uri(addresses.api(self.resource, instance.pk))}
            return self.write_response(request, instance, status=status.HTTP_201_CREATED, headers=headers)

        return idempotency.create_once(request, self.sender(request), create, respond)


class ReadMixin:
    """GET on a collection and on its members."""

    @performs(Operation.READ)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """List one page of the collection; 304 if `If-None-Match` has its ETag."""
        page = self.find_page(request)
        rows = [(row.pk, row.version, self.etag_values(row)) for row in page]
        parts = [self.presenter.format, self.paginator.next, self.paginator.previous, rows]
        if COUNT in self.list_included:
            self.paginator.count = bounded_count(self.filtered)
            parts.append(self.paginator.count)
        members = self.list_members(page)
        etag = preconditions.list_etag(*parts, *([members] if members else []))
        if has_etag(request, etag):
            return preconditions.not_modified(etag)
        response = self.get_paginated_response([self.represent(row) | members.get(row.pk, {}) for row in page])
        response["ETag"] = etag
        return response

    @performs(Operation.READ)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return one object; 304 if `If-None-Match` has its ETag."""
        # A conditional request first reads only the columns for the ETag.
        self.is_etag_only = preconditions.is_conditional(request)
        instance = self.get_object()
        if not self.is_etag_only:
            return self.representation_response(instance)
        etag = self.etag(instance)
        if has_etag(request, etag):
            return preconditions.not_modified(etag)
        self.is_etag_only = False
        return self.representation_response(self.get_object())


class UpdateMixin:
    """PUT and PATCH on a member."""

    update_service: ClassVar[Callable[..., models.Model]]

    @performs(Operation.UPDATE)
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the object. Omitted fields get their defaults."""
        return self._change(request, partial=False)

    @performs(Operation.UPDATE)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the given fields of the object."""
        return self._change(request, partial=True)

    def _change(self, request: Request, *, partial: bool) -> Response:
        def write(instance: models.Model) -> models.Model:
            fields = self.fields(request, instance, partial=partial)
            self.recorder.note_fields(fields)
            type(self).update_service(instance, by=request.user, expected_version=instance.version, **fields)
            return instance

        return self.write_response(request, self.conditionally(request, write))


class DeleteMixin:
    """DELETE on a member."""

    delete_service: ClassVar[Callable[..., Any]]

    @performs(Operation.DELETE)
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete the object. Posts and comments are moved to the trash."""

        def write(instance: models.Model) -> None:
            type(self).delete_service(instance, by=request.user, expected_version=instance.version)

        try:
            self.conditionally(request, write)
        except ValidationError as error:
            raise Conflict(" ".join(error.messages)) from None
        return Response(status=status.HTTP_204_NO_CONTENT)


Operations = Mapping[Operation, type]
"""The viewset of each operation of a resource."""


def compose(base: type, viewsets: Operations, roles: Collection[Role]) -> type:
    """Return the viewset class of a resource in a process of these roles.

    It inherits the viewsets of the operations that the roles serve. The actions of the other operations return 421, so
    that the router binds the same methods, and `Allow` lists the same, in every role.
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
