"""Relative addresses in a text's HTML, made absolute: a feed is read where its own address is not known."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

from django.utils.html import escape

_ADDRESSES = frozenset(["href", "src", "poster", "cite"])


def absolute_html(html: str, base: str) -> str:
    """Return `html` with every address made absolute against `base`, the full address of the page that it is on.

    `html` is a text as it is stored: sanitised and balanced. All of it but the addresses stays as it is.
    """
    rewriting = _Rewriting(base)
    rewriting.feed(html)
    rewriting.close()
    return "".join(rewriting.out)


def absolute_address(address: str, base: str) -> str:
    """Return an address made absolute against `base`; as it is where it cannot be read."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


class _Rewriting(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=False)
        self.base, self.out = base, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if any(name in _ADDRESSES or name == "srcset" for name, _value in attrs):
            made = (f' {name}="{escape(self._absolute(name, value or ""))}"' for name, value in attrs)
            self.out.append(f"<{tag}{''.join(made)}>")
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
        if name in _ADDRESSES:
            return absolute_address(value, self.base)
        if name != "srcset":
            return value
        # Each candidate is an address and, after a space, a width or a density.
        candidates = (candidate.strip().partition(" ") for candidate in value.split(", "))
        return ", ".join(f"{absolute_address(address, self.base)} {size}".strip() for address, _s, size in candidates)
