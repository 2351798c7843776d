"""The check of the groups that must have a second factor."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError


@register(Tags.database)
def check_required_groups(app_configs=None, databases: Iterable[str] | None = None, **kwargs) -> list[CheckMessage]:
    """Report names in SECOND_FACTOR_GROUPS that are no groups: nobody would have to have a second factor by them."""
    if "default" not in (databases or ()) or not settings.SECOND_FACTOR_GROUPS:
        return []
    try:
        known = set(Group.objects.values_list("name", flat=True))
    except DatabaseError:
        return []  # There is no schema yet.
    return [
        Error(
            f"SECOND_FACTOR_GROUPS has {name!r}, which is no group.",
            hint=f"The groups are: {', '.join(sorted(known)) or 'none yet'}.",
            id="broadsheet.E030",
        )
        for name in settings.SECOND_FACTOR_GROUPS
        if name not in known
    ]
