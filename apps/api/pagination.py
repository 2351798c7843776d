"""Keyset pagination of the API's lists, with signed cursors."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.core import keysets, signing

from .exceptions import InvalidParameters

CURSOR, PAGE_SIZE = "cursor", "page_size"
DEFAULT_SIZE, MAX_SIZE = 20, 100


class KeysetPagination(BasePagination):
    """Pages of a queryset by the columns of its order, whose last one must be unique.

    A cursor holds the key of a page's first or last row. It is signed, so that only keys made by this site reach the
    database.
    """

    parameters = (CURSOR, PAGE_SIZE)

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Model]:
        """Return the rows of the requested page. Raises InvalidParameters."""
        self.request = request
        order = list(queryset.query.order_by)
        size = page_size(request.query_params.get(PAGE_SIZE))
        given = request.query_params.get(CURSOR)
        backwards, key = (False, None) if given is None else _read_cursor(given, order)
        if key is not None:
            queryset = queryset.filter(keysets.beyond(order, key, backwards=backwards))
        page = keysets.read(queryset, size, is_first=key is None, backwards=backwards)
        # The cursors are signed only in the response, because a signature contains the time.
        self.next = _cursor(False, order, page.rows[-1]) if page.has_next else None
        self.previous = _cursor(True, order, page.rows[0]) if page.has_previous else None
        return page.rows

    def get_paginated_response(self, data: list) -> Response:
        """Return the page with the URLs of its neighbours, in the body and as a Link header (RFC 8288)."""
        urls = {"next": self._url(self.next), "previous": self._url(self.previous)}
        relations = [("next", urls["next"]), ("prev", urls["previous"])]
        link = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in relations if url)
        return Response({**urls, "results": data}, headers={"Link": link} if link else None)

    def get_paginated_response_schema(self, schema: dict) -> dict:
        """Describe the page for OpenAPI."""
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": url, "previous": url, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict]:
        """Describe the query parameters for OpenAPI."""
        cursor = _("Where a page begins: taken from “next” or “previous”, never made up.")
        return [
            {"name": CURSOR, "in": "query", "required": False, "schema": {"type": "string"}, "description": cursor},
            page_size_parameter(_("Rows of a page.")),
        ]

    def _url(self, cursor: list | None) -> str | None:
        if cursor is None:
            return None
        signed = signing.dumps(cursor, salt=__name__)
        return replace_query_param(self.request.build_absolute_uri(), CURSOR, signed)


def page_size_parameter(description: str) -> dict:
    """Describe the parameter of the size of a page for OpenAPI."""
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}
    return {"name": PAGE_SIZE, "in": "query", "required": False, "schema": schema, "description": description}


def page_size(given: str | None) -> int:
    """Return the size of a page that a request asks for. Raises InvalidParameters."""
    if given is None:
        return DEFAULT_SIZE
    if not (given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= MAX_SIZE):
        raise InvalidParameters({PAGE_SIZE: [_("It is a whole number from 1 to %s.") % MAX_SIZE]})
    return int(given)


def _cursor(backwards: bool, order: list[str], row: Model) -> list:
    return [backwards, order, keysets.encode(getattr(row, name) for name in keysets.names(order))]


def _read_cursor(cursor: str, order: list[str]) -> tuple[bool, list]:
    try:
        backwards, cursor_order, key = signing.loads(cursor, salt=__name__)
    except signing.BadSignature:
        message = _("This is no cursor of this site. Take it from “next” or “previous” of a page, or leave it out.")
        raise InvalidParameters({CURSOR: [message]}) from None
    if cursor_order != order:
        message = _("This cursor belongs to a list in another order. Start again without it.")
        raise InvalidParameters({CURSOR: [message]})
    return backwards, key
