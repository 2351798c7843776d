"""Compare the posts of an export with what readers get of them after an import, post by post.

    python -m tests.importing.structure old.xml ghost.json …

names each post of WordPress's or Ghost's exports whose rendered HTML has another structure than the HTML of its source
(`html_structure` says what counts), and ends with 1 if there is one. ALLOWED lists what may differ.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("ROLE", "all")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blog_project.settings")
    django.setup()

from bs4 import BeautifulSoup

from apps.importing.file_importer import Reader
from apps.importing.ghost import Ghost
from apps.importing.report import ExportedPost
from apps.importing.wordpress import WordPress
from apps.markdown import rendering
from apps.markdown.conversion import from_html, html_embeds, html_structure
from apps.markdown.rendering import TooComplex, markup


def _without_footnotes(soup: BeautifulSoup) -> None:
    for sign in soup.select("sup.footnote-ref, .footnote-backref, x-note"):
        sign.decompose()
    for wrapper in soup.select("section.footnotes, section.footnotes ol, section.footnotes li"):
        wrapper.name = "div"


def _without_self_links(soup: BeautifulSoup) -> None:
    for link in soup("a", href=True):
        if link.get_text() == link["href"]:
            link.unwrap()


def _with_current_names(soup: BeautifulSoup) -> None:
    for name, current in {"acronym": "abbr", "strike": "s", "tt": "code", "big": "span", "xmp": "pre"}.items():
        for element in soup(name):
            element.name = current


def _with_lines_in_code(soup: BeautifulSoup) -> None:
    for line_break in soup.select("pre br"):
        line_break.replace_with("\n")


def _without_anchors(soup: BeautifulSoup) -> None:
    for anchor in soup("a", class_="anchor"):
        anchor.decompose()


ALLOWED: dict[str, Callable[[BeautifulSoup], None]] = {
    "frames and scripts with a known page are links to it, others are told and left out": html_embeds.replace,
    "footnotes of the block editor are our footnotes: the sign is ours, and the texts stand at the end": _without_footnotes,
    "elements that HTML has no more have their current names (acronym, strike, tt, big, xmp)": _with_current_names,
    "a line break in code is a new line": _with_lines_in_code,
    "an address that is written out is a link": _without_self_links,
    "headings have a link to themselves": _without_anchors,
}
"""The differences that are allowed, each with what makes both sides the same."""


def differences(given: BeautifulSoup, markdown: str) -> list[str]:
    """Return the differences between HTML and the rendered Markdown that was made of it."""
    for make_same in ALLOWED.values():
        make_same(given)
    html = re.sub(r"<(/?)x-note-text", r"<\1div", str(given))
    source = from_html.parse_html(markup.finish(html, {})[0])
    result = from_html.parse_html(rendering.render(markdown).html)
    for make_same in ALLOWED.values():
        make_same(source)
        make_same(result)
    return html_structure.differences(source, result)


def compare(reader: Reader) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each post with HTML, and its differences."""
    for _entry in reader.entries():
        pass
    for item in reader.items():
        post = item.read()
        if post.html:
            try:
                yield item.name, _differences_of(reader, post)
            except TooComplex as error:
                yield item.name, [str(error)]


def _differences_of(reader: Reader, post: ExportedPost) -> list[str]:
    return differences(reader.soup(post), from_html.to_markdown(reader.soup(post)))


def main(paths: list[str]) -> int:
    """Compare the posts of each file; return the exit status."""
    count = differing = 0
    for path in map(Path, paths):
        for name, found in compare(Ghost(path) if path.suffix == ".json" else WordPress(path)):
            count += 1
            differing += bool(found)
            for one in found:
                print(f"{path.name}: {name}: {one}")  # noqa: T201
    print(f"{count} posts, {differing} with another structure")  # noqa: T201
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
