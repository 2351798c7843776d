"""What a client would rather have (RFC 7240): of a write, the whole resource or only that it was made."""

from __future__ import annotations

from rest_framework.request import Request

MINIMAL, REPRESENTATION = "minimal", "representation"


def wanted(request: Request) -> str:
    """Return `MINIMAL` or `REPRESENTATION` as `Prefer: return=…` says; "" where it says neither.

    Of two the first one counts. Preferences that nobody here knows are no error, by the RFC.
    """
    for preference in request.headers.get("Prefer", "").split(","):
        name, _equals, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            value = value.strip().strip('"').lower()
            return value if value in (MINIMAL, REPRESENTATION) else ""
    return ""
