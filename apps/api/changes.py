"""The resource of the change feed: what changed for everybody, for programs that hold a copy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.core import change_feed, signing
from apps.core.change_feed import Cause, Entry, Position
from apps.core.conditional_requests import has_etag
from apps.core.models import Change
from blog_project import addresses
from blog_project.roles import Operation

from . import preconditions
from .exceptions import CursorExpired, InvalidParameters
from .operations import performs
from .pagination import PAGE_SIZE, page_size, page_size_parameter
from .viewsets import Operations, ResourceViewSet

AFTER, TYPE = "after", "type"
NOW = "now"
"""The value of `after` for a cursor of the present."""
EVENTS = sorted({cause.event for cause in Cause})


def _types() -> list[tuple[str, str]]:
    return [(name, name) for name in change_feed.resources()]


class ChangeSerializer(serializers.Serializer):
    """One change of something that the API shows to everybody."""

    type = serializers.ChoiceField(choices=[], source="kind", help_text=gettext_lazy("What it is."))
    id = serializers.IntegerField(source="pk")
    version = serializers.IntegerField(
        allow_null=True, help_text=gettext_lazy("Its version, at least. Null for some that are gone.")
    )
    event = serializers.ChoiceField(
        choices=EVENTS,
        help_text=gettext_lazy(
            "“created”, “published” and “changed”: it is public, so read it. “unpublished” and “deleted”: it is not."
        ),
    )
    at = serializers.DateTimeField(default_timezone=UTC, help_text=gettext_lazy("When it was written, or came due."))
    url = serializers.SerializerMethodField(help_text=gettext_lazy("Its address in the API."))

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the types that the apps have registered."""
        fields = super().get_fields()
        fields["type"].choices = _types()
        return fields

    def get_url(self, entry: Entry) -> str:
        """Return the absolute URL of the object in the API."""
        path = addresses.api(change_feed.resources()[entry.kind], entry.pk)
        return self.context["request"].build_absolute_uri(path)


class ChangePagination(BasePagination):
    """Pages of the change feed. There is always a next one, which may be empty for now."""

    parameters = (AFTER, PAGE_SIZE, TYPE)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Entry]:
        """Return the entries of the requested page. Raises InvalidParameters and CursorExpired."""
        self.request = request
        size, kinds = page_size(request.query_params.get(PAGE_SIZE)), _kinds(request.query_params)
        after = request.query_params.get(AFTER)
        if after == NOW:
            self.page = change_feed.Page([], change_feed.present(), has_more=False)
            return []
        position = None if after is None else _read_cursor(after)
        try:
            self.page = change_feed.read(position, size, kinds)
        except change_feed.Expired:
            raise CursorExpired from None
        return self.page.entries

    def get_paginated_response(self, data: list) -> Response:
        """Return the page with the URL of the next one, in the body and as a Link header (RFC 8288)."""
        cursor = signing.dumps(_as_json(self.page.position), salt=__name__)
        url = replace_query_param(self.request.build_absolute_uri(), AFTER, cursor)
        body = {"next": url, "more": self.page.has_more, "results": data}
        return Response(body, headers={"Link": f'<{url}>; rel="next"'})

    def get_paginated_response_schema(self, schema: dict) -> dict:
        """Describe the page for OpenAPI."""
        return {
            "type": "object",
            "required": ["next", "more", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "description": "Where to read on, now or later."},
                "more": {"type": "boolean", "description": "Whether “next” has more already."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict]:
        """Describe the query parameters for OpenAPI."""
        after = _("A cursor, taken from “next”; “now” for one of the present. Without it: from the oldest entry kept.")
        kind = _("Only entries of this type.")
        return [
            {"name": AFTER, "in": "query", "required": False, "schema": {"type": "string"}, "description": after},
            page_size_parameter(_("Entries of a page, at most.")),
            {
                "name": TYPE,
                "in": "query",
                "required": False,
                "schema": {"type": "string", "enum": [name for name, _name in _types()]},
                "description": kind,
            },
        ]


def _kinds(query: Mapping[str, str]) -> list[str] | None:
    kind = query.get(TYPE)
    if kind is None:
        return None
    types = change_feed.resources()
    if kind not in types:
        raise InvalidParameters({TYPE: [_("There is no such type. Valid are: %s.") % ", ".join(types)]})
    return [kind]


def _as_json(position: Position) -> list:
    return [*position._replace(clock=position.clock.isoformat())]


def _read_cursor(cursor: str) -> Position:
    try:
        position = Position(*signing.loads(cursor, salt=__name__))
    except signing.BadSignature:
        message = _("This is no cursor of the change feed. Take it from “next” of a page, or begin with “now”.")
        raise InvalidParameters({AFTER: [message]}) from None
    return position._replace(clock=datetime.fromisoformat(position.clock))


class ChangeViewSetBase(ResourceViewSet):
    """The change feed."""

    resource = "changes"
    queryset = Change.objects.none()
    serializer_class = ChangeSerializer
    pagination_class = ChangePagination
    filter_backends: ClassVar[list] = []

    def query_parameters(self) -> list[str]:
        """Return the names of the valid query parameters."""
        return [*self.paginator.parameters]


class ChangeReadViewSet(ChangeViewSetBase):
    """Reads the change feed."""

    @performs(Operation.READ)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell what changed after a cursor, each change once; 304 if `If-None-Match` has the page's ETag."""
        entries = self.paginate_queryset(self.queryset)
        position = self.paginator.page.position
        # Not of the time to the second, or an idle feed would always be another; but of the day, because a cursor
        # expires.
        etag = preconditions.list_etag(entries, position._replace(clock=position.clock.date()))
        if has_etag(request, etag):
            return preconditions.not_modified(etag)
        response = self.get_paginated_response(self.get_serializer(entries, many=True).data)
        response["ETag"] = etag
        return response


RESOURCES: Mapping[type, Operations] = {ChangeViewSetBase: {Operation.READ: ChangeReadViewSet}}
"""The viewset of each operation, by the base class of the resource."""
