"""Every route of the desk and of the API, and the requests that are sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from rest_framework.relations import PrimaryKeyRelatedField

from apps.posts.models import Post

from .private_content import Content

PREFIXES = ("admin/", "preview/", "api/")
NOTHING = "nothing"
MISSING = 999_999

REGEXES = {
    r"\^\(\?P<app_label>[\w|]+\)/\$": ["posts/", "auth/"],
    r"\(\?P<url>\.\*\)\$": [NOTHING],
    r"\^\(\[\^/\]\+\)/history/\(\[\^/\]\+\)/\$": ["<object_id>/history/<version_id>/"],
    r"\^preview/\(\?P<secret>.*": [f"preview/{'nothing-' * 4}/"],
    # What answers 404 to the rest of a prefix, and the pages of readers.
    r"\^(api|preview)\(\?:/\|\\Z\)": [],
    r"\^\(\?!api.*": [],
    r"\^theme/.*": [],
}
"""The paths for the patterns that are regular expressions, by an expression that matches these."""

PARAMETERS = {"uidb64": [NOTHING], "token": [NOTHING]}
"""Values of parameters of routes that are no keys of rows."""

JSON_BODIES: dict[str, dict[str, Any]] = {
    "posts": {"title": "New"},
    "tags": {"name": "New"},
    "authors": {"name": "New"},
    "series": {"title": "New"},
    "comments": {"body": "Words.", "name": "Rita"},
    "images": {"alt": "New"},
}
"""The body of a valid write by resource; references to other rows are added to it."""


RELEVANCE = "relevance"
"""An order that only a search has."""
BATCH = "batch"
BATCHED = 20
"""How many writes of one kind are sent as a batch, besides alone."""


class Route(NamedTuple):
    """A route: its path with parameters in angle brackets, and what serves it."""

    path: str
    view: Any

    @property
    def model(self) -> type[Model]:
        """The model whose keys the parameters are."""
        if model_admin := getattr(self.view, "model_admin", None):
            return model_admin.model
        viewset = getattr(self.view, "cls", None)
        return viewset.queryset.model if viewset and hasattr(viewset, "queryset") else Post


class Attempt(NamedTuple):
    """One request."""

    method: str
    url: str
    data: Any = None

    @property
    def is_read(self) -> bool:
        return self.method in ("GET", "OPTIONS")

    def __str__(self) -> str:
        return f"{self.method} {self.url} {self.data or ''}".strip()


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    """Yield the routes of the desk and of the API from the URLconf, so that new ones are among them."""
    for pattern in (resolver or get_resolver()).url_patterns:
        for part in _parts(pattern):
            path = f"{prefix}{part}"
            if isinstance(pattern, URLResolver):
                yield from routes(pattern, path)
            elif path.startswith(PREFIXES):
                yield Route(path, pattern.callback)


def _parts(pattern: URLPattern | URLResolver) -> list[str]:
    if isinstance(pattern.pattern, RoutePattern):
        return [str(pattern.pattern)]
    text = str(pattern.pattern)
    found = [paths for regex, paths in REGEXES.items() if re.fullmatch(regex, text)]
    assert len(found) == 1, f"say in REGEXES which paths {text} has"
    return found[0]


def urls(route: Route, content: Content) -> list[str]:
    """Return the URLs of a route, for each row of its model that there is or is not."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route.path)
    if names == ["object_id", "version_id"]:
        versions = Post.history.filter(id__in=content.sample().of(Post)).values_list("id", "history_id")
        choices = [*versions, *((key, MISSING) for key in content.sample().of(Post))]
    else:
        choices = list(product(*(PARAMETERS.get(name) or _keys(route, name, content) for name in names)))
    found = []
    for chosen in choices:
        path = route.path
        for value in chosen:
            path = re.sub(r"<(?:\w+:)?\w+>", str(value), path, count=1)
        found.append(f"/{path}")
    return found


def _keys(route: Route, name: str, content: Content) -> list[int]:
    assert name in ("object_id", "id", "pk"), f"{route.path}: say in PARAMETERS which values {name} has"
    return [*content.of(route.model), MISSING]


def references(fields: dict[str, Any], content: Content) -> Iterator[tuple[str, int]]:
    """Yield each field of a form or a serializer that refers to a row, with each key that it could be given."""
    for name, field in fields.items():
        if getattr(field, "queryset", None) is not None:
            for key in [*content.of(field.queryset.model), MISSING]:
                yield name, key


