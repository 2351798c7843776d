"""Turns the parser's raw HTML into the HTML for readers: balances, completes, counts and finally sanitises it.

The HTML is balanced here although the sanitiser balances it too: html5ever (in nh3) takes quadratic time for deep
nesting, and opens unclosed formatting elements again in every later block. It must only get flat, closed HTML. So every
start tag gets an end tag here, by the HTML standard's rules of which element may contain which. Tags that do not fit
are removed; their text stays. https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _
from pygments.token import STANDARD_TYPES

from apps.markdown import embeds
from apps.media.names import Picture, digest_of

from . import cards, limits
from .markdown import ADMONITIONS
from .pictures import SIZES, responsive
from .text import VOID

# What is allowed

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    """h1 h2 h3 h4 h5 h6 address article aside blockquote dd details div dl dt figcaption figure footer header hr li ol
    p pre section summary table ul""".split()
)
_TABLE_PARENTS = {
    "caption": ("table",),
    "colgroup": ("table",),
    "col": ("colgroup",),
    "thead": ("table",),
    "tbody": ("table",),
    "tfoot": ("table",),
    "tr": ("thead", "tbody", "tfoot", "table"),
    "td": ("tr",),
    "th": ("tr",),
}
_TABLE_CONTEXT = frozenset(["table", "thead", "tbody", "tfoot", "tr", "colgroup"])
_CELLS = frozenset(["td", "th", "caption"])
_PHRASES = frozenset(
    "a abbr b bdi bdo cite code data del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var"
    " picture video audio".split()
)
TAGS = _BLOCKS - {"h1"} | _PHRASES | set(_TABLE_PARENTS) | set("br img input source track wbr".split())

_EVERYWHERE = {"id", "title", "lang", "dir"}
_OWN_ATTRIBUTES = {
    "a": {"href", "rel", "hreflang", "role", "aria-label"},
    "audio": {"src", "controls", "loop", "muted", "preload"},
    "blockquote": {"cite"},
    "code": {"translate"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "div": {"role", "tabindex", "aria-label", "data-language"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding", "fetchpriority"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "pre": {"tabindex"},
    "q": {"cite"},
    "section": {"role", "aria-label"},
    "source": {"src", "srcset", "sizes", "media", "type", "width", "height"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "video": {"src", "poster", "width", "height", "controls", "loop", "muted", "playsinline", "preload"},
}
_OWN_CLASSES = {
    "a": {"anchor", "footnote-backref"},
    "details": {"admonition", *ADMONITIONS},
    "figure": {"embed", *embeds.Shape},
    "div": {"admonition", *ADMONITIONS, "gallery", "highlight", "table-scroll"},
    "img": {*SIZES} - {""},
    "input": {"task"},
    "li": {"task-list-item"},
    "p": {"admonition-title"},
    "section": {"footnotes"},
    "span": set(STANDARD_TYPES.values()) - {""},
    "summary": {"admonition-title"},
    "sup": {"footnote-ref"},
    "td": {"align-left", "align-center", "align-right"},
    "th": {"align-left", "align-center", "align-right"},
    "ul": {"task-list"},
}
ATTRIBUTES = {tag: _EVERYWHERE | _OWN_ATTRIBUTES.get(tag, set()) for tag in TAGS}
_VALUES = {
    "a": {"role": {"doc-noteref", "doc-backlink"}},
    "div": {"role": {"group", "note"}, "tabindex": {"0"}},
    "img": {"loading": {"lazy", "eager"}, "decoding": {"async"}, "fetchpriority": {"high", "low"}},
    "pre": {"tabindex": {"0"}},
    "section": {"role": {"doc-endnotes"}},
}
_FORCED = {"input": {"type": "checkbox", "disabled": ""}}
URL_SCHEMES = {"http", "https", "mailto", "tel"}
_URLS = frozenset(["href", "src", "poster", "cite"])
_RELATIONS = frozenset("author license me nofollow noreferrer sponsored tag ugc".split())

PAGE_IDS = re.compile(
    "comments?(-.+)?|content|footer|header|main|masthead(-q)?|menu|nav|page|post-comments|q|related-title|search|skip"
    "|title|toc(-title)?|top"
)
"""Ids that page templates use or may use. No element of a text gets one of them."""
_ID = re.compile(r"[\w.:-]{1,100}")
_FOOTNOTE_ID = re.compile(r"fn(ref)?\d")
TOC_MINIMUM = 3
"""The minimum number of sections for a table of contents."""


def _filter(tag: str, name: str, value: str) -> str | None:
    """Check the schemes of `src`, `poster` and all candidates of `srcset`, which the sanitiser does not do."""
    if name == "srcset":
        schemes = [re.match(r"\s*([^\s/?#]*?):", candidate) for candidate in value.split(",")]
        return value if all(found is None or found[1].lower() in ("http", "https") for found in schemes) else None
    if name in ("src", "poster") and (found := re.match(r"\s*([^/?#]*?):", value)):
        return value if found[1].lower() in ("http", "https") else None
    return value


SANITISER = nh3.Cleaner(
    tags=TAGS,
    attributes={tag: names - set(_VALUES.get(tag, ())) for tag, names in ATTRIBUTES.items()}
    | {"figure": ATTRIBUTES["figure"] | cards.ATTRIBUTES},
    attribute_filter=_filter,
    url_schemes=URL_SCHEMES,
    allowed_classes=_OWN_CLASSES,
    tag_attribute_values=_VALUES,
    set_tag_attribute_values=_FORCED,
    link_rel=None,
)


def finish(raw: str, pictures: Mapping[str, Picture]) -> tuple[str, str]:
    """Return the sanitised HTML of raw HTML, and its table of contents as HTML.

    In `raw`, every `<` must begin a complete tag. `pictures` are the site's own images, by digest. Raises TooComplex.
    """
    document = _Document(pictures)
    document.feed(raw)
    document.close()
    html, toc_html = document.finish()
    return SANITISER.clean(html), SANITISER.clean(toc_html)


@dataclass
class _Heading:
    level: int
    slot: int
    """The index of the start tag in the output, which is written when the heading's text is known."""
    id: str
    attributes: dict[str, str]
    typed: str = ""
    """The text before typography, from which the id is made, so that addresses of sections do not depend on it."""
    words: list[str] = field(default_factory=list)
    end: int = 0

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


