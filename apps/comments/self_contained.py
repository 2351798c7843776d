"""Pages of comments that need nothing else: processes of the API have no templates of the frontend and serve no stylesheet."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi

from apps.site.models import cached_settings
from blog_project import addresses

_STYLE = (Path(__file__).parent / "templates" / "comments" / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def render_page(template: str, status: int, context: dict[str, Any]) -> HttpResponse:
    """Return a page with its style in itself, which its policy allows. No cache keeps it."""
    shared = {
        "site": cached_settings().name,
        "home": addresses.HOME,
        "style": _STYLE,
        "language": get_language(),
        "is_rtl": get_language_bidi(),
    }
    response = HttpResponse(render_to_string(template, shared | context), status=status)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response._csp_update = {"style-src": [f"'sha256-{_STYLE_HASH}'"]}
    return response