def api_attempts(content: Content, queries: list[str]) -> list[Attempt]:
    """Return requests of every method to every route of the API."""
    found = []
    for route in routes():
        if not route.path.startswith("api/"):
            continue
        viewset = getattr(route.view, "cls", None)
        actions = getattr(route.view, "actions", None) or {}
        for url in urls(route, content):
            found += [Attempt("GET", url), Attempt("OPTIONS", url)]
            if actions:
                shown = getattr(_serializer(viewset), "includable", ())
                found += [Attempt("GET", f"{url}?include={name}") for name in shown]
            if "list" in actions.values():
                found += [Attempt("GET", f"{url}?{query}") for query in _list_queries(viewset, content, queries)]
        if getattr(viewset, "resource", "") == BATCH:
            continue
        for method in sorted({"post", "put", "patch", "delete"} & {*actions}):
            of = content.sample() if method == "post" else content.hidden()
            bodies = [None] if method == "delete" else _bodies(viewset, of)
            found += [Attempt(method.upper(), url, body) for url in urls(route, content.sample()) for body in bodies]
    return found + _batches(found)


def _batches(attempts: list[Attempt]) -> list[Attempt]:
    """Return a batch for each method of each resource, with a few of its writes, each by itself."""
    groups: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in attempts:
        resource = attempt.url.split("/")[3]
        if not attempt.is_read and resource in JSON_BODIES:
            groups.setdefault((attempt.method, resource), []).append(attempt)
    return [
        Attempt(
            "PATCH" if method == "PUT" else method,
            f"/api/v1/{BATCH}/",
            {"atomic": False, "operations": _operations(of)},
        )
        for (method, _resource), of in groups.items()
    ]


def _operations(attempts: list[Attempt]) -> list[dict[str, Any]]:
    # The last ones first: they refer to what is hidden, whose keys new rows would have in a world without it.
    return [
        {"method": attempt.method, "path": attempt.url, "headers": {"If-Match": "*"}}
        | ({"body": attempt.data} if attempt.data else {})
        for attempt in reversed(attempts[-BATCHED:])
    ]


def _serializer(viewset: type) -> type:
    view = viewset()
    view.action, view.request = "create", None
    return view.get_serializer_class()


def _list_queries(viewset: type, content: Content, queries: list[str]) -> list[str]:
    filters = viewset.filterset_class.base_filters if viewset.filterset_class else {}
    found = []
    for name, filter_ in filters.items():
        choices = [value for value, _label in filter_.extra.get("choices", ())]
        of = {"post": Post, "id": viewset.queryset.model}.get(name)
        keys = [*content.of(of), MISSING] if of else []
        found += [f"{name}={value}" for value in choices or keys or queries if "_" not in name and value != RELEVANCE]
        if RELEVANCE in choices:
            found += [f"q={words}&{name}={RELEVANCE}&include=excerpt,count" for words in queries]
    return found


def _bodies(viewset: type, content: Content) -> list[dict[str, Any]]:
    assert viewset.resource in JSON_BODIES, f"say in JSON_BODIES what a write of {viewset.resource} has"
    body = JSON_BODIES[viewset.resource]
    fields = _serializer(viewset)().fields.items()
    related = {name: field for name, field in fields if isinstance(field, PrimaryKeyRelatedField)}
    return [body, *(body | {name: key} for name, key in references(related, content))]


def desk_attempts(content: Content, searched: list[str], bodies: dict[str, list[dict]]) -> list[Attempt]:
    """Return requests to every route of the desk. Those of its forms follow from the forms (`form_attempts`)."""
    found = []
    for route in routes():
        if route.path.startswith("api/"):
            continue
        model_admin, name = getattr(route.view, "model_admin", None), getattr(route.view, "__name__", "")
        for url in urls(route, content):
            found.append(Attempt("GET", url))
            if model_admin and name == "changelist_view":
                found += [Attempt("GET", f"{url}?{query}") for query in _changelist_queries(model_admin, searched)]
                keys = [*content.sample().of(route.model), MISSING]
                for action in ("delete_selected", *(getattr(it, "__name__", it) for it in model_admin.actions or ())):
                    for key in keys:
                        chosen = {"action": action, "_selected_action": [key], "index": "0", "confirmed": "yes"}
                        found.append(Attempt("POST", url, chosen | {"post": "yes"}))
            elif model_admin and name == "delete_view":
                found.append(Attempt("POST", url, {"post": "yes"}))
            else:
                found += [Attempt("POST", url, body) for body in bodies.get(url, [{}])]
    return found + _autocompletes(searched)


def _changelist_queries(model_admin: admin.ModelAdmin, searched: list[str]) -> list[str]:
    states = {"state": ["draft", "scheduled", "published", "trash"], "status": ["all", "pending", "spam"]}
    names = {getattr(it, "parameter_name", it) for it in model_admin.list_filter if isinstance(it, type | str)}
    filters = [f"{name}={value}" for name in sorted(names & {*states}) for value in states[name]]
    return [*filters, *(f"q={words}" for words in searched)]


def _autocompletes(searched: list[str]) -> list[Attempt]:
    found = []
    for model in admin.site._registry:
        for field in (*model._meta.fields, *model._meta.many_to_many):
            if field.related_model is not None:
                of = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field.name}"
                found += [Attempt("GET", f"/admin/autocomplete/?{of}&term={words}") for words in ("", *searched)]
    return found
