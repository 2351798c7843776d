"""What every reader's page has in common: safe methods only, validators, and no cookies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.site import languages
from apps.site import models as site

CACHE_CONTROL = "public, max-age=0, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"
"""Browsers ask each time (and get 304); shared caches may keep a page for half a minute, or while we are down.

Redirects and 410 carry it too: by themselves browsers keep a 301 for good, and two opposite ones make a loop.
"""


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a page: 405 for other methods than GET and HEAD, an ETag of its content, 304, Cache-Control."""

    @csrf_exempt  # Nothing here can be posted to; without this a POST is a 403 where the admin is, and a 405 elsewhere.
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.site = site.current()
        with languages.speaking(site=request.site):
            response = view(request, *args, **kwargs)
        response.setdefault("Cache-Control", CACHE_CONTROL)
        if response.status_code != 200:
            return response
        set_response_etag(response)
        modified = parse_http_date_safe(response.get("Last-Modified", ""))
        return get_conditional_response(request, response["ETag"], modified, response)

    return answer


def modified_at(response: HttpResponse, moment: datetime) -> HttpResponse:
    """Say in `response` when its content last changed."""
    response["Last-Modified"] = http_date(moment.timestamp())
    return response
