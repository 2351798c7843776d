"""The decorator and responses that all readers' pages share: safe methods only, validators, and no cookies."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponsePermanentRedirect
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.csrf import csrf_exempt

from apps.markdown import embeds
from apps.site import languages
from apps.site import models as site

CACHE_CONTROL = "public, max-age=0, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400"
"""Browsers revalidate each time (and get 304); shared caches may use a page for 30 seconds, or for a day on errors.

Redirects and 410 have it too: by default browsers cache a 301 permanently, and two opposite ones make a loop.
"""


METHODS = ("GET", "HEAD", "OPTIONS")
"""The methods that pages allow."""


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a page: safe methods only, redirects to the canonical path, ETag with 304, and Cache-Control.

    Sets `request.site`, the site's settings, and activates the site's language.
    """

    @csrf_exempt  # Otherwise a POST would be a 403 in processes with the admin, and a 405 in all others.
    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(METHODS)})
        request.site = site.current()
        with languages.activated(site=request.site):
            response = view(request, *args, **kwargs)
        # Only a 200 is redirected to the canonical path, so that no client is redirected twice.
        if response.status_code == 200 and _sent_path(request) != request.path:
            response = permanent_redirect(request, request.path)
        response.setdefault("Cache-Control", CACHE_CONTROL)
        return _conditional(request, response) if response.status_code == 200 else response

    return wrapper


def permanent_redirect(
    request: HttpRequest, path: str, *, without: Collection[str] = ()
) -> HttpResponsePermanentRedirect:
    """Return a 301 to `path` with the query string of the request, but `without` these parameters."""
    query = request.META.get("QUERY_STRING", "")
    if without:
        given = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(name, value) for name, value in given if name not in without])
    if not query:
        return HttpResponsePermanentRedirect(path)
    # A cache may ignore parameters in its key: it must not send one reader's query string to another.
    return HttpResponsePermanentRedirect(f"{path}?{query}", headers={"Cache-Control": "no-store"})


def allow_frames(response: HttpResponse, html: str) -> HttpResponse:
    """Let a page show frames of the sites whose cards are in its text, and of no others; return the response."""
    if sources := embeds.frame_sources(html):
        response._csp_update = {"frame-src": sources}  # As django-csp's decorators do, which take fixed sources.
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    # There is no Last-Modified, because no date is that of the last change of a page: a withdrawn post leaves an older
    # one, and comments, menus, names of tags and neighbours change pages of posts that stay as they are.
    set_response_etag(response)
    # Weak, because proxies compress the page: the same content in other bytes (RFC 9110, 8.8.1).
    response["ETag"] = f"W/{response['ETag']}"
    return get_conditional_response(request, response["ETag"], response=response)


def _sent_path(request: HttpRequest) -> str:
    """Return the path as the client sent it: `/%61bout/`, where Django's is `/about/`."""
    return request.META.get("broadsheet.sent_path", request.path)
