"""Second factors of users in tests, and the codes of their apps."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.accounts.second_factor import factors

LOGIN = "/admin/login/"
PAGE = "/admin/second-factor/"


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    """Return the code that an app shows now, or `steps` half minutes later. Each code is accepted once."""
    return f"{totp(device.bin_key, drift=steps):06}"


def wrong_code(device: TOTPDevice) -> str:
    """Return six digits that the app shows neither now nor about now."""
    shown = {code_of(device, steps) for steps in range(-2, 3)}
    return next(code for code in map("{:06}".format, range(10)) if code not in shown)


def with_app(user: User) -> TOTPDevice:
    """Give a user an authenticator app."""
    return TOTPDevice.objects.create(user=user, name="My phone")


def with_codes(user: User) -> list[str]:
    """Give a user recovery codes."""
    return factors.new_recovery_codes(user)


def first_step(client: Client, user: User, **fields):
    """Send the right password."""
    return client.post(LOGIN, {"username": user.username, "password": "a-long-password", "next": "/admin/", **fields})


def second_step(client: Client, code: str, **fields):
    """Send the code of the second step."""
    return client.post(LOGIN, {"factor_code": code, "next": "/admin/", **fields})


def is_logged_in(client: Client) -> bool:
    """Return whether the start page of the admin is shown."""
    return client.get("/admin/").status_code == 200
