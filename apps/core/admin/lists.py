"""Lists of the admin that neither count nor skip: pages by keyset, so that the thousandth costs what the first does."""

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

OLDER, NEWER = "after", "before"
FILTERS_COMPARE_BY = ("", "exact", "gte", "lt", "isnull")
"""Lookups that the stock filters by choice and by date put into addresses."""


class ListPlan(NamedTuple):
    """How a list is read: rows, and the order of theirs that has an index."""

    rows: QuerySet
    keyset: tuple[str, ...]
    """`("-updated_at", "-id")`, see `keysets`: columns of the rows or, with one for each, of their links."""
    where: Q = Q()
    """Conditions of those links: which, of all that a row has. (Django would join them anew for each `filter`.)"""


class KeysetChangeList(ChangeList):
    """A changelist in the order of its `ListPlan`; `?p=` holds the row that a page begins after."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[str]:
        """Return none: the walk has it."""
        return []

    def get_ordering_field_columns(self) -> dict:
        """Mark no column as sorted: none can be sorted by."""
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """Find the keys of one page and of one row more, which tells whether there is another page; then fetch the page.

        In two steps, so that nothing but keys is read, and sorted where that must be, beyond what is shown.
        """
        plan = self.model_admin.walk(request, self.queryset)
        direction, key = _parse(request.GET.get(PAGE_VAR, ""))
        backwards = direction == NEWER
        rows = _beyond(plan, key, backwards=backwards).order_by(*plan.keyset)
        edges = {f"edge_{place}": F(name) for place, name in enumerate(keysets.names(plan.keyset))}
        keys = rows.annotate(**edges).values_list("pk", *edges)
        page = keysets.read(keys, self.list_per_page, is_first=key is None, backwards=backwards)
        self.previous_url = self._url(NEWER, page.rows[0]) if page.has_previous else ""
        self.next_url = self._url(OLDER, page.rows[-1]) if page.has_next else ""
        self.first_url = self.get_query_string({}) if key is not None else ""
        # What the stock templates ask for; nothing here is known beyond this page.
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
    """Return the direction of a page and the key that it begins after, None for the first one."""
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
    """Return the rows of a plan on the other side of a key."""
    try:
        edge = Q() if key is None else keysets.beyond(plan.keyset, key, backwards=backwards)
        return plan.rows.filter(plan.where & edge)
    except (ValueError, TypeError, OverflowError, ValidationError):
        # The key is one that somebody made up.
        raise IncorrectLookupParameters from None


class UncountedPaginator(Paginator):
    """What the autocomplete views page with: a page and one row more, and nothing is counted."""

    max_page = 50
    count = 0

    def page(self, number) -> Page:
        """Return a page; there are at most `max_page`, for each is reached by skipping those before it."""
        number = min(max(int(number), 1), self.max_page)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        self._more = len(rows) > self.per_page and number < self.max_page
        return UncountedPage(rows[: self.per_page], number, self)


class UncountedPage(Page):
    """A page that knows only whether another follows."""

    def has_next(self) -> bool:
        """Tell whether a row was left over."""
        return self.paginator._more

    def has_other_pages(self) -> bool:
        """Tell whether this is not all."""
        return self.number > 1 or self.has_next()


def _parameter(list_filter: str | tuple | type) -> str:
    """Return the name that a filter (as `list_filter` lists them) has in addresses."""
    if isinstance(list_filter, type):
        return list_filter.parameter_name
    return list_filter if isinstance(list_filter, str) else list_filter[0]


class KeysetAdmin:
    """For a ModelAdmin: a list by keyset, at most 50 rows a page, without counts of anything."""

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
        """Allow in addresses what the list's filters put there.

        The stock rule allows every lookup of every column: a regular expression over the texts, say.
        """
        name, _, comparison = lookup.partition("__")
        return name in map(_parameter, self.list_filter) and comparison in FILTERS_COMPARE_BY

    def walk(self, request: HttpRequest, queryset: QuerySet) -> ListPlan:
        """Return how the list reads what is to be in it: by default, in the order of `keyset`."""
        return ListPlan(queryset, self.keyset)

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Return what a list fetches of the rows that it shows."""
        return queryset
