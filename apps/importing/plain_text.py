"""HTML to the Markdown of comments, which has no HTML, pictures, headings and tables."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from .from_html import Converter, prepare, tidy

_END_OF_CELL = "\ue00c"


def to_plain_markdown(soup: BeautifulSoup) -> str:
    """Return the Markdown of HTML (which is changed by it)."""
    prepare(soup, lambda address: None)
    return tidy(_Plain().convert_soup(soup))


class _Plain(Converter):
    """Markdown of comments, which have no HTML."""

    def convert_kept(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the words."""
        return text

    def convert_x_target(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return nothing: comments have no places to lead to."""
        return ""

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a link to a picture."""
        return f"<{el['src']}>" if str(el.get("src", "")).startswith(("http://", "https://")) else ""

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        """Return a heading as a strong line."""
        return f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def _html(self, el: Tag, *args: object) -> str:
        return f"\n\n{self.escape(el.get_text(' ').strip(), set())}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the words of a cell."""
        return f"{' '.join(text.split())}{_END_OF_CELL}"

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a row as a line."""
        cells = [cell.strip() for cell in text.split(_END_OF_CELL)]
        return " · ".join(cell for cell in cells if cell) + "\n"

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the rows as lines."""
        return f"\n\n{text.strip()}\n\n"
