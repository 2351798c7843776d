"""Keyset pagination of the API's lists, with signed cursors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.core import keysets, signing

from .compiled_reads import Section
from .exceptions import InvalidParameters

CURSOR, PAGE_SIZE = "cursor", "page_size"
DEFAULT_SIZE, MAX_SIZE = 20, 100
COUNT = "count"
MAX_COUNTED = 10_000
"""How many rows of a list are counted."""


COUNT_SCHEMA = {
    "type": "object",
    "description": "How many rows all pages have together, if “include” asks for it.",
    "required": ["value", "exact"],
    "properties": {
        "value": {"type": "integer", "minimum": 0, "maximum": MAX_COUNTED},
        "exact": {"type": "boolean", "description": "If it is false, there are more."},
    },
}


class KeysetPagination(BasePagination):
    """Pages of a queryset by the columns of its order, whose last one must be unique.

    A cursor holds the key of a page's first or last row. It is signed, so that only keys made by this site reach the
    database.
    """

    parameters = (CURSOR, PAGE_SIZE)
    count: dict[str, Any] | None = None
    """The number of all rows of the list (`bounded_count`), if it was asked for."""

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Model]:
        """Return the rows of the requested page of any queryset. Raises InvalidParameters."""
        section, key = self.section(request, queryset.query.order_by)
        return self.page(section, list(section.of(queryset, key)))

    def section(self, request: Request, order: Sequence[str]) -> tuple[Section, list | None]:
        """Return which page of a list in this order is requested, and its key. Raises InvalidParameters."""
        self.request = request
        size = page_size(request.query_params.get(PAGE_SIZE))
        given = request.query_params.get(CURSOR)
        backwards, key = (False, None) if given is None else _read_cursor(given, list(order))
        return Section(tuple(order), size, key is None, backwards), key

    def page(self, section: Section, found: list[Model]) -> list[Model]:
        """Return the rows of the page of those found for `section`, and note the cursors of its neighbours."""
        page = keysets.page(found, section.size, is_first=section.is_first, backwards=section.backwards)
        order = list(section.order)
        # The cursors are signed only in the response, because a signature contains the time.
        self.next = _cursor(False, order, page.rows[-1]) if page.has_next else None
        self.previous = _cursor(True, order, page.rows[0]) if page.has_previous else None
        return page.rows

    def get_paginated_response(self, data: list) -> Response:
        """Return the page with the URLs of its neighbours, in the body and as a Link header (RFC 8288)."""
        urls = {"next": self._url(self.next), "previous": self._url(self.previous)}
        relations = [("next", urls["next"]), ("prev", urls["previous"])]
        link = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in relations if url)
        count = {} if self.count is None else {COUNT: self.count}
        return Response({**urls, **count, "results": data}, headers={"Link": link} if link else None)

    def get_paginated_response_schema(self, schema: dict) -> dict:
        """Describe the page for OpenAPI."""
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": url, "previous": url, COUNT: COUNT_SCHEMA, "results": schema},
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


def bounded_count(rows: QuerySet) -> dict[str, Any]:
    """Return the number of rows, in one query: exact up to `MAX_COUNTED`, else that number and that there are more."""
    found = rows.order_by().values("pk")[: MAX_COUNTED + 1].count()
    return {"value": min(found, MAX_COUNTED), "exact": found <= MAX_COUNTED}


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
    return [backwards, order, keysets.encode(_stored(row, name) for name in keysets.names(order))]


def _stored(row: Model, name: str) -> Any:
    """Return a value by which the database orders a row, which can show another one (`Post.lay_over`)."""
    stored = getattr(row, f"stored_{name}", None)
    return getattr(row, name) if stored is None else stored


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
