"""The factors of a user: which there are, who needs one, verifying codes, adding and removing."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import devices_for_user, verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from .. import events

NUMBER_OF_CODES = 10
"""Recovery codes that are made at once."""
APP_CODE = re.compile("[0-9]{6}")
RECOVERY_CODE = re.compile("[a-z2-7]{8}")
WRONG = "wrong_code"
"""The code of a ValidationError for a wrong code."""
KINDS = {
    TOTPDevice: gettext_lazy("Authenticator app"),
    WebAuthnCredential: gettext_lazy("Passkey"),
    StaticDevice: gettext_lazy("Recovery codes"),
}
"""The kinds of factors. Recovery codes are none by themselves: they exist only beside one of the others."""
MAIN_KINDS = (TOTPDevice, WebAuthnCredential)


class Standing(NamedTuple):
    """What the rules say about a user."""

    has_factor: bool
    """Whether the login asks for a second factor."""
    is_required: bool
    """Whether the user must have one: a member of a group in `SECOND_FACTOR_GROUPS`, or a superuser if there is one."""

    @property
    def must_enrol(self) -> bool:
        """Whether the user has to set up a factor before anything else."""
        return self.is_required and not self.has_factor


class Factors(NamedTuple):
    """The factors of a user."""

    app: TOTPDevice | None
    passkeys: list[WebAuthnCredential]
    codes_left: int
    """Unused recovery codes."""


def standing(user: User) -> Standing:
    """Return whether a user has a factor and must have one, by one query."""
    has_factor = Q()
    for kind in MAIN_KINDS:
        has_factor |= Exists(kind.objects.filter(user=OuterRef("pk"), confirmed=True))
    required_groups = Group.objects.filter(user=OuterRef("pk"), name__in=settings.SECOND_FACTOR_GROUPS)
    row = User.objects.filter(pk=user.pk).values_list(has_factor, Exists(required_groups)).first()
    if row is None:
        return Standing(False, False)
    # A superuser has the rights of every group.
    return Standing(bool(row[0]), bool(row[1] or (user.is_superuser and settings.SECOND_FACTOR_GROUPS)))


def of(user: User) -> Factors:
    """Return the factors of a user."""
    return Factors(
        app=TOTPDevice.objects.devices_for_user(user, confirmed=True).first(),
        passkeys=list(WebAuthnCredential.objects.devices_for_user(user, confirmed=True).order_by("pk")),
        codes_left=StaticToken.objects.filter(device__user=user).count(),
    )


def kind_of(device: Device) -> str:
    """Return the name of a factor's kind, translated."""
    return str(KINDS[type(device)])


def kinds_of(user: User) -> list[str]:
    """Return the names of the kinds of a user's factors, one for each factor."""
    return [kind_of(device) for device in devices_for_user(user)]


def verify_code(user: User, code: str) -> Device:
    """Return the factor that a code belongs to: the authenticator app, or the recovery codes, of which it is used up.

    Spaces, hyphens and case are ignored. Raises ValidationError for a wrong code, and for any code during the pause
    after wrong ones, which django-otp doubles with each (1, 2, 4 … seconds).
    """
    code = re.sub(r"[\s-]", "", code).lower()
    device = _device_for(user, code)
    if device is None:
        raise ValidationError(_wrong_code(), code=WRONG)
    is_allowed, why = device.verify_is_allowed()
    if not is_allowed:
        until = date_format(timezone.localtime(why["locked_until"]), "H:i:s")
        raise ValidationError(_("Too many wrong codes. Try again at %s.") % until, code="paused")
    if verify_token(user, device.persistent_id, code) is None:
        raise ValidationError(_wrong_code(), code=WRONG)
    return device


def _device_for(user: User, code: str) -> Device | None:
    # By its format, because a wrong code is counted against the factor that it is tried with.
    if APP_CODE.fullmatch(code):
        return TOTPDevice.objects.devices_for_user(user, confirmed=True).first()
    if RECOVERY_CODE.fullmatch(code):
        return StaticDevice.objects.devices_for_user(user, confirmed=True).first()
    return None


def _wrong_code() -> str:
    return _("This code is not right. Type the six digits that your app shows now, or an unused recovery code.")


def begin_app(user: User) -> TOTPDevice:
    """Return a new authenticator app that is not used until `confirm_app`. It replaces an earlier unconfirmed one."""
    with transaction.atomic():
        TOTPDevice.objects.devices_for_user(user, confirmed=False).delete()
        return TOTPDevice.objects.create(user=user, name=kind_name(TOTPDevice), confirmed=False)


def confirm_app(user: User, code: str) -> TOTPDevice | None:
    """Make the new app the user's app if it shows `code`, and delete the previous one. Return None for a wrong code."""
    code = re.sub(r"[\s-]", "", code)
    with transaction.atomic():
        new = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if new is None or not APP_CODE.fullmatch(code) or not new.verify_token(code):
            return None
        TOTPDevice.objects.devices_for_user(user, confirmed=True).delete()
        new.confirmed = True
        new.save(update_fields=["confirmed"])
        events.happened(events.APP_ADDED, user)
        return new


def unconfirmed_app(user: User) -> TOTPDevice | None:
    """Return the app that the user is setting up."""
    return TOTPDevice.objects.devices_for_user(user, confirmed=False).first()


def kind_name(kind: type[Device]) -> str:
    """Return the name that a new factor has until its user gives it another."""
    return str(KINDS[kind])


def new_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes of a user; return the new ones, which nothing shows again."""
    with transaction.atomic():
        # The same device, because a session that began with one of its codes refers to it.
        device = StaticDevice.objects.filter(user=user).first()
        device = device or StaticDevice.objects.create(user=user, name=kind_name(StaticDevice))
        device.token_set.all().delete()
        codes = [StaticToken.random_token() for _number in range(NUMBER_OF_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
        events.happened(events.CODES_MADE, user)
    return codes


def find(user: User, persistent_id: str) -> Device | None:
    """Return one of the user's own factors by its id in forms, or None. Recovery codes are not found."""
    devices = (device for device in devices_for_user(user) if isinstance(device, MAIN_KINDS))
    return next((device for device in devices if device.persistent_id == persistent_id), None)


def rename(device: Device, name: str) -> None:
    """Give a factor another name."""
    with transaction.atomic():
        device.name = name
        device.save(update_fields=["name"])
        events.happened(events.FACTOR_RENAMED, device.user, name=name, kind=kind_of(device))


def remove(device: Device) -> str:
    """Delete a factor, and the recovery codes if it was the last; return what was done.

    Raises ValidationError for the last required factor.
    """
    with transaction.atomic():
        # Two removals at the same time would otherwise each leave the other's factor.
        user = User.objects.select_for_update().get(pk=device.user_id)
        others = [other for other in devices_for_user(user) if isinstance(other, MAIN_KINDS) and other != device]
        if not others and standing(user).is_required:
            raise ValidationError(_("Your account needs a second factor: set up another one before you remove this."))
        device.delete()
        if not others:
            StaticDevice.objects.filter(user=user).delete()
        return events.happened(events.FACTOR_REMOVED, user, name=device.name, kind=kind_of(device))


def reset(user: User) -> list[str]:
    """Delete all factors of a user, also unconfirmed ones; return the names of their kinds."""
    with transaction.atomic():
        devices = list(devices_for_user(user, confirmed=None))
        for device in devices:
            device.delete()
        kinds = [kind_of(device) for device in devices]
        if kinds:
            events.happened(events.FACTORS_RESET, user, kinds=", ".join(kinds))
    return kinds
