"""The form of the pages, the one client of the API that gets no JSON: what it sends, and the pages it is answered with.

It works without JavaScript from pages that are the same for everybody, so nothing in it is personal, and no cookie says
whose it is. That it came from a page of this site, browsers say themselves.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, PermissionDenied
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.posts.models import Post
from apps.site.models import cached_settings
from blog_project import addresses

from .models import BODY_LIMIT, Comment

MEDIA_TYPE = "application/x-www-form-urlencoded"
TRAP = "topic"
"""A field that people do not see, and programs fill in."""
FIELDS = ("post", "parent", "name", "email", "website", "body", "notify")

_STYLE = (Path(__file__).parent / "templates" / "comments" / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


class FormParser(BaseParser):
    """Reads a form into a dictionary of texts."""

    media_type = MEDIA_TYPE

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: dict | None = None) -> dict:
        """Return its fields, of each the last value. Raises ParseError."""
        try:
            fields = QueryDict(stream.read(), encoding="utf-8").dict()
        except UnicodeDecodeError:
            raise ParseError(_("The form is not UTF-8.")) from None
        except TooManyFieldsSent:
            raise ParseError(_("This request makes no sense here.")) from None
        return {name: value.replace("\r\n", "\n") for name, value in fields.items()}


def is_form(request: Request) -> bool:
    """Tell whether a request was sent by a form of a page."""
    return request.method == "POST" and request.content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def check_origin(request: Request) -> None:
    """Refuse a form of another site, which a visitor did not fill in. Raises PermissionDenied.

    A program that sends neither header has no visitor to betray, but can send JSON.
    """
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if site:
        is_own = site == "same-origin"
    else:
        is_own = bool(origin) and urlsplit(origin).netloc in (urlsplit(settings.SITE_URL).netloc, request.get_host())
    if not is_own:
        raise PermissionDenied(_("This form was not sent from a page of this site."))


def thanks(comment: Comment) -> HttpResponse:
    """Lead back to the post: to the comment, or to the word that it waits."""
    place = f"comment-{comment.pk}" if comment.is_approved else "comment-pending"
    path = addresses.post(comment.post.slug)
    return HttpResponse(status=303, headers={"Location": f"{path}#{place}", "Cache-Control": "no-store"})


def ask(request: Request) -> HttpResponse:
    """Ask for what the short form below a comment leaves out: who writes."""
    return _page(request, 200, _("Who writes?"), _("One more step: sign your answer."), {})


def problem(request: Request, response: HttpResponse) -> HttpResponse:
    """Return a problem document as a page, with all that was typed in a form to send again."""
    document = json.loads(response.content)
    errors = {error.get("pointer", "").lstrip("/"): error["detail"] for error in document.get("errors", ())}
    detail = _("It was not sent yet. Your text is here.") if errors else document["detail"]
    page = _page(request, response.status_code, _("Your comment"), detail, errors)
    if "Retry-After" in response:
        page["Retry-After"] = response["Retry-After"]
    return page


def page(template: str, status: int, context: dict[str, Any]) -> HttpResponse:
    """Return a page of this app's own: no process of the API has the pages' templates or serves a stylesheet."""
    shared = {
        "site": cached_settings().name,
        "home": addresses.HOME,
        "style": _STYLE,
        "language": get_language(),
        "is_rtl": get_language_bidi(),
    }
    response = HttpResponse(render_to_string(template, shared | context), status=status)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response._csp_update = {"style-src": [f"'sha256-{_STYLE_HASH}'"]}
    return response


def _page(request: Request, status: int, title: str, detail: str, errors: dict[str, str]) -> HttpResponse:
    # What another site made a browser send must not stand there as if the visitor had typed it.
    typed = {} if status == 403 else _typed(request)
    context = {
        "title": title,
        "detail": detail,
        "errors": errors,
        "typed": {name: typed.get(name, "") for name in FIELDS},
        "other_errors": [error for name, error in errors.items() if name not in FIELDS[2:]],
        "can_send": status in (200, 400, 429, 503),
        "trap": TRAP,
        "action": addresses.api("comments"),
        "limit": BODY_LIMIT,
        "back": _back(typed),
    }
    return page("comments/form.html", status, context)


def _typed(request: Request) -> dict[str, str]:
    try:
        return request.data
    except APIException:
        return {}


def _back(typed: dict[str, str]) -> str:
    """Return the path of the post that the form is about, or of the front page."""
    key, field = (typed.get("parent"), "comments") if typed.get("parent") else (typed.get("post"), "pk")
    if not key or not (key.isascii() and key.isdigit()) or len(key) > 18:
        return addresses.HOME
    try:
        found = Post.objects.published().filter(**{field: key}).only("slug").first()
    except Exception:
        # The page is shown also where the database is away: then above all, for the sake of the text.
        return addresses.HOME
    return addresses.post(found.slug) if found else addresses.HOME
