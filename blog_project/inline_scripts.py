"""The only inline script of the readers' pages, and its hash for the content security policy.

The script runs before the first paint and sets the colour scheme that the reader chose. A separate file would load too
late, and the page would flash. The hash is computed from the text in the pages, so the two always match.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

SCHEME = (Path(__file__).resolve().parent.parent / "apps" / "frontend" / "scheme.js").read_text("utf-8").strip()
"""The content of the `<script>` element."""


def csp_source(script: str) -> str:
    """Return the CSP source expression that allows an inline script with exactly this text."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
