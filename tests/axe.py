"""Accessibility checks with axe (https://github.com/dequelabs/axe-core) in browser tests, in several widths and schemes.

Pages are loaded as rarely as possible, and the half megabyte of axe is injected into each page once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from axe_playwright_python.base import AXE_SCRIPT

SCHEMES = ("light", "dark")
# The target-size rule is off by default. Style sheets are not preloaded: no rule needs them, and axe would add inline
# styles, which the CSP blocks. Frames are skipped: the frame of the preview runs no scripts, so axe would wait for it.
OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},
    "preload": {"assets": ["media"]},
    "iframes": False,
}
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
RUN = "([within, options]) => axe.run(within ?? document, options).then((results) => results.violations)"
# Changing the scheme starts colour transitions, during which the contrast is too low.
END_TRANSITIONS = "document.getAnimations().forEach((animation) => animation.finish())"


def violations(page, within: str | None = None, scheme: str = "") -> list[tuple[str, list[str]]]:
    """Return the violated rules of the page, or of the element `within`, each with the HTML of the elements.

    In the second of `SCHEMES` only the colour rules are checked, because nothing else differs from the first.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(END_TRANSITIONS)
    options = OPTIONS if scheme in ("", SCHEMES[0]) else OPTIONS | {"rules": {}, "runOnly": COLOUR_RULES}
    found = page.evaluate(RUN, [within, options])
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def in_each_scheme(page) -> Iterator[str]:
    """Yield each of `SCHEMES` while a loaded page is shown in it."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", scheme)
        yield scheme


def in_each_view(page, open_page: Callable[[], object], widths: tuple[int, ...]) -> Iterator[tuple[int, str]]:
    """Yield each width and scheme while a page is shown in them.

    The page is opened once, or once per width if it has Select2 widgets, which compute their width when it is loaded.
    """
    for width in widths:
        resize(page, width)
        if width == widths[0] or page.locator(".select2-container").count():
            open_page()
        for scheme in in_each_scheme(page):
            yield width, scheme


def resize(page, width: int) -> None:
    """Set the viewport of a page to this width and a common height."""
    page.set_viewport_size({"width": width, "height": 900})
