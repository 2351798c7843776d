"""The stylesheet that pages load after ours: the accent colour and the site's own rules, in one file.

Its address has a digest of what is in it, so that browsers keep it for good and a change is seen with the next page.
A site with neither has no such file.
"""

from __future__ import annotations

from hashlib import sha256

from blog_project import addresses

from . import colours


def digest(accent: str, stylesheet_digest: str) -> str:
    """Return the digest in the address of a theme, or an empty string for a site that has none."""
    contents = f"{_accent_rule(accent)}{stylesheet_digest}"
    return sha256(contents.encode()).hexdigest()[:20] if contents else ""


def address(accent: str, stylesheet_digest: str) -> str:
    """Return the path of a theme, or an empty string for a site that has none."""
    found = digest(accent, stylesheet_digest)
    return addresses.theme(found) if found else ""


def css(accent: str, stylesheet: str) -> str:
    """Return the theme of a site with an accent colour and a stylesheet of its own, each of which may be empty."""
    return "\n".join(filter(None, [_accent_rule(accent), stylesheet])) + "\n"


def _accent_rule(chosen: str) -> str:
    if not chosen:
        return ""
    light, dark = colours.accent(chosen)
    return f":root {{ --accent: light-dark({light}, {dark}); }}"
