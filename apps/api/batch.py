"""Several operations in one request: creates, changes or deletions, all of them or each by itself (docs/decisions/0041).

The method of the request is that of its operations: POST creates, PATCH changes, DELETE deletes. So the route, the role,
the scope and the limits of a batch are those of its operations, and a process never gets an operation of another role.
Each operation is a request of its own to the view of its resource, with all its checks.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit import chain
from apps.core import content_state, heavy_work, problems
from apps.core.refusal_log import SENT_PATH, log_refusal
from apps.core.transactions import write_atomically
from blog_project import addresses, body_limits, roles
from blog_project.roles import METHODS, Operation

from . import urls
from .authentication import TokenAuthentication
from .exceptions import RETRY_SECONDS, InsufficientScope
from .models import ApiToken
from .operations import operation_of, performs
from .serializers import check_names, check_types
from .throttles import THROTTLES
from .viewsets import Operations, ResourceViewSet

logger = logging.getLogger(__name__)

MAX_OPERATIONS = 100
"""The most operations of a batch."""
SHARE = 0.5
"""The part of the gateway's timeout in which operations are begun, so that the last one has time to end."""
CONTENT_TYPE = "application/json"
REQUEST_HEADERS = ("If-Match", "Idempotency-Key", "Prefer")
"""The headers that an operation may have."""
ANSWERED_HEADERS = ("ETag", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate")
"""The headers that an answer has, if that of a single request would have them."""
_OWN_HEADERS = {f"HTTP_{name.upper().replace('-', '_')}": name for name in REQUEST_HEADERS}


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses unknown names and values of another JSON type."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the validated values. Raises ValidationError."""
        if isinstance(data, Mapping):
            check_names(self.fields, data)
            check_types(self.fields, data)
        return super().to_internal_value(data)


class HeadersSerializer(StrictSerializer):
    """The headers of an operation, as those of a single request."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return a field for each header."""
        return {name: serializers.CharField(required=False, max_length=1000) for name in REQUEST_HEADERS}


class OperationSerializer(StrictSerializer):
    """One operation of a batch."""

    method = serializers.ChoiceField(
        choices=[
            method for operation, methods in METHODS.items() if operation is not Operation.READ for method in methods
        ],
        help_text="POST to create, PUT or PATCH to change, DELETE to delete: of one kind with the batch's own method.",
    )
    path = serializers.CharField(max_length=200, help_text="A path of this API, without a query: /api/v1/posts/7/.")
    headers = HeadersSerializer(required=False)
    body = serializers.DictField(required=False, help_text="As that of a single request; none to delete.")


class BatchSerializer(StrictSerializer):
    """Operations of one kind."""

    atomic = serializers.BooleanField(
        default=True, help_text="All or none of them (the default); with false, each by itself, in this order."
    )
    operations = serializers.ListField(
        child=OperationSerializer(), allow_empty=False, max_length=MAX_OPERATIONS, help_text="At most 100."
    )


class AnswerSerializer(serializers.Serializer):
    """The answer to one operation."""

    status = serializers.IntegerField(help_text="As of a single request.")
    headers = serializers.DictField(
        child=serializers.CharField(), help_text="ETag, Location and others, if there are any."
    )
    body = serializers.JSONField(help_text="The resource, a problem document, or null.")


class AnswersSerializer(serializers.Serializer):
    """The answers to the operations of a batch, in their order."""

    responses = AnswerSerializer(many=True)


class BatchPermissions(BasePermission):
    """Require a token with the scope of the operations; each of them checks its own permissions too."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether there is a token. Raises InsufficientScope."""
        operation = operation_of(view)
        if operation is Operation.READ:
            return True
        if operation is None or request.auth is None:
            return False
        if operation not in request.auth.scope_list:
            raise InsufficientScope(operation.value)
        return True


class BatchViewSetBase(ResourceViewSet):
    """Batches of operations."""

    resource = "batch"
    queryset = get_user_model().objects.none()
    serializer_class = BatchSerializer
    permission_classes = [BatchPermissions]
    public_operations: frozenset[Operation] = frozenset()
    answers_serializer_class = AnswersSerializer

    def query_parameters(self) -> list[str]:
        """Return the names of the valid query parameters: none."""
        return []

    def carry_out(self, request: Request) -> HttpResponse:
        """Carry out the operations of the body. Raises ValidationError, Throttled and the errors of parsing."""
        operations, is_atomic = self._validated(request.data)
        self.count_as(len(operations))
        batch = Batch(request, operations)
        texts = sum(len(operation.body) for operation in operations)
        with ExitStack() as stack:
            if texts > heavy_work.SMALL_TEXT:
                # One place for all of them: a transaction must not wait for it.
                stack.enter_context(heavy_work.take(request.user.pk))
            try:
                answers = batch.all() if is_atomic else batch.each()
            except Failed as failed:
                return failed.problem(request)
        body = b'{"responses":[%s]}' % b",".join(map(_answer, answers))
        return HttpResponse(body, content_type=CONTENT_TYPE)

    def _validated(self, data: Any) -> tuple[list[SingleOperation], bool]:
        serializer = BatchSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        methods = METHODS[operation_of(self)]
        operations, errors = [], {}
        for place, given in enumerate(serializer.validated_data["operations"]):
            if faults := _faults(given, methods):
                errors[place] = faults
            else:
                operations.append(SingleOperation(given))
        most = min(
            (throttle.num_requests for throttle in self.checked_throttles if throttle.key), default=MAX_OPERATIONS
        )
        if len(operations) > most:
            errors = [_("At most %s can be sent at once here, which is the limit of requests.") % most]
        if errors:
            raise serializers.ValidationError({"operations": errors})
        return operations, serializer.validated_data["atomic"]


def _faults(given: dict[str, Any], methods: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what is wrong about an operation whatever its resource is, by member."""
    faults = {}
    if given["method"] not in methods:
        message = _(
            "This batch takes %s alone. POST a batch of what is created, PATCH one of changes, and DELETE one of deletions."
        )
        faults["method"] = [message % ", ".join(methods)]
    if not given["path"].startswith(addresses.API) or set(given["path"]) & set("?#%"):
        faults["path"] = [_("It is a path of this API without a query, such as %s.") % addresses.api("posts", 7)]
    return faults


def _json(body: dict[str, Any]) -> bytes:
    """Return a body as a client would send it. Lone surrogates are escaped, and refused by whoever reads them."""
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(body).encode()


class SingleOperation:
    """One operation, as it was sent."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.method, self.path = given["method"], given["path"]
        self.headers: dict[str, str] = given.get("headers", {})
        takes_body = "body" in given and body_limits.limit(self.method, self.path)
        self.body = _json(given["body"]) if takes_body else b""

    def request(self, outer: Request) -> WSGIRequest:
        """Return the request for this operation alone, from the client of the batch."""
        environ = {name: value for name, value in outer.META.items() if name not in _NOT_INHERITED}
        environ |= {name: self.headers[header] for name, header in _OWN_HEADERS.items() if header in self.headers}
        environ |= {
            "REQUEST_METHOD": self.method,
            "PATH_INFO": self.path.encode().decode("latin-1"),
            "QUERY_STRING": "",
            "CONTENT_TYPE": CONTENT_TYPE,
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input": BytesIO(self.body),
        }
        request = WSGIRequest(environ)
        request.id, request.in_transaction = getattr(outer, "id", ""), False
        return request


_NOT_INHERITED = {*_OWN_HEADERS, SENT_PATH, "HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING"}


class Failed(Exception):
    """An operation of a batch that is carried out whole was refused."""

    def __init__(self, place: int, response: HttpResponse) -> None:
        self.place, self.response = place, response
        super().__init__(place)

    def problem(self, request: Request) -> HttpResponse:
        """Return the problem document of the operation as that of the batch: `operation` says which one it was."""
        found = json.loads(self.response.content)
        members = {name: value for name, value in found.items() if name not in _DOCUMENT}
        for error in members.get("errors", ()):
            if "pointer" in error:
                error["pointer"] = f"/operations/{self.place}/body{error['pointer']}"
        detail = _("Operation %(place)s was refused, so none was carried out: %(detail)s")
        return problems.problem(
            request,
            self.response.status_code,
            detail % {"place": self.place, "detail": found["detail"]},
            kind=found["type"].rpartition("#")[2],
            headers=_answered_headers(self.response),
            operation=self.place,
            **members,
        )


_DOCUMENT = {"type", "title", "status", "detail", "request_id"}


class Batch:
    """The operations of one request."""

    def __init__(self, request: Request, operations: list[SingleOperation]) -> None:
        self.request, self.operations = request, operations
        self.ends_at = time.monotonic() + roles.TABLE[roles.owner(request.method, request.path)].seconds * SHARE

    def each(self) -> list[HttpResponse]:
        """Carry out each operation in a transaction of its own, and return the answers."""
        answers = []
        for operation in self.operations:
            request = operation.request(self.request)
            answers.append(self._one(operation, request))
            # The log of requests sees the batch alone, which was not refused.
            log_refusal(request, answers[-1].status_code)
        return answers

    def all(self) -> list[HttpResponse]:
        """Carry out the operations in one transaction, and return the answers. Raises Failed; then nothing is written."""
        answers: list[HttpResponse] = []

        def write() -> None:
            answers.clear()
            # What all writers wait for is locked last, once.
            with chain.append_at_end(), content_state.bump_at_end():
                for place, operation in enumerate(self.operations):
                    request = operation.request(self.request)
                    request.in_transaction = True
                    response = self._one(operation, request)
                    if response.status_code >= 400:
                        raise Failed(place, response)
                    answers.append(response)

        write_atomically(write, is_recorded=False)
        return answers

    def _one(self, operation: SingleOperation, request: WSGIRequest) -> HttpResponse:
        if time.monotonic() > self.ends_at:
            detail = _("The operations before this one took too long. Send it again, in a smaller batch.")
            return problems.problem(request, 503, detail, kind="busy", headers={"Retry-After": str(RETRY_SECONDS)})
        if len(operation.body) > body_limits.limit(operation.method, operation.path) > 0:
            return problems.problem(request, 413, _("The body of this operation is too large."))
        view, arguments = _view(operation.path, self.request.user, self.request.auth)
        if view is None:
            return problems.problem(request, 404, _("There is nothing at %s that a batch changes.") % operation.path)
        try:
            response = view(request, **arguments)
        except Exception:
            if request.in_transaction:
                raise
            logger.exception("An operation of a batch failed: %s %s", operation.method, operation.path)
            return problems.problem(request, 500, _("This operation failed. The site's logs say why."))
        return response.render() if isinstance(response, Response) else response


def _view(path: str, user: Any, token: ApiToken) -> tuple[Callable[..., HttpResponse] | None, dict[str, Any]]:
    """Return the view of a resource for requests of this user, which are counted already, and its arguments."""
    try:
        match = resolve(path)
    except Resolver404:
        return None, {}
    viewset = getattr(match.func, "cls", None)
    if getattr(viewset, "resource", None) not in {base.resource for base in urls.registered}:
        return None, {}
    view = viewset.as_view(
        match.func.actions,
        **match.func.initkwargs,
        authentication_classes=[partial(KnownToken, user, token)],
        throttle_classes=[throttle for throttle in viewset.throttle_classes if throttle not in THROTTLES],
    )
    return view, match.kwargs


class KnownToken(TokenAuthentication):
    """The token of the batch, which was checked with it."""

    def __init__(self, user: Any, token: ApiToken) -> None:
        self.known = user, token

    def authenticate(self, request: Request) -> tuple:
        """Return the user and the token."""
        return self.known


def _answer(response: HttpResponse) -> bytes:
    """Return an answer in JSON, with the body as it is: a hundred long posts are not read and written again."""
    headers = json.dumps(_answered_headers(response)).encode()
    return b'{"status":%d,"headers":%s,"body":%s}' % (response.status_code, headers, response.content or b"null")


def _answered_headers(response: HttpResponse) -> dict[str, str]:
    return {name: response[name] for name in ANSWERED_HEADERS if name in response}


class BatchOptionsViewSet(BatchViewSetBase):
    """Describes the URL."""


class BatchCreateViewSet(BatchViewSetBase):
    """Creates several objects."""

    @performs(Operation.CREATE)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create up to 100 objects in one request: all or none of them, or each by itself."""
        return self.carry_out(request)


class BatchUpdateViewSet(BatchViewSetBase):
    """Changes several objects."""

    @performs(Operation.UPDATE)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change up to 100 objects in one request, each under its own condition: all or none of them, or each by itself."""
        return self.carry_out(request)


class BatchDeleteViewSet(BatchViewSetBase):
    """Deletes several objects."""

    @performs(Operation.DELETE)
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Delete up to 100 objects in one request, each under its own condition: all or none of them, or each by itself."""
        return self.carry_out(request)


OPERATIONS: Operations = {
    Operation.READ: BatchOptionsViewSet,
    Operation.CREATE: BatchCreateViewSet,
    Operation.UPDATE: BatchUpdateViewSet,
    Operation.DELETE: BatchDeleteViewSet,
}
"""The viewset of each operation."""
ACTIONS = {"post": "create", "patch": "partial_update", "delete": "destroy"}
"""The actions by HTTP method."""
