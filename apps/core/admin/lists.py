"""Admin lists with keyset pagination: no COUNT and no OFFSET, so every page costs the same."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.core.signing import b64_decode, b64_encode
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest

from apps.core import keysets
from apps.core.text import normalized

OLDER, NEWER = "after", "before"
FILTER_LOOKUPS = ("", "exact", "gte", "lt", "isnull")
"""Lookups that Django's choice and date filters put into query strings."""


class ListPlan(NamedTuple):
    """How a list is read: its rows, and an order of them that has an index."""

    rows: QuerySet
    keyset: tuple[str, ...]
    """`("-updated_at", "-id")`, see `keysets`: columns of the rows, or of a join with one match for each row."""
    where: Q = Q()
    """Conditions on the joined rows, applied together with the key: each `filter` call would add another join."""


class KeysetChangeList(ChangeList):
    """A changelist in the order of its `ListPlan`; `?p=` holds the key of the row after which a page begins."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[str]:
        """Return no order: the `ListPlan` has it."""
        return []

    def get_ordering_field_columns(self) -> dict:
        """Return no columns: the list cannot be sorted by columns."""
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the rows of one page, and set the links to its neighbours.

        The first query reads only keys: those of the page and one more, which shows whether another page follows. The
        second one fetches the rows of the page, so that a sort in the database handles keys alone.
        """
        plan = self.model_admin.list_plan(request, self.queryset)
        direction, key = _parse(request.GET.get(PAGE_VAR, ""))
        backwards = direction == NEWER
        rows = _beyond(plan, key, backwards=backwards).order_by(*plan.keyset)
        key_columns = {f"key_{index}": F(name) for index, name in enumerate(keysets.names(plan.keyset))}
        keys = rows.annotate(**key_columns).values_list("pk", *key_columns)
        page = keysets.read(keys, self.list_per_page, is_first=key is None, backwards=backwards)
        self.previous_url = self._url(NEWER, page.rows[0]) if page.has_previous else ""
        self.next_url = self._url(OLDER, page.rows[-1]) if page.has_next else ""
        self.first_url = self.get_query_string({}) if key is not None else ""
        # Django's templates need these; the counts cover only this page.
        self.result_list = self._fetch([pk for pk, *_key in page.rows])
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(self.result_list)
        self.paginator = Paginator(self.result_list, self.list_per_page)

    def _fetch(self, keys: list[Any]) -> list[Model]:
        found = self.model_admin.list_queryset(self.model._default_manager.all()).in_bulk(keys) if keys else {}
        return [found[key] for key in keys if key in found]

    def _url(self, direction: str, row: tuple[Any, ...]) -> str:
        key = [value if value is None else str(value) for value in keysets.encode(row[1:])]
        return self.get_query_string({PAGE_VAR: f"{direction}.{b64_encode(json.dumps(key).encode()).decode()}"})


def _parse(page: str) -> tuple[str, list[Any] | None]:
    """Return the direction of a page and the key after which it begins, or None for the first page."""
    if not page:
        return OLDER, None
    try:
        direction, encoded = page.split(".")
        key = list(json.loads(b64_decode(encoded.encode())))
    except (ValueError, TypeError):
        raise IncorrectLookupParameters from None
    if direction not in (OLDER, NEWER):
        raise IncorrectLookupParameters
    return direction, key


def _beyond(plan: ListPlan, key: list[Any] | None, *, backwards: bool) -> QuerySet:
    """Return the rows of a plan after a key, or before it if `backwards`."""
    try:
        condition = Q() if key is None else keysets.beyond(plan.keyset, key, backwards=backwards)
        return plan.rows.filter(plan.where & condition)
    except (ValueError, TypeError, OverflowError, ValidationError):
        # The key in the URL was not made by this list.
        raise IncorrectLookupParameters from None


class UncountedPaginator(Paginator):
    """The paginator of the autocomplete views: it reads one row more than a page instead of counting all."""

    max_page = 50
    count = 0

    def page(self, number) -> Page:
        """Return a page. There are at most `max_page`, because OFFSET reads all rows before a page."""
        number = min(max(int(number), 1), self.max_page)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        self._more = len(rows) > self.per_page and number < self.max_page
        return UncountedPage(rows[: self.per_page], number, self)


class UncountedPage(Page):
    """A page that knows whether another one follows, but not how many."""

    def has_next(self) -> bool:
        """Return whether more rows were found than the page shows."""
        return self.paginator._more

    def has_other_pages(self) -> bool:
        """Return whether there is a page before or after this one."""
        return self.number > 1 or self.has_next()


def _parameter_name(list_filter: str | tuple | type) -> str:
    """Return the query parameter of an entry of `list_filter`."""
    if isinstance(list_filter, type):
        return list_filter.parameter_name
    return list_filter if isinstance(list_filter, str) else list_filter[0]


class KeysetAdmin:
    """A mixin for ModelAdmin: keyset pagination with 50 rows a page, and no counts."""

    keyset: tuple[str, ...] = ("-pk",)
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    paginator = UncountedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        """Return the changelist class."""
        return KeysetChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow only the lookups that the list's own filters put into query strings.

        Django's rule allows every lookup of every column, for example a regular expression over all texts.
        """
        name, _, comparison = lookup.partition("__")
        return name in map(_parameter_name, self.list_filter) and comparison in FILTER_LOOKUPS

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search for a text in the Unicode form in which texts are stored."""
        return super().get_search_results(request, queryset, normalized(search_term))

    def list_plan(self, request: HttpRequest, queryset: QuerySet) -> ListPlan:
        """Return the plan by which the list reads `queryset`: by default in the order of `keyset`."""
        return ListPlan(queryset, self.keyset)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Return the queryset for fetching the rows of one page, for example with `select_related`."""
        return queryset
