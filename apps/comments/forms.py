"""The comment form of the pages, the one client of the API that gets HTML: its parser, origin check and responses.

It works without JavaScript, on cached pages that are the same for everybody: it has neither a CSRF token nor a cookie.
The browser's Sec-Fetch-Site or Origin header proves that it was sent from a page of this site.
"""

from __future__ import annotations

import json
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, PermissionDenied
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.posts.models import Post
from blog_project import addresses

from .models import BODY_LIMIT, Comment
from .self_contained import render_page

MEDIA_TYPE = "application/x-www-form-urlencoded"
HONEYPOT = "topic"
"""The name of a field that is hidden from people, and that spam bots fill in."""
FIELDS = ("post", "parent", "name", "email", "website", "body", "notify")


class FormParser(BaseParser):
    """Parses a URL-encoded form into a dictionary of strings."""

    media_type = MEDIA_TYPE

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: dict | None = None) -> dict:
        """Return the last value of each field, with newlines as LF. Raises ParseError."""
        try:
            fields = QueryDict(stream.read(), encoding="utf-8").dict()
        except UnicodeDecodeError:
            raise ParseError(_("The form is not UTF-8.")) from None
        except TooManyFieldsSent:
            raise ParseError(_("The server cannot process this request.")) from None
        return {name: value.replace("\r\n", "\n") for name, value in fields.items()}


def is_form(request: Request) -> bool:
    """Return whether the request is a URL-encoded POST, as the form of a page sends it."""
    return request.method == "POST" and request.content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def check_origin(request: Request) -> None:
    """Refuse a form submission from another site (CSRF). Raises PermissionDenied.

    A request with neither header is refused too; programs can send JSON.
    """
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if site:
        is_own = site == "same-origin"
    else:
        is_own = bool(origin) and urlsplit(origin).netloc in (urlsplit(settings.SITE_URL).netloc, request.get_host())
    if not is_own:
        raise PermissionDenied(_("This form was not sent from a page of this site."))


def redirect_to_comment(comment: Comment) -> HttpResponse:
    """Redirect to the comment on the page of its post, or to the notice that it waits for approval."""
    place = f"comment-{comment.pk}" if comment.is_approved else "comment-pending"
    path = addresses.post(comment.post.slug)
    return HttpResponse(status=303, headers={"Location": f"{path}#{place}", "Cache-Control": "no-store"})


def ask_for_name(request: Request) -> HttpResponse:
    """Return the full form for a submission of the short answer form, which has no name field."""
    return _form_page(request, 200, _("Who writes?"), _("One more step: sign your answer."), {})


def problem_page(request: Request, response: HttpResponse) -> HttpResponse:
    """Return the page of a problem response, with the submitted fields in a form to send again."""
    document = json.loads(response.content)
    errors = {error.get("pointer", "").lstrip("/"): error["detail"] for error in document.get("errors", ())}
    detail = _("It was not sent yet. Your text is here.") if errors else document["detail"]
    page = _form_page(request, response.status_code, _("Your comment"), detail, errors)
    if "Retry-After" in response:
        page["Retry-After"] = response["Retry-After"]
    return page


def _form_page(request: Request, status: int, title: str, detail: str, errors: dict[str, str]) -> HttpResponse:
    # A forged submission must not be shown as if the visitor had typed it.
    submitted = {} if status == 403 else _submitted(request)
    context = {
        "title": title,
        "detail": detail,
        "errors": errors,
        "typed": {name: submitted.get(name, "") for name in FIELDS},
        "other_errors": [error for name, error in errors.items() if name not in FIELDS[2:]],
        "can_send": status in (200, 400, 429, 503),
        "trap": HONEYPOT,
        "action": addresses.api("comments"),
        "limit": BODY_LIMIT,
        "back": _post_path(submitted),
    }
    return render_page("comments/form.html", status, context)


def _submitted(request: Request) -> dict[str, str]:
    try:
        return request.data
    except APIException:
        return {}


def _post_path(submitted: dict[str, str]) -> str:
    """Return the path of the post that the form names, or of the front page."""
    key, field = (submitted.get("parent"), "comments") if submitted.get("parent") else (submitted.get("post"), "pk")
    if not key or not (key.isascii() and key.isdigit()) or len(key) > 18:
        return addresses.HOME
    try:
        found = Post.objects.published().filter(**{field: key}).only("slug").first()
    except Exception:
        # The page must be shown even while the database is down, so that the text is not lost.
        return addresses.HOME
    return addresses.post(found.slug) if found else addresses.HOME