class _Document(HTMLParser):
    """Writes the elements that it parses to `out`, completed, and each of them closed."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = pictures
        self.out: list[str] = []
        self.open: list[str] = []
        self.headings: list[_Heading] = []
        self.heading: _Heading | None = None
        self.ids: set[str] = set()
        self.numbers: dict[str, int] = {}
        self.has_picture = False
        self.cards_left = limits.MAX_CARDS
        self.budget = limits.Budget(limits.MAX_TAGS)
        self.site = urlsplit(settings.SITE_URL).hostname

    # Callbacks of HTMLParser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.budget.spend()
        if tag == "iframe":
            self._write_card(dict(attrs).get("src") or "")
            return
        if (tag not in TAGS and tag != "h1") or not self._prepare_for(tag):
            return
        if len(self.open) >= limits.MAX_DEPTH:
            raise limits.TooComplex(limits.too_nested())
        given = {name: value or "" for name, value in attrs[: limits.MAX_ATTRIBUTES]}
        if tag in HEADINGS:
            self._open_heading(tag, given)
        else:
            self._write(tag, self._complete(tag, given))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        barrier = _BLOCKS | _CELLS if tag in _PHRASES else {"table", *_CELLS} - {tag}
        index = self._nearest({tag}, barrier)
        if index is None:
            self.budget.spend()
        else:
            self._close_from(index)

    def handle_data(self, data: str) -> None:
        self.out.append(escape(data))
        if self.heading:
            self.heading.words.append(data)

    # Balancing

    def _nearest(self, tags, barrier) -> int | None:
        """Return the index of the innermost open element in `tags`, or None if one of `barrier` is open within it."""
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index] in tags:
                return index
            if self.open[index] in barrier:
                return None
        return None

    def _close_from(self, index: int) -> None:
        while len(self.open) > index:
            self.budget.spend()
            tag = self.open.pop()
            if tag in HEADINGS:
                self._close_heading()
            else:
                self.out.append(f"</{tag}>" + ("</div>" if tag == "table" else ""))

    def _prepare_for(self, tag: str) -> bool:
        """Close the elements that a start tag `tag` closes implicitly; return whether `tag` is allowed here."""
        if parents := _TABLE_PARENTS.get(tag):
            index = self._nearest(parents, ())
            if index is None:
                return False
            self._close_from(index + 1)
            return True
        if self.open and self.open[-1] in _TABLE_CONTEXT:
            return False
        ends = {"p"} if tag in _BLOCKS else set()
        if tag == "li":
            self._close_nearest({"li"}, {"ul", "ol"})
        elif tag in ("dt", "dd"):
            self._close_nearest({"dt", "dd"}, {"dl"})
        elif tag in HEADINGS:
            ends |= set(HEADINGS)
        elif tag == "a":
            ends.add("a")
        for ended in ends:
            self._close_nearest({ended}, ())
        return True

    def _close_nearest(self, tags, barrier) -> None:
        index = self._nearest(tags, {"table", *_CELLS, *barrier})
        if index is not None:
            self._close_from(index)

    def _write(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            # A wide table scrolls. To scroll it by keyboard, it must be focusable.
            label = escape(_("Table"))
            self.out.append(f'<div class="table-scroll" role="group" tabindex="0" aria-label="{label}">')
        if tag == "img" and (picture := self.pictures.get(digest_of(attributes.get("src", "")))):
            self.budget.spend(limits.IMAGE_COST)
            self.out.append(responsive(picture, attributes, is_within="picture" in self.open))
            return
        self.out.append(_start_tag(tag, attributes))

    def _write_card(self, address: str) -> None:
        """Write the card of what a frame shows, or a link if there are too many; nothing for a site that is unknown."""
        embed = embeds.find(address)
        if embed is None or {"a", *HEADINGS}.intersection(self.open) or not self._prepare_for("figure"):
            return
        self.budget.spend(limits.CARD_COST)
        self.cards_left -= 1
        page = escape(embed.page)
        self.out.append(
            cards.card(embed) if self.cards_left >= 0 else f'<p><a href="{page}" rel="noopener">{page}</a></p>'
        )

    # Completing attributes

    def _complete(self, tag: str, given: dict[str, str]) -> dict[str, str]:
        attributes = {
            name: value for name, value in given.items() if name in ATTRIBUTES[tag] or name in ("class", "align")
        }
        if "id" in attributes and not self._claim(attributes["id"]):
            del attributes["id"]
        complete = getattr(self, f"_complete_{tag}", None)
        if complete:
            complete(attributes)
        attributes.pop("align", None)
        return attributes

    def _complete_a(self, attributes: dict[str, str]) -> None:
        relations = [word for word in attributes.pop("rel", "").lower().split() if word in _RELATIONS]
        if self._is_external(attributes.get("href", "")):
            relations.append("noopener")
        if relations:
            attributes["rel"] = " ".join(relations)

    def _complete_img(self, attributes: dict[str, str]) -> None:
        attributes.setdefault("alt", "")
        # Other classes, such as that of a picture said to be decorative, are for the editor.
        chosen = [name for name in attributes.pop("class", "").split() if name in SIZES]
        attributes |= {"class": chosen[0]} if chosen else {}
        # The first image is probably visible at once; the others are loaded when the reader scrolls near them.
        first, self.has_picture = not self.has_picture, True
        when = {"fetchpriority": "high"} if first else {"loading": "lazy"}
        attributes |= {"decoding": "async"} | when | {name: attributes[name] for name in when if name in attributes}
        for side in ("width", "height"):
            if not attributes.get(side, "0").isdecimal():
                del attributes[side]

    def _complete_video(self, attributes: dict[str, str]) -> None:
        attributes["controls"] = ""
        attributes.setdefault("preload", "metadata")

    _complete_audio = _complete_video

    def _complete_pre(self, attributes: dict[str, str]) -> None:
        attributes["tabindex"] = "0"

    def _complete_input(self, attributes: dict[str, str]) -> None:
        # The sanitiser sets `type` and `disabled` too. They are set here for a stable order of attributes.
        label = _("Done") if "checked" in attributes else _("To do")
        attributes |= {"type": "checkbox", "disabled": "", "class": "task", "aria-label": label}

    def _complete_td(self, attributes: dict[str, str]) -> None:
        align = attributes.get("align", "").lower()
        if align in ("left", "center", "right"):
            attributes["class"] = f"align-{align}"

    _complete_th = _complete_td

    def _complete_ul(self, attributes: dict[str, str]) -> None:
        if "contains-task-list" in attributes.get("class", ""):
            attributes["class"] = "task-list"

    def _is_external(self, href: str) -> bool:
        """Return whether a link leaves the site. Browsers read a backslash as a slash, and skip tabs and newlines."""
        address = re.sub(r"[\t\n\r]", "", href).strip().replace("\\", "/")
        try:
            parts = urlsplit(address)
            return bool(parts.netloc or parts.scheme in ("http", "https")) and parts.hostname != self.site
        except ValueError:
            return True

    def _claim(self, wanted: str) -> bool:
        """Reserve an id; return whether it is valid and was free."""
        if PAGE_IDS.fullmatch(wanted) or wanted in self.ids or not _ID.fullmatch(wanted):
            return False
        self.ids.add(wanted)
        return True

    # Headings and the table of contents

    def _open_heading(self, tag: str, given: dict[str, str]) -> None:
        self.budget.spend(limits.HEADING_COST)
        attributes = {name: value for name, value in given.items() if name in _EVERYWHERE}
        wanted = attributes.pop("id", "")
        heading = _Heading(
            int(tag[1]), len(self.out), wanted if self._claim(wanted) else "", attributes, given.get("data-typed", "")
        )
        self.out.append("")
        self.headings.append(heading)
        self.heading = heading

    def _close_heading(self) -> None:
        heading, self.heading = self.heading, None
        heading.id = heading.id or self._heading_id(heading.typed or heading.text)
        heading.end = len(self.out)
        self.out.append("")

    def _heading_id(self, text: str) -> str:
        words = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKC", text).lower())
        base = re.sub(r"[\s-]+", "-", words)[:80].strip("-") or "section"
        if _FOOTNOTE_ID.match(base):
            base = f"section-{base}"
        number = self.numbers.get(base, 1)
        candidate = base if number == 1 else f"{base}-{number}"
        while not self._claim(candidate):
            number += 1
            candidate = f"{base}-{number}"
        self.numbers[base] = number + 1
        return candidate

    def finish(self) -> tuple[str, str]:
        """Close all open elements; return the HTML and the table of contents, both not yet sanitised."""
        self._close_from(0)
        down = 1 if any(heading.level == 1 for heading in self.headings) else 0
        for heading in self.headings:
            heading.level = min(heading.level + down, 6)
            tag = f"h{heading.level}"
            label = escape(_("Link to “%s”") % heading.text)
            self.out[heading.slot] = _start_tag(tag, {"id": heading.id} | heading.attributes)
            anchor = (
                f' <a class="anchor" href="#{escape(heading.id)}" aria-label="{label}"></a>' if heading.text else ""
            )
            self.out[heading.end] = f"{anchor}</{tag}>"
        return "".join(self.out), self._toc()

    def _toc(self) -> str:
        entries = [heading for heading in self.headings if heading.level in (2, 3) and heading.text]
        if len(entries) < TOC_MINIMUM:
            return ""
        pieces, inside = ["<ul>"], False
        for number, heading in enumerate(entries):
            if heading.level == 3 and not inside and number:
                pieces.append("<ul>")
                inside = True
            elif number:
                pieces.append("</li></ul></li>" if inside and heading.level == 2 else "</li>")
                inside = inside and heading.level == 3
            pieces.append(f'<li><a href="#{escape(heading.id)}">{escape(heading.text)}</a>')
        pieces.append("</li></ul></li></ul>" if inside else "</li></ul>")
        return "".join(pieces)


def _start_tag(tag: str, attributes: dict[str, str]) -> str:
    return f"<{tag}" + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items()) + ">"
