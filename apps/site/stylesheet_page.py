"""The page on which administrators write the site's own stylesheet, try it, use it, and take it away again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.core import text_diffs
from blog_project import addresses

from . import previews, services, stylesheets

if TYPE_CHECKING:
    from .admin import SiteAdmin

PERMISSION = "site.change_stylesheet"


def respond(site_admin: SiteAdmin, request: HttpRequest) -> HttpResponse:
    """Show, try, save or remove the site's own stylesheet. Raises PermissionDenied."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if request.method != "POST":
        previews.forget(request)
        return _page(site_admin, request, services.stored_stylesheet())
    css = request.POST.get("css", "").replace("\r\n", "\n")
    if "_preview" in request.POST:
        previews.keep_stylesheet(request, css)
        return HttpResponseRedirect(previews.address(request.POST))
    return _save(site_admin, request, "" if "_remove" in request.POST else css)


def _save(site_admin: SiteAdmin, request: HttpRequest, css: str) -> HttpResponse:
    site = services.stored_site()
    before = site.stylesheet_digest
    if request.POST.get("digest", "") != before:
        return _conflict(site_admin, request)
    try:
        services.set_stylesheet(site, css, by=request.user, expected_version=site.version)
    except ValidationError as error:
        return _page(site_admin, request, css, errors=error.messages)
    except services.StaleVersion:
        return _conflict(site_admin, request)
    if site.stylesheet_digest != before:
        done = (
            _("The stylesheet is used now.") if css.strip() else _("The stylesheet is gone: pages have our look again.")
        )
        site_admin.log_change(request, site, done)
        messages.success(request, done)
    return HttpResponseRedirect(request.path)


def _conflict(site_admin: SiteAdmin, request: HttpRequest) -> HttpResponse:
    """Show the typed stylesheet beside the one that somebody has saved meanwhile; saving again replaces that one."""
    typed, stored = request.POST.get("css", ""), services.stored_stylesheet()
    errors = [_("Somebody saved another stylesheet meanwhile. Yours is below; nothing of it was saved yet.")]
    differences = [text_diffs.difference(_("Stylesheet"), stored, typed.replace("\r\n", "\n"))]
    return _page(site_admin, request, typed, status=409, errors=errors, differences=differences)


def _page(site_admin: SiteAdmin, request: HttpRequest, css: str, *, status: int = 200, **more: Any) -> HttpResponse:
    site = services.stored_site()
    context = {
        **site_admin.admin_site.each_context(request),
        "title": _("Stylesheet"),
        "opts": site_admin.opts,
        "media": site_admin.media,
        "css": css,
        "digest": site.stylesheet_digest,
        "limit": stylesheets.BYTES_LIMIT // 1024,
        "preview_url": addresses.SITE_PREVIEW,
        **more,
    }
    response = TemplateResponse(request, "admin/site/site/stylesheet.html", context, status=status)
    # The frame of the preview, and no other.
    response._csp_update = {"frame-src": ["'self'"]}
    return response
