"""The `Prefer` header (RFC 7240): whether the response to a write contains the resource."""

from __future__ import annotations

from rest_framework.request import Request

MINIMAL, REPRESENTATION = "minimal", "representation"


def return_preference(request: Request) -> str:
    """Return the value of `Prefer: return=…`: `MINIMAL` or `REPRESENTATION`, or "" for neither.

    The first of several values counts. As the RFC requires, unknown preferences are ignored.
    """
    for preference in request.headers.get("Prefer", "").split(","):
        name, _equals, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            value = value.strip().strip('"').lower()
            return value if value in (MINIMAL, REPRESENTATION) else ""
    return ""
