"""Convert Ghost's cards, whose HTML is made for Ghost's own stylesheet and scripts, to plain HTML."""

from __future__ import annotations

from collections.abc import Callable

from bs4 import BeautifulSoup, Comment, Tag
from django.utils.translation import gettext as _

from .report import ExportedPost, Subject

_MEMBERS_ONLY = "members-only"
_PLAYER_PARTS = [
    ".kg-audio-player",
    ".kg-audio-current-time",
    ".kg-audio-duration",
    ".kg-audio-thumbnail",
    ".kg-video-overlay",
    ".kg-video-player-container",
    ".kg-video-player",
    ".kg-video-hide",
    ".kg-product-card-rating-stars",
    ".kg-product-card-rating",
]
"""What only Ghost's scripts bring to life: play buttons, clocks that say 0:00, stars."""


def convert(soup: BeautifulSoup, post: ExportedPost) -> None:
    """Convert the cards of a text. Tells of what does not come along."""
    for card in soup.select(".kg-signup-card form, .kg-signup-form"):
        card.decompose()
        post.warn(_("the form for signing up is left out"), Subject.CONTENT)
    previews = len(soup.select(".kg-bookmark-card img"))
    for selector, convert_card in _CARDS.items():
        for card in soup.select(selector):
            convert_card(soup, card)
    if previews:
        message = _("%s × a picture of the preview of a bookmark: does not come along")
        post.warn(message % previews, Subject.CONTENT)
    for element in [*soup.select(", ".join(_PLAYER_PARTS)), *soup("button"), *soup("img", src="")]:
        element.decompose()


def remove_members_part(soup: BeautifulSoup) -> int:
    """Remove all that follows the mark of the part for members; return how many words that were."""
    mark = soup.find(string=lambda one: isinstance(one, Comment) and one.strip() == _MEMBERS_ONLY)
    if mark is None:
        return 0
    following = [one for one in mark.next_elements if one.parent is not None]
    words = sum(len(one.split()) for one in following if isinstance(one, str) and not isinstance(one, Comment))
    for one in following:
        one.extract()
    return words


def _bookmark(soup: BeautifulSoup, card: Tag) -> None:
    """A link with the title of its page, the description, who wrote it, and the caption."""
    link = card.select_one("a[href]")
    if link is None:
        return
    title = card.select_one(".kg-bookmark-title")
    words = title.get_text(" ", strip=True) if title else ""
    pieces = [card.select_one(f".kg-bookmark-{name}") for name in ("author", "publisher")]
    by = " · ".join(text for one in pieces if one and (text := one.get_text(" ", strip=True)))
    description = card.select_one(".kg-bookmark-description")
    made = soup.new_tag("blockquote")
    made.append(_paragraph(soup, _link(soup, str(link["href"]), words or str(link["href"]))))
    for text in (description.get_text(" ", strip=True) if description else "", by):
        if text:
            made.append(_paragraph(soup, text))
    caption = card.find("figcaption")
    card.replace_with(made)
    if caption is not None:
        made.append(_renamed(caption, "p"))


def _callout(soup: BeautifulSoup, card: Tag) -> None:
    """A quotation that begins with the callout's sign."""
    sign, text = card.select_one(".kg-callout-emoji"), card.select_one(".kg-callout-text")
    if text is None:
        return
    paragraph = _renamed(text, "p")
    if sign is not None:
        paragraph.insert(0, f"{sign.get_text(strip=True)} ")
    made = soup.new_tag("blockquote")
    card.replace_with(made)
    made.append(paragraph)


def _toggle(soup: BeautifulSoup, card: Tag) -> None:
    """Details that a reader can open."""
    heading, content = card.select_one(".kg-toggle-heading-text"), card.select_one(".kg-toggle-content")
    if heading is None or content is None:
        return
    made = soup.new_tag("details")
    card.replace_with(made)
    made.append(_renamed(heading, "summary"))
    made.append(content)
    content.unwrap()


def _file(soup: BeautifulSoup, card: Tag) -> None:
    """A link with the title of the file, its description, its name and its size."""
    link = card.select_one("a[href]")
    if link is None:
        return
    parts = [card.select_one(f".kg-file-card-{name}") for name in ("title", "caption", "metadata")]
    title, *others = [one.get_text(" ", strip=True) if one else "" for one in parts]
    made = _paragraph(soup, _link(soup, str(link["href"]), title or str(link["href"]).rpartition("/")[2]))
    card.replace_with(made)
    for text in others:
        if text:
            made.append(f" {text}")


def _player(soup: BeautifulSoup, card: Tag) -> None:
    """The player of the browser, and the title."""
    for media in card(["audio", "video"]):
        media["controls"] = ""
    for name in ("kg-audio-title", "kg-video-title"):
        for title in card(class_=name):
            title.name = "p"
            card.append(title)


def _link(soup: BeautifulSoup, address: str, words: str) -> Tag:
    link = soup.new_tag("a", href=address)
    link.string = words
    return link


def _paragraph(soup: BeautifulSoup, content: Tag | str) -> Tag:
    paragraph = soup.new_tag("p")
    paragraph.append(content)
    return paragraph


def _renamed(element: Tag, name: str) -> Tag:
    element.name, element.attrs = name, {}
    return element


_CARDS: dict[str, Callable[[BeautifulSoup, Tag], None]] = {
    ".kg-bookmark-card": _bookmark,
    ".kg-callout-card": _callout,
    ".kg-toggle-card": _toggle,
    ".kg-file-card": _file,
    ".kg-audio-card, .kg-video-card": _player,
}
