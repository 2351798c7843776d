"""The Markdown parser: markdown-it-py with plugins and limits on its steps.

See https://spec.commonmark.org/0.31.2/ and https://markdown-it-py.readthedocs.io/. The result is raw HTML in which
every `<` begins a complete tag. `markup` processes it further.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.common.html_re import close_tag, open_tag
from markdown_it.common.normalize_url import normalizeLink, normalizeLinkText
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, autolink, emphasis, image, link, strikethrough
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def, footnote_ref

from apps.markdown import embeds, typography
from apps.media.names import digest_of

from . import limits, typesetting
from .highlighting import Highlighter

ADMONITIONS = {
    "note": gettext_lazy("Note"),
    "info": gettext_lazy("Info"),
    "tip": gettext_lazy("Tip"),
    "hint": gettext_lazy("Hint"),
    "example": gettext_lazy("Example"),
    "question": gettext_lazy("Question"),
    "important": gettext_lazy("Important"),
    "warning": gettext_lazy("Warning"),
    "caution": gettext_lazy("Caution"),
    "danger": gettext_lazy("Danger"),
}
"""The kinds of admonitions, which are also their CSS classes, with their titles. Any other kind becomes a note."""


def to_html(source: str, language: str = "") -> str:
    """Return the raw, unsanitised HTML of Markdown, set as `language` has it, if given. Raises TooComplex."""
    env = {
        "budget": limits.Budget(limits.MAX_STEPS),
        "highlighter": Highlighter(),
        "pipes": source.count("|"),
        "language": language,
    }
    return _PARSER.render(source, env)


def _make_parser() -> MarkdownIt:
    # The parser silently skips what is nested deeper than maxNesting; _count_block raises before that.
    options = {"maxNesting": limits.MAX_NESTING + 10, "xhtmlOut": False, "tasklists": True, "alerts": True}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False).use(deflist_plugin).use(admon_plugin)
    parser.use(attrs_plugin, after=("image",), allowed=("width", "height", "class"))
    chains = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.at("footnote_def", _limited_footnote_def, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.at("footnote_ref", _limited_footnote_ref)
    parser.block.ruler.at("table", _limited_table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.before("table", "count", _count_block, chains)
    parser.inline.ruler.before("text", "count", _count_inline)
    parser.inline.skipToken = partial(_count_skipped_token, parser.inline.skipToken)
    parser.core.ruler.after("block", "count", _check_tokens)
    parser.inline.ruler.at("link", partial(_count_link, link))
    parser.inline.ruler.at("image", partial(_count_link, image))
    parser.inline.ruler.at("autolink", partial(_count_link, autolink))
    parser.inline.ruler.at("emphasis", partial(_count_marks, emphasis.tokenize))
    parser.inline.ruler.at("strikethrough", partial(_count_marks, strikethrough.tokenize))
    parser.inline.ruler.at("linkify", _link_bare_address)
    parser.inline.ruler.enable("linkify")
    parser.normalizeLink = _normalise_address
    parser.normalizeLinkText = _readable_address
    parser.core.ruler.after("block", "admonitions", _name_admonitions)
    # Before the parser joins what an author has escaped, which stays as typed.
    parser.core.ruler.before("text_join", "typography", typesetting.apply)
    parser.core.ruler.push("alignment", _align_cells)
    parser.core.ruler.push("figures", _make_figures)
    parser.core.ruler.push("embeds", _make_embeds)
    parser.core.ruler.push("raw_html", _clean_raw_html)
    for name, rule in _RENDER_RULES.items():
        parser.add_render_rule(name, rule)
    return parser


# Counting steps. These rules match nothing; they are the first that the parser tries at each position.


def _count_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    state.env["budget"].spend(limits.BLOCK_COST)
    _check_tokens(state)
    if state.level >= limits.MAX_NESTING:
        raise limits.TooComplex(limits.too_nested())
    return False


def _limited_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # The library reads a table in one step, and counts its cells only after it has created them.
    if state.env["pipes"] > limits.MAX_PIPES and table(state, start, end, True):
        raise limits.TooComplex(limits.too_much())
    return table(state, start, end, silent)


def _count_inline(state: StateInline, silent: bool) -> bool:
    is_attributes = state.src[state.pos] == "{"
    state.env["budget"].spend(1 + is_attributes * ((len(state.src) - state.pos) // limits.ATTRIBUTES_REACH))
    return False


_MARKS = re.compile(r"\*+|_+|~+")


def _count_marks(rule: Callable[[StateInline, bool], bool], state: StateInline, silent: bool) -> bool:
    # The parser makes a token of each mark of a run.
    if not silent and (run := _MARKS.match(state.src, state.pos)):
        state.env["budget"].spend(run.end() - run.start())
    return rule(state, silent)


def _count_skipped_token(skip_token: Callable[[StateInline], None], state: StateInline) -> None:
    # The parser caches what it has skipped, and tries no rule a second time. That is still a step.
    state.env["budget"].spend()
    skip_token(state)


def _check_tokens(state: StateBlock | StateCore) -> None:
    if len(state.tokens) > limits.MAX_BLOCK_TOKENS:
        raise limits.TooComplex(limits.too_much())


def _count_link(rule: Callable[[StateInline, bool], bool], state: StateInline, silent: bool) -> bool:
    found = rule(state, silent)
    if found:
        state.env["budget"].spend(limits.LINK_COST)
    return found


def _normalise_address(address: str) -> str:
    # The library takes quadratic time for long addresses. Browsers do not need the normal form.
    return normalizeLink(address) if len(address) <= limits.MAX_ADDRESS_LENGTH else address


def _readable_address(address: str) -> str:
    return normalizeLinkText(address) if len(address) <= limits.MAX_ADDRESS_LENGTH else address


# Bare addresses. The library's own rule reads the whole paragraph at each of them, and takes closing quotes along.

_WEB_SCHEME = re.compile(r"(?<![a-z0-9.+-])https?\Z", re.IGNORECASE)
_UNQUOTED = re.compile(rf"[^\s<>“”„«»‹›]{{1,{limits.MAX_ADDRESS_LENGTH}}}")
_LINKIFIER = LinkifyIt()


def _link_bare_address(state: StateInline, silent: bool) -> bool:
    colon = state.pos
    if state.linkLevel or not state.src.startswith("://", colon):
        return False
    if not (scheme := _WEB_SCHEME.search(state.src, max(0, colon - len("https")), colon)):
        return False
    state.env["budget"].spend(limits.LINK_COST)
    found = _LINKIFIER.match_at_start(_UNQUOTED.match(state.src, scheme.start())[0])
    address = found.url.rstrip("*_~") if found else ""
    if not address or not state.md.validateLink(href := state.md.normalizeLink(address)):
        return False
    if not silent:
        state.pending = state.pending.removesuffix(scheme[0])
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.tokens[-1].info = "auto"
        state.push("text", "", 0).content = state.md.normalizeLinkText(address)
        state.push("link_close", "a", -1)
    state.pos = scheme.start() + len(address)
    return True


# Footnotes. Without a limit on the label, the plugin searches the rest of the paragraph at each `[^`.

_FOOTNOTE_LABEL = re.compile(r"\[\^[^\s\]]{1,100}\]")


def _limited_footnote_def(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    position = state.bMarks[start] + state.tShift[start]
    return bool(_FOOTNOTE_LABEL.match(state.src, position)) and footnote_def(state, start, end, silent)


def _limited_footnote_ref(state: StateInline, silent: bool) -> bool:
    return bool(_FOOTNOTE_LABEL.match(state.src, state.pos)) and footnote_ref(state, silent)


def _reference_id(meta: dict) -> str:
    number = meta["id"] + 1
    return f"fnref{number}-{meta['subId'] + 1}" if meta.get("subId", 0) > 0 else f"fnref{number}"


def _footnote_ref(self, tokens, index, options, env) -> str:
    meta = tokens[index].meta
    number = meta["id"] + 1
    label = escape(_("Footnote %s") % number)
    return (
        f'<sup class="footnote-ref"><a href="#fn{number}" id="{_reference_id(meta)}" role="doc-noteref"'
        f' aria-label="{label}">{number}</a></sup>'
    )


def _footnote_block_open(self, tokens, index, options, env) -> str:
    label = escape(_("Footnotes"))
    return f'<section class="footnotes" role="doc-endnotes" aria-label="{label}">\n<ol>\n'


def _footnote_block_close(self, tokens, index, options, env) -> str:
    return "</ol>\n</section>\n"


def _footnote_open(self, tokens, index, options, env) -> str:
    return f'<li id="fn{tokens[index].meta["id"] + 1}">'


def _footnote_anchor(self, tokens, index, options, env) -> str:
    meta = tokens[index].meta
    label = escape(_("Back to the reference of footnote %s") % (meta["id"] + 1))
    # The variation selector keeps phones from showing the arrow as an emoji.
    return (
        f' <a class="footnote-backref" href="#{_reference_id(meta)}" role="doc-backlink"'
        f' aria-label="{label}">\u21a9\ufe0e</a>'
    )


# Code

_LANGUAGE = re.compile(r"[\w+#.-]+")


def _fence(self, tokens, index, options, env) -> str:
    language = _LANGUAGE.search(tokens[index].info)
    if language:
        env["budget"].spend(limits.CODE_COST)
    return env["highlighter"].block(tokens[index].content, language.group() if language else "")


# Admonitions


def _name_admonitions(state: StateCore) -> None:
    """Give both syntaxes the same HTML: `div.admonition.<kind>`, or `details` for those that fold (`???`)."""
    folds: list[bool] = []
    kind = ""
    for index, token in enumerate(state.tokens):
        family, _underscore, part = token.type.partition("_")
        if family not in ("admonition", "alert"):
            continue
        if part == "open":
            folds.append(token.markup.startswith("???"))
            name = token.meta.get("tag") or token.meta["kind"].lower()
            kind = name if name in ADMONITIONS else "note"
            extra = {"role": "note"} if not folds[-1] else {"open": ""} if token.markup == "???+" else {}
            token.attrs = {"class": f"admonition {kind}", **extra}
        elif part == "title_open":
            token.attrs = {"class": "admonition-title"}
            title = state.tokens[index + 1]
            if title.content == kind.title():
                title.content = str(ADMONITIONS[kind])
        if folds[-1]:
            token.tag = "summary" if part.startswith("title") else "details"
        if part == "close":
            folds.pop()


# Tables


def _align_cells(state: StateCore) -> None:
    """Replace the parser's style of a cell by an `align` attribute, which `markup` turns into a class."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and token.attrs:
            token.attrs = {"align": str(token.attrs["style"]).removeprefix("text-align:")}


