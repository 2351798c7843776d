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


def admin_urls(mounted_roles: Iterable[roles.Role]) -> list[URLPattern | URLResolver]:
    """Return the routes of `/admin/`; they are the same whatever else a process does."""
    return [*_password_reset(), path("admin/", admin.site.urls)]


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
