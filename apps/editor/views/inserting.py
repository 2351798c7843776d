"""The endpoints of the editor's scripts for what is inserted into a text: what was pasted, links and pictures."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core import heavy_work
from apps.core.admin.forms import is_key
from apps.core.text import normalized
from apps.editor import link_targets as targets
from apps.media.models import Image
from apps.posts import rendering
from apps.posts.conversion import clipboard
from apps.posts.models import BODY_LIMIT

from .access import check_permission
from .drafts import Refused, json_view

MAX_HTML = 3 * BODY_LIMIT
"""Characters of HTML that are converted: programs write several of them for each of the text."""

PICTURES = 24
"""Pictures of the library that are shown at once."""
MAX_NAMED = 500
"""Pictures that a search by name finds, at most."""
MAX_QUERY = 200
"""Characters of the words by which something is looked for."""


@json_view
def paste(request: HttpRequest) -> dict[str, Any]:
    """Return the Markdown of the submitted HTML of the clipboard, and notes about what did not come along."""
    check_permission(request, ("change", "add"))
    html = request.POST.get("html", "")
    if len(html) > MAX_HTML:
        raise Refused(_("This is too long to paste at once. Paste it in parts."), 413)
    try:
        with heavy_work.take_for_text(request.user.pk, html):
            return clipboard.to_markdown(html)._asdict()
    except rendering.TooComplex as error:
        raise Refused(str(error), 422) from None
    except RecursionError:
        raise Refused(_("The HTML is nested too deeply; take it apart."), 422) from None


@json_view
def link_targets(request: HttpRequest) -> dict[str, Any]:
    """Return the pages of the site that a text can link to, found by the submitted words."""
    check_permission(request, ("change", "add"))
    found = targets.find(request.POST.get("q", "")[:MAX_QUERY], request.user)
    return {"targets": [target._asdict() for target in found]}


@json_view
def pictures(request: HttpRequest) -> dict[str, Any]:
    """Return images of the library, the newest first: those whose names contain `q`, and that follow the id `after`."""
    check_permission(request, ("change", "add"))
    if not admin.site.get_model_admin(Image).has_view_permission(request):
        raise PermissionDenied
    rows = _named(request.POST.get("q", "")[:MAX_QUERY])
    if is_key(after := request.POST.get("after", "")):
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PICTURES + 1])
    shown = found[:PICTURES]
    return {"pictures": [_picture(image) for image in shown], "after": shown[-1].pk if len(found) > PICTURES else None}


def _named(query: str) -> QuerySet:
    """Return all images, or those with the query in their names, which are read from their index."""
    words = normalized(query.strip())
    if not words:
        return Image.objects.all()
    keys = Image.objects.filter(name__icontains=words).order_by("name", "pk").values_list("pk", flat=True)
    return Image.objects.filter(pk__in=list(keys[:MAX_NAMED]))


def _picture(image: Image) -> dict[str, Any]:
    fields = {name: getattr(image, name) for name in ("id", "name", "alt", "credit", "thumbnail")}
    return fields | {"url": image.address}