# Pictures


def _make_figures(state: StateCore) -> None:
    """Turn a paragraph that is one picture, or a link around one, into a figure, and one of several into a gallery."""
    language = state.env["language"]
    for opening, inline, closing in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if opening.type != "paragraph_open" or opening.hidden:
            continue
        children = inline.children or []
        if _is_one_picture(children):
            opening.tag = closing.tag = "figure"
            picture = next(child for child in children if child.type == "image")
            inline.children = [*children, *_caption(picture, language)]
        elif _is_gallery(children):
            opening.tag = closing.tag = "div"
            opening.attrs = {"class": "gallery", "role": "group"}
            pictures = [child for child in children if child.type == "image"]
            for picture in pictures:
                picture.attrs["class"] = "tile"
            inline.children = [token for picture in pictures for token in _figure(picture, language)]


def _figure(picture: Token, language: str) -> list[Token]:
    return [
        Token("figure_open", "figure", 1),
        picture,
        *_caption(picture, language),
        Token("figure_close", "figure", -1),
    ]


def _caption(picture: Token, language: str) -> list[Token]:
    """Return the tokens of a picture's caption, which is its title."""
    caption = str(picture.attrs.pop("title", ""))
    if not caption:
        return []
    caption = typography.typeset_text(caption, language) if language else caption
    return [
        Token("figcaption_open", "figcaption", 1),
        Token("text", "", 0, content=caption),
        Token("figcaption_close", "figcaption", -1),
    ]


