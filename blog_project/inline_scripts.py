"""The one inline script of the readers' pages, and how the content security policy allows it: by its hash.

It runs before the first paint and sets the colours that the reader chose; from a file of its own it would come too
late, and the page would flash. The hash is made of the very text that the pages hold, so neither can change alone.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

SCHEME = (Path(__file__).resolve().parent.parent / "apps" / "frontend" / "scheme.js").read_text("utf-8").strip()
"""What stands between `<script>` and `</script>`."""


def csp_source(script: str) -> str:
    """Return the source expression that allows an inline script of exactly this text."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
