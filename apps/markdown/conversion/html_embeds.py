"""Replace what other sites put into a text (players, scripts, forms) by links; tell what is left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from bs4 import BeautifulSoup, Tag
from django.utils.translation import gettext as _

from . import web_addresses
from .embeds import page_of

Warn = Callable[[str], None]

_FRAMES = ["iframe", "embed", "object", "frame"]
_LEFT_OUT = ["canvas", "svg", "math", "form", "button", "select", "textarea", "applet", "marquee", "map", "portal"]
"""Elements that a text here cannot have; of most, the words stay."""


def replace(soup: BeautifulSoup, warn: Warn = lambda message: None) -> None:
    """Replace frames and scripts by links to what they show. `warn` is called with what is left out, once for each kind."""
    lost: Counter[str] = Counter()
    for element in soup("script"):
        lost[_replace_script(soup, element)] += 1
    for element in soup(_FRAMES):
        lost[_replace_frame(soup, element)] += 1
    for element in soup(_LEFT_OUT):
        if element.name not in ("button", "textarea") or element.find_parent("form") is None:
            lost[f"<{element.name}>"] += 1
    for name, count in sorted(lost.items()):
        if name:
            warn(_("%(count)s × %(name)s: does not come along") % {"count": count, "name": name})


def _replace_script(soup: BeautifulSoup, script: Tag) -> str:
    """Replace a script by a link, or remove it and return its name for the report."""
    address = str(script.get("src") or "").strip()
    page = page_of(address)
    if page != address and not page.partition("?")[0].endswith(".js"):
        script.replace_with(_link_paragraph(soup, page))
        return ""
    script.decompose()
    return f"<script src={address}>" if address else "<script>"


def _replace_frame(soup: BeautifulSoup, element: Tag) -> str:
    """Replace a frame by a link, or unwrap it and return its name for the report."""
    if element.decomposed:
        return ""
    address = str(element.get("src") or element.get("data") or "").strip()
    if not address and (parameter := element.find("param", attrs={"name": re.compile("^(movie|src)$", re.I)})):
        address = str(parameter.get("value") or "").strip()
    # Lazy loaders move the address away.
    address = address if address not in ("", "about:blank") else str(element.get("data-src") or "").strip()
    page = page_of(address)
    if page.startswith(("http://", "https://", "/")) and web_addresses.split(page).path:
        element.replace_with(_link_paragraph(soup, page))
        return ""
    name = f"<{element.name}>"
    element.unwrap()
    return name


def _link_paragraph(soup: BeautifulSoup, address: str) -> Tag:
    paragraph = soup.new_tag("p")
    paragraph.append(new_link(soup, address))
    return paragraph


def new_link(soup: BeautifulSoup, address: str) -> Tag:
    """Return a new link that shows its address."""
    link = soup.new_tag("a", href=address)
    link.string = address
    return link