def _is_gallery(children: list[Token]) -> bool:
    """Return whether a paragraph is several of the site's own pictures, each on its own line."""
    kinds = [child.type for child in children if child.content or child.type != "text"]
    if len(kinds) < 3 or set(kinds[::2]) != {"image"} or set(kinds[1::2]) != {"softbreak"}:
        return False
    return all(digest_of(str(child.attrs.get("src", ""))) for child in children if child.type == "image")


def _is_one_picture(children: list[Token]) -> bool:
    kinds = [child.type for child in children if child.content or child.type != "text"]
    return kinds in (["image"], ["link_open", "image", "link_close"])


# Embeds


def _make_embeds(state: StateCore) -> None:
    """Replace each line of a paragraph that is only an address of `embeds.EMBEDS` by a frame; `markup` makes it a card."""
    tokens: list[Token] = []
    for token in state.tokens:
        opening = tokens[-1] if tokens else None
        if opening and opening.type == "paragraph_open" and not opening.level:
            tokens[-1:] = _with_frames(opening, token)
        elif not (opening and opening.type == "html_block" and token.type == "paragraph_close"):
            tokens.append(token)
    state.tokens = tokens


def _with_frames(opening: Token, inline: Token) -> list[Token]:
    """Return a paragraph without its end tag, which is missing if the last line became a frame."""
    if not any(child.info == "auto" for child in inline.children or []):
        return [opening, inline]
    tokens: list[Token] = []
    words: list[Token] = []
    for line in _lines(inline.children or []):
        if not (address := _only_address(line)):
            words += line
            continue
        if words:
            words.pop()  # The break before the frame.
            tokens += [opening, inline.copy(children=words), Token("paragraph_close", "p", -1, block=True)]
            words = []
        tokens.append(Token("html_block", "", 0, content=f'<iframe src="{escape(address)}"></iframe>\n'))
    return [*tokens, opening, inline.copy(children=words)] if words else tokens


