"""axe (https://github.com/dequelabs/axe-core) on the pages of browser tests: in every width and scheme, loaded as seldom as
possible, and with its half megabyte put into each page once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from axe_playwright_python.base import AXE_SCRIPT

SCHEMES = ("light", "dark")
# The target size is a rule that axe leaves out unless it is asked for. What no rule needs here, it does not prepare: the
# texts of style sheets, which it would put into styles of its own that the policy refuses. And it does not wait for an
# answer of frames in which it is not: that of the preview runs no scripts.
OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},
    "preload": {"assets": ["media"]},
    "iframes": False,
}
OF_COLOURS = ["color-contrast", "link-in-text-block"]
RUN = "([within, options]) => axe.run(within ?? document, options).then((results) => results.violations)"
# A change of the scheme begins transitions of colours; half-way nothing has the contrast that is asked for.
END_TRANSITIONS = "document.getAnimations().forEach((animation) => animation.finish())"


def violations(page, within: str | None = None, scheme: str = "") -> list[tuple[str, list[str]]]:
    """Return which rules the page breaks as it is now (or what is `within` a selector), each with the places.

    In the second scheme of a page that was looked at in the first one, the rules of colours are enough: nothing else
    is different there.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(END_TRANSITIONS)
    options = OPTIONS if scheme in ("", SCHEMES[0]) else OPTIONS | {"rules": {}, "runOnly": OF_COLOURS}
    found = page.evaluate(RUN, [within, options])
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def in_each_scheme(page) -> Iterator[str]:
    """Show a loaded page in light and in dark."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", scheme)
        yield scheme


def in_each_view(page, open_page: Callable[[], object], widths: tuple[int, ...]) -> Iterator[tuple[int, str]]:
    """Open a page, and show it in each width and scheme; it is opened once, or for each width where it has pickers.

    Those take a width when the page is loaded and keep it. Nothing else is laid out by scripts.
    """
    for width in widths:
        resize(page, width)
        if width == widths[0] or page.locator(".select2-container").count():
            open_page()
        for scheme in in_each_scheme(page):
            yield width, scheme


def resize(page, width: int) -> None:
    """Make a page as wide as this, and as high as most windows."""
    page.set_viewport_size({"width": width, "height": 900})
