"""What every reader's page has in common: safe methods only, validators, and no cookies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponsePermanentRedirect
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.csrf import csrf_exempt

from apps.site import languages
from apps.site import models as site

CACHE_CONTROL = "public, max-age=0, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"
"""Browsers ask each time (and get 304); shared caches may keep a page for half a minute, or while we are down.

Redirects and 410 carry it too: by themselves browsers keep a 301 for good, and two opposite ones make a loop.
"""


METHODS = ("GET", "HEAD", "OPTIONS")
"""What a page can be asked by."""


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a page: read only, at one spelling of its address, with an ETag of its content, 304, Cache-Control."""

    @csrf_exempt  # Nothing here can be posted to; without this a POST is a 403 where the admin is, and a 405 elsewhere.
    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(METHODS)})
        request.site = site.current()
        with languages.speaking(site=request.site):
            response = view(request, *args, **kwargs)
        # Only what is found is sent to its right spelling, so that nobody is redirected twice.
        if response.status_code == 200 and _sent_path(request) != request.path:
            response = moved(request, request.path)
        response.setdefault("Cache-Control", CACHE_CONTROL)
        return _conditional(request, response) if response.status_code == 200 else response

    return answer


def moved(request: HttpRequest, path: str) -> HttpResponsePermanentRedirect:
    """Answer that something is at `path` for good, with the query that it was asked with."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return HttpResponsePermanentRedirect(path)
    # Who knows which parameters a cache takes for the same: one reader's query is not to become the next one's.
    return HttpResponsePermanentRedirect(f"{path}?{query}", headers={"Cache-Control": "no-store"})


def modified_at(response: HttpResponse, moment: datetime) -> HttpResponse:
    """Say in `response` when its content last changed."""
    response["Last-Modified"] = http_date(moment.timestamp())
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    set_response_etag(response)
    # Weak, because caches in front compress the page: it says the same then, in other bytes (RFC 9110, 8.8.1).
    response["ETag"] = f"W/{response['ETag']}"
    modified = parse_http_date_safe(response.get("Last-Modified", ""))
    return get_conditional_response(request, response["ETag"], modified, response)


def _sent_path(request: HttpRequest) -> str:
    """Return the path as the client wrote it: `/%61bout/`, where Django's is `/about/`."""
    return request.META.get("broadsheet.sent_path", request.path)
