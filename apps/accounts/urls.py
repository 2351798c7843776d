"""The routes of the second factor, in the admin."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from blog_project import addresses

from .second_factor import pages, passkeys


def second_factor_routes() -> list[URLPattern]:
    """Return the routes of the user's own factors, and of passkeys at the login."""
    prefix = addresses.SECOND_FACTOR.lstrip("/")
    return [
        path(prefix, pages.overview, name="second_factor"),
        path(f"{prefix}app/", pages.app, name="second_factor_app"),
        path(f"{prefix}codes/", pages.codes, name="second_factor_codes"),
        path(f"{prefix}change/", pages.change, name="second_factor_change"),
        path(f"{prefix}passkeys/begin/", require_POST(passkeys.BeginAdding.as_view()), name="passkey_begin"),
        path(f"{prefix}passkeys/complete/", require_POST(passkeys.CompleteAdding.as_view()), name="passkey_complete"),
        path(f"{prefix}login/begin/", require_POST(passkeys.BeginLogin.as_view()), name="passkey_login_begin"),
        path(f"{prefix}login/complete/", require_POST(passkeys.CompleteLogin.as_view()), name="passkey_login_complete"),
    ]
