"""Previews in the templates of readers: of unpublished posts and changes, for editors and for anybody with a preview link, as the page,
on a phone, as a search result, as a shared link and in a feed; and of settings of the site that are not saved.

Part of the admin role.
"""

from __future__ import annotations

import textwrap
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.posts.models import Post, PreviewLink
from apps.site import languages, previews, theme
from apps.site import models as site
from blog_project import addresses

from . import meta, share_images
from .responses import allow_frames
from .templatetags.pages import site_values
from .views import home_page, post_context

PHONE, SEARCH, CARD, FEED = "phone", "search", "card", "feed"
"""The kinds of previews besides the page itself: `?as=`."""
DRAWN = "image"
"""The image that is drawn for links to a post without a picture (`share_images`)."""
FRAMED = "page"
"""The page without the note and the switch, for the frame of the phone; only this site may frame it."""
TITLE_SHOWN, DESCRIPTION_SHOWN = 60, 155
"""About how many characters of a title and a description search engines show."""


@never_cache
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show post `pk` as readers will see it, with the changes that wait; 404 if the user may not change it. Redirects to the login page."""
    if not (request.user.is_active and request.user.is_staff):
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    editable = Post.objects.editable_by(request.user).filter(pk=pk).values("pk")
    return _render_preview(request, get_object_or_404(Post.objects.for_reading(), pk__in=editable))


@never_cache
@require_safe
def shared_preview(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the post of a preview link as it was last saved. The secret in the address is the only credential.

    404 for a link that is unknown, revoked or expired, with the same response for all; 410 if the post is in the trash.
    """
    link = PreviewLink.objects.find_by_secret(secret)
    if link is None:
        raise Http404
    post = get_object_or_404(Post.objects.for_reading(), pk=link.post_id)
    if post.trashed_at:
        response = render(request, "frontend/410.html", status=410)
    else:
        response = _render_preview(request, post, shared_until=link.expires_at)
    # The address is secret, so it must not be sent as the referrer of a link.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_safe
def site_preview(request: HttpRequest) -> HttpResponse:
    """Show the front page, or with `show=post` the newest post, with the settings that the user tries out.

    It is for the frame of the settings page. 404 without the right to change settings.
    """
    _check_site_permission(request)
    request.site = previews.current(request)
    request.is_still = True  # The frame runs no scripts, and its links open outside it.
    if (scheme := request.GET.get("shown_scheme")) in (site.Site.Scheme.LIGHT, site.Site.Scheme.DARK):
        request.site = request.site._replace(scheme=scheme)
    newest = Post.objects.published().posts().newest_first().for_reading()
    post = newest.first() if request.GET.get("show") == "post" else None
    if post is None:
        with languages.activated(site=request.site):
            response = home_page(request)
    else:
        response = _render_preview(request, post)
    response["X-Robots-Tag"] = "noindex"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response._csp_replace = {"frame-ancestors": ["'self'"]}
    return response


@never_cache
@require_safe
def site_theme(request: HttpRequest) -> HttpResponse:
    """Return the stylesheet of the look that the user tries out. Of one with errors, browsers use what they can read."""
    _check_site_permission(request)
    css = theme.css(previews.current(request).accent, previews.stylesheet(request))
    return HttpResponse(css, content_type="text/css; charset=utf-8")


def _check_site_permission(request: HttpRequest) -> None:
    user = request.user
    if not (user.is_active and user.is_staff and user.has_perm("site.change_site")):
        raise Http404


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Return 404 for every other path under the prefix, for any method."""
    raise Http404


def _render_preview(request: HttpRequest, post: Post, **more: Any) -> HttpResponse:
    """Render a post as `?as=` says: one of `KINDS`, or as the page alone, for the frame of the phone."""
    request.site = getattr(request, "site", None) or site.current()
    kind = request.GET.get("as", "")
    if post.pending:
        post.pending.apply_to(post)
    if kind == DRAWN:
        return share_images.response(post, request.site)
    with languages.activated(post.language, request.site):
        about = meta.of_post(post, request.site)
        context = {"post": post, "about": about, "is_preview": True, "kinds": _switch(kind), **more}
        if kind in _OTHER_KINDS:
            response = render(request, "frontend/preview_as.html", context | _OTHER_KINDS[kind](request, post, about))
        else:
            context = post_context(post) | context | {"is_framed": kind == FRAMED}
            response = allow_frames(render(request, "frontend/post.html", context), post.body_html)
    if kind == FRAMED:
        response["X-Frame-Options"] = "SAMEORIGIN"
        response._csp_replace = {"frame-ancestors": "'self'"}
    elif kind == PHONE:
        response._csp_replace = {"frame-src": "'self'"}
    response["X-Robots-Tag"] = "noindex"
    return response


def _switch(chosen: str) -> list[tuple[str, str, bool]]:
    """Return the names and addresses of all kinds of previews, and which one is shown."""
    names = {
        "": _("Page"),
        PHONE: _("Phone"),
        SEARCH: _("Search result"),
        CARD: _("Shared link"),
        FEED: _("Feed"),
    }
    shown = chosen if chosen in names else ""
    return [(name, f"?as={kind}" if kind else "?", kind == shown) for kind, name in names.items()]


def _on_a_phone(request: HttpRequest, post: Post, about: meta.PageMeta) -> dict[str, Any]:
    return {"kind": PHONE, "frame": f"?as={FRAMED}"}


def _as_search_result(request: HttpRequest, post: Post, about: meta.PageMeta) -> dict[str, Any]:
    head, address = _public_head(request, post, about)
    return {
        "kind": SEARCH,
        "title": _cut(head.title, TITLE_SHOWN),
        "is_title_cut": len(head.title) > TITLE_SHOWN,
        "text": _cut(head.description, DESCRIPTION_SHOWN),
        "is_text_cut": len(head.description) > DESCRIPTION_SHOWN,
        "steps": [address.netloc, *address.path.strip("/").split("/")],
        "shown": {"title": TITLE_SHOWN, "text": DESCRIPTION_SHOWN},
    }


def _as_shared_link(request: HttpRequest, post: Post, about: meta.PageMeta) -> dict[str, Any]:
    head, address = _public_head(request, post, about)
    properties = dict(head.properties)
    return {
        "kind": CARD,
        "is_drawn": not about.image,
        "image": properties["og:image"] if about.image else f"?as={DRAWN}",
        "title": properties["og:title"],
        "text": properties.get("og:description", ""),
        "host": address.netloc,
    }


def _as_feed_entry(request: HttpRequest, post: Post, about: meta.PageMeta) -> dict[str, Any]:
    return {"kind": FEED, "is_full": request.site.feed_text == site.Site.FeedText.FULL}


def _public_head(request: HttpRequest, post: Post, about: meta.PageMeta) -> tuple[meta.Head, SplitResult]:
    """Return the metadata that the page will have once it is public, and its address."""
    path = addresses.post(post.slug)
    head = meta.head({"about": about, "path": path}, site_values(request.site, get_language() or ""))
    return head, urlsplit(about.canonical or addresses.absolute(path))


def _cut(text: str, most: int) -> str:
    """Cut a text after a word, as search engines do."""
    return textwrap.shorten(text, most, placeholder=" …") if " " in text[:most] else Truncator(text).chars(most)


_OTHER_KINDS = {PHONE: _on_a_phone, SEARCH: _as_search_result, CARD: _as_shared_link, FEED: _as_feed_entry}