def _lines(children: list[Token]) -> Iterator[list[Token]]:
    """Yield the lines of a paragraph, each with its break. A break within an element, such as emphasis, ends none."""
    line: list[Token] = []
    depth = 0
    for child in children:
        depth += child.nesting
        line.append(child)
        if not depth and child.type in ("softbreak", "hardbreak"):
            yield line
            line = []
    yield line


def _only_address(line: list[Token]) -> str:
    """Return the address that is all of a line, written as it is or in angle brackets, if it can be embedded."""
    parts = [child for child in line if child.content.strip() or child.type not in ("text", "softbreak", "hardbreak")]
    if len(parts) != 3 or parts[0].info != "auto" or not embeds.find(address := str(parts[0].attrs["href"])):
        return ""
    return address


# Raw HTML


def _clean_raw_html(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "html_block":
            token.content = tame(token.content)
        elif token.children:
            token.children = _without_scripts(token.children)


_SCRIPTS = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)


def _checked(tag: str) -> str:
    """Return a tag. Raises TooComplex if it has more than MAX_TAG_WORDS words."""
    if len(tag.split(None, limits.MAX_TAG_WORDS)) > limits.MAX_TAG_WORDS:
        raise limits.TooComplex(limits.too_much())
    return tag


def _without_scripts(children: list[Token]) -> list[Token]:
    """Remove comments, and scripts and styles with their content. If the end tag is missing, only remove the tag."""
    if not any(child.type == "html_inline" for child in children):
        return children
    ends: dict[str, int] = {}
    for index, child in enumerate(children):
        if child.type == "html_inline":
            _checked(child.content)
        found = child.type == "html_inline" and _SCRIPTS.match(child.content)
        if found and found[1]:
            ends[found[2].lower()] = index
    kept, inside = [], ""
    for index, child in enumerate(children):
        found = child.type == "html_inline" and _SCRIPTS.match(child.content)
        if found and not inside and not found[1] and ends.get(found[2].lower(), -1) > index:
            inside = found[2].lower()
        elif found and found[1] and inside == found[2].lower():
            inside = ""
        elif not inside and not found and not (child.type == "html_inline" and child.content[1] in "!?"):
            kept.append(child)
    return kept


_PIECE = re.compile(
    rf"<(?P<program>script|style)\b|<(?P<mark>!--|!|\?)|(?P<tag>{open_tag}|{close_tag})|<", re.IGNORECASE
)


def tame(raw: str) -> str:
    """Return a block of HTML in which every `<` begins a complete tag.

    Comments, declarations, scripts and styles are removed with their content. A `<` that begins no tag is escaped.
    """
    ends = {
        "script": [found.end() for found in re.finditer(r"</script\s*>", raw, re.IGNORECASE)],
        "style": [found.end() for found in re.finditer(r"</style\s*>", raw, re.IGNORECASE)],
        "!--": [found.end() for found in re.finditer("-->", raw)],
        "!": [found.end() for found in re.finditer(">", raw)],
    }
    ends["?"] = ends["!"]
    pieces, position = [], 0
    while found := _PIECE.search(raw, position):
        pieces.append(raw[position : found.start()])
        position = found.end()
        if found["tag"]:
            pieces.append(_checked(found["tag"]))
            continue
        ends_here = ends.get((found["program"] or found["mark"] or "").lower(), [])
        following = bisect_left(ends_here, position)
        if following < len(ends_here):
            position = ends_here[following]
        else:
            pieces.append(escape(found.group()))
    return "".join([*pieces, raw[position:]])


_RENDER_RULES = {
    "fence": _fence,
    "code_block": _fence,
    "footnote_ref": _footnote_ref,
    "footnote_block_open": _footnote_block_open,
    "footnote_block_close": _footnote_block_close,
    "footnote_open": _footnote_open,
    "footnote_anchor": _footnote_anchor,
}
_PARSER = _make_parser()
