"""The endpoints of the editor's scripts for what is inserted into a text: what was pasted, links and pictures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core import heavy_work
from apps.editor import link_targets as targets
from apps.posts import rendering
from apps.posts.conversion import clipboard
from apps.posts.models import BODY_LIMIT

from .access import check_permission
from .drafts import Refused, json_view

MAX_HTML = 3 * BODY_LIMIT
"""Characters of HTML that are converted: programs write several of them for each of the text."""

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
