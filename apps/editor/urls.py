"""The routes of the admin: the editor's desk and lost passwords."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import lazy

from apps.site.models import current
from blog_project import roles

from .views import broken_links, checklist, drafts, previews, undo


def admin_urls(mounted_roles: Iterable[roles.Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of `/admin/`; they are the same whatever else a process does."""
    return [*_password_reset(), *_about_posts(), path("admin/", admin.site.urls)]


def _about_posts() -> list[URLPattern]:
    """The editor's pages beside the stock ones of posts."""
    posts = "admin/posts/post/"
    return [
        path(f"{posts}links/", broken_links.broken_links, name="broken_links"),
        path(f"{posts}untrash/", undo.untrash, name="untrash_posts"),
        path(f"{posts}checklist/", checklist.check_text, name="check_text"),
        path(f"{posts}autosave/", drafts.autosave, name="autosave"),
        path(f"{posts}difference/", drafts.difference, name="draft_difference"),
        path(f"{posts}render/", drafts.render_text, name="render_text"),
        path(f"{posts}session/", drafts.session, name="editor_session"),
        path(f"{posts}<path:object_id>/previews/", previews.previews, name="preview_links"),
    ]


def _password_reset() -> list[URLPattern]:
    """The four steps of Django's reset by e-mail, by the names that the login page and the mail look for."""
    site = urlsplit(settings.SITE_URL)
    name = lazy(lambda: current().name, str)()
    context = {"site_header": name, "site_title": name, "site_url": "/"}
    # The link leads to the configured host, whatever the request's Host header said.
    mail = {"domain": site.netloc, "protocol": site.scheme, "site_name": name}
    steps = [
        ("password_reset/", views.PasswordResetView, "admin_password_reset", {"extra_email_context": mail}),
        ("password_reset/done/", views.PasswordResetDoneView, "password_reset_done", {}),
        ("reset/<uidb64>/<token>/", views.PasswordResetConfirmView, "password_reset_confirm", {}),
        ("reset/done/", views.PasswordResetCompleteView, "password_reset_complete", {}),
    ]
    return [
        path(f"admin/{route}", view.as_view(extra_context=context, **options), name=name)
        for route, view, name, options in steps
    ]
