"""Makes relative URLs in HTML absolute, for feeds: feed readers do not know the address of the page."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

from django.utils.html import escape

_URL_ATTRIBUTES = frozenset(["href", "src", "poster", "cite"])


def absolute_html(html: str, base: str) -> str:
    """Return `html` with every URL resolved against `base`, the full address of its page.

    `html` must be sanitised and balanced, as stored texts are. Everything but the URLs stays unchanged.
    """
    rewriter = _Rewriter(base)
    rewriter.feed(html)
    rewriter.close()
    return "".join(rewriter.out)


def absolute_address(address: str, base: str) -> str:
    """Return `address` resolved against `base`, or unchanged if it is not a valid URL."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


class _Rewriter(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=False)
        self.base, self.out = base, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if any(name in _URL_ATTRIBUTES or name == "srcset" for name, _value in attrs):
            attributes = (f' {name}="{escape(self._absolute(name, value or ""))}"' for name, value in attrs)
            self.out.append(f"<{tag}{''.join(attributes)}>")
        else:
            self.out.append(self.get_starttag_text())

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def _absolute(self, name: str, value: str) -> str:
        if name in _URL_ATTRIBUTES:
            return absolute_address(value, self.base)
        if name != "srcset":
            return value
        # Each candidate is a URL and, after a space, a width or a density.
        candidates = (candidate.strip().partition(" ") for candidate in value.split(", "))
        return ", ".join(f"{absolute_address(address, self.base)} {size}".strip() for address, _s, size in candidates)
