"""Validators of fields that several resources share."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.utils.translation import gettext_lazy as _

YEARS = range(1000, 9999)
"""The years of dates that every database can store and that can be shown in every time zone."""


def validate_year(moment: datetime) -> None:
    """Raise ValidationError for a date and time whose year is not in YEARS."""
    if moment.year not in YEARS:
        limits = {"first": YEARS[0], "last": YEARS[-1]}
        raise ValidationError(_("The year must be from %(first)s to %(last)s."), code="invalid", params=limits)


slug_validator = RegexValidator(
    r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z", _("A slug is made of a-z, 0-9 and single hyphens between them.")
)
web_address_validator = URLValidator(schemes=["http", "https"])
language_validator = RegexValidator(
    r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z", _("A language is a tag such as en, de or zh-Hant (BCP 47).")
)
