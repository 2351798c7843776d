"""Convert HTML to the Markdown of comments, which has no HTML, images, headings or tables."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from apps.markdown.conversion.from_html import Converter, tidy
from apps.markdown.conversion.html_preparation import prepare

_END_OF_CELL = "\ue00c"


def to_plain_markdown(soup: BeautifulSoup) -> str:
    """Return the Markdown of `soup`. Modifies `soup`."""
    prepare(soup, lambda address: None)
    return tidy(_CommentConverter().convert_soup(soup), is_html_allowed=False)


class _CommentConverter(Converter):
    """Converts to the Markdown of comments."""

    def convert_html_only(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the text without the element."""
        return text

    def convert_x_target(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return an empty text: comments have no link targets."""
        return ""

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a link to the image."""
        return f"<{el['src']}>" if str(el.get("src", "")).startswith(("http://", "https://")) else ""

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        """Return a heading as a paragraph in bold."""
        return f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def _as_html(self, el: Tag, *args: object) -> str:
        return f"\n\n{self.escape(el.get_text(' ').strip(), set())}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return the text of a cell and a mark of its end."""
        return f"{' '.join(text.split())}{_END_OF_CELL}"

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a row as one line."""
        cells = [cell.strip() for cell in text.split(_END_OF_CELL)]
        return " · ".join(cell for cell in cells if cell) + "\n"

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a table as one line for each row."""
        return f"\n\n{text.strip()}\n\n"
