"""The endpoints of the editor's scripts for what is inserted into a text: what was pasted, links and pictures."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core import heavy_work
from apps.core.admin.forms import is_key
from apps.core.text import normalized
from apps.editor import link_targets as targets
from apps.markdown import rendering
from apps.markdown.conversion import clipboard
from apps.media import services as media
from apps.media.models import Image
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
    return {
        "pictures": [_picture(image, request.user) for image in shown],
        "after": shown[-1].pk if len(found) > PICTURES else None,
    }


def _named(query: str) -> QuerySet:
    """Return all images, or those with the query in their names, which are read from their index."""
    words = normalized(query.strip())
    if not words:
        return Image.objects.all()
    keys = Image.objects.filter(name__icontains=words).order_by("name", "pk").values_list("pk", flat=True)
    return Image.objects.filter(pk__in=list(keys[:MAX_NAMED]))


@json_view
def describe_picture(request: HttpRequest) -> dict[str, Any]:
    """Save the submitted focal point of an image, and a credit if it has none; return what is stored now."""
    key = request.POST.get("id", "")
    image = Image.objects.filter(pk=key).first() if is_key(key) else None
    if image is None:
        raise Refused(_("This picture is not there any more."), 404)
    if not image.is_editable_by(request.user):
        raise Refused(_("You can change only pictures that you have uploaded. An editor can change this one."), 403)
    try:
        values = {name: float(request.POST[name]) for name in ("focal_x", "focal_y") if name in request.POST}
        if not image.credit and (credit := request.POST.get("credit", "")):
            values["credit"] = credit
        media.update_image(image, by=request.user, expected_version=image.version, **values)
    except ValueError:
        raise Refused(_("A focal point is two numbers from 0 to 1.")) from None
    except ValidationError as error:
        raise Refused(" ".join(error.messages), 422) from None
    except media.StaleVersion:
        raise Refused(_("Somebody has just changed this picture. Try again."), 409) from None
    return _picture(image, request.user)


def _picture(image: Image, user) -> dict[str, Any]:
    names = ("id", "name", "alt", "credit", "thumbnail", "focal_x", "focal_y")
    fields = {name: getattr(image, name) for name in names}
    return fields | {"url": image.address, "is_editable": image.is_editable_by(user)}
