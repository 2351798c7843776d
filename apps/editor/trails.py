"""Where a page of the desk is: “Posts › Tides › History”, for its breadcrumbs and, reversed, for its title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.db.models.options import Options
from django.urls import reverse
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from apps.posts.models import Post

HERE, BETWEEN = "here", "between"
"""What a page's context may say of its place: its short name, and (name, URL) of the pages between its object and it."""
NAME_LENGTH = 70
"""The most characters of an object's name in the trail."""


class Step(NamedTuple):
    """One page of a trail."""

    name: str
    url: str
    """Empty for the page itself."""


def trail(context: Mapping[str, Any]) -> list[Step]:
    """Return the pages from a list of the desk to the page with this context, which is the last one.

    Everything is read from what Django's views and ours tell their templates: the model (`opts`), the object, whether
    it is a list (`cl`) or a form (`adminform`), and the title.
    """
    opts, row = context.get("opts"), _row(context)
    steps: list[Step] = []
    if isinstance(opts, Options):
        steps.extend(_model_steps(context, opts, row))
    steps += [Step(str(name), url) for name, url in context.get(BETWEEN, ())]
    is_named_by_steps = "cl" in context or (row is not None and "adminform" in context)
    if not (steps and is_named_by_steps):
        steps.append(Step(_own_name(context, row), ""))
    steps[-1] = steps[-1]._replace(url="")
    return steps


def page_title(steps: list[Step]) -> str:
    """Return a trail as the title of a document, the page itself first: “History · Tides · Posts”."""
    return " · ".join(step.name for step in reversed(steps))


def _row(context: Mapping[str, Any]) -> Model | None:
    found = (context.get(name) for name in ("original", "object", "post"))
    return next((value for value in found if isinstance(value, Model) and value.pk), None)


def _model_steps(context: Mapping[str, Any], opts: Options, row: Model | None) -> Iterator[Step]:
    """Yield the list of a model, and the form of the object that the page is about."""
    name = f"admin:{opts.app_label}_{opts.model_name}"
    if "cl" in context:
        yield Step(_own_name(context, None), "")
        return
    of_pages = opts.model is Post and _is_of_pages(context, row)
    url = reverse(f"{name}_changelist") + ("?kind__exact=page" if of_pages else "")
    filters = {"opts": opts, "preserved_filters": context.get("preserved_filters", "")}
    yield Step(
        _("Pages") if of_pages else _list_name(opts), context.get("list_url") or add_preserved_filters(filters, url)
    )
    has_one_row = getattr(admin.site.get_model_admin(opts.model), "has_one_row", False)
    if row is not None and not has_one_row:
        yield Step(_in_short(row), reverse(f"{name}_change", args=[quote(row.pk)]))


def _is_of_pages(context: Mapping[str, Any], row: Model | None) -> bool:
    if isinstance(row, Post):
        return row.kind == Post.Kind.PAGE
    request = context.get("request")
    return bool(request and Post.Kind.PAGE in (request.GET.get("kind"), request.GET.get("kind__exact")))


def _list_name(opts: Options) -> str:
    return capfirst(str(opts.verbose_name_plural))


def _own_name(context: Mapping[str, Any], row: Model | None) -> str:
    """Return the name of the page itself, without that of its object, which stands before it."""
    name = str(context.get(HERE) or context.get("title") or "")
    return name.removesuffix(f": {row}") if row is not None else name


def _in_short(row: Model) -> str:
    return Truncator(str(row)).chars(NAME_LENGTH)
