"""Convert Hugo's and Zola's shortcodes to Markdown.

Shortcodes with an equivalent in Markdown are converted: figures, highlighted code, references, videos as links. Any
other shortcode is replaced by its inner text, with a warning.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from django.utils.translation import gettext as _

from . import markdown_cleanup
from .problems import Warn

# A shortcode never matches across the opening of another one, so that unclosed shortcodes are scanned in linear time.
_INSIDE = r"(?!\{\{[<%])"
_HUGO = re.compile(
    r"\{\{(?P<open>[<%])\s*(?:(?P<end>/)\s*)?(?P<name>\w[\w.-]*+(?:/[\w.-]+)*+)"
    rf"(?P<args>(?:\"(?:{_INSIDE}[^\"\\]|\\.)*\"|`(?:{_INSIDE}[^`])*`|{_INSIDE}[^\"`])*?)(?P<self>/)?[>%]\}}\}}",
    re.DOTALL,
)
_HUGO_CLOSING = re.compile(r"\{\{[<%]\s*/\s*(\w[\w/.-]*)\s*[>%]\}\}")
_HUGO_ESCAPED = re.compile(r"\{\{([<%])/\*(.*?)\*/([>%])\}\}", re.DOTALL)
_HUGO_PARAMETER = re.compile(r"(?:([\w-]+)=)?(?:\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`|([^\s\"`]+))")
_ZOLA_INLINE = re.compile(r"\{\{\s*(?P<name>\w+)\s*\((?P<args>[^{}]*)\)\s*\}\}", re.DOTALL)
_ZOLA_BLOCK = re.compile(r"\{%\s*(?P<name>\w+)\s*\((?P<args>[^{}]*)\)\s*%\}(?P<inner>.*?)\{%\s*end\s*%\}", re.DOTALL)
_ZOLA_END = re.compile(r"\{%\s*end\s*%\}")
_ZOLA_ESCAPED = re.compile(r"\{([{%])/\*(.*?)\*/([}%])\}", re.DOTALL)
_ZOLA_PARAMETER = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s,]+))")

FindPost = Callable[[str], str | None]
Parameters = dict[str, str]


def has_markup(text: str) -> bool:
    """Return whether the text may contain shortcodes: an opening `{{` or `{%`."""
    return "{{" in text or "{%" in text


class Shortcodes:
    """Converts the shortcodes of one file."""

    def __init__(self, find_post: FindPost, *, first_line: int, warn: Warn) -> None:
        """`find_post` returns the address of the post that a reference names, or None."""
        self.find_post, self.first_line, self.warn = find_post, first_line, warn
        self.escaped: list[str] = []

    def hugo(self, text: str) -> str:
        """Return the text with Hugo's shortcodes converted."""
        text = self._protect(_HUGO_ESCAPED, text, lambda m: f"{{{{{m[1]}{m[2]}{m[3]}}}}}")
        return self._unprotect(self._hugo(text, self.first_line))

    def zola(self, text: str) -> str:
        """Return the text with Zola's shortcodes converted."""
        text = self._protect(_ZOLA_ESCAPED, text, lambda m: f"{{{m[1]}{m[2]}{m[3]}}}")
        # There are no blocks after the last `end`. Searching there would take quadratic time in the number of openings.
        last_end = max((found.end() for found in _ZOLA_END.finditer(text)), default=0)
        blocks, rest = text[:last_end], text[last_end:]
        text = _ZOLA_BLOCK.sub(lambda found: self._zola(found, blocks), blocks) + rest
        text = _ZOLA_INLINE.sub(lambda found, source=text: self._zola(found, source), text)
        return self._unprotect(text)

    def _hugo(self, text: str, line: int) -> str:
        parts, position, closings = [], 0, _closings(text)
        while opening := _HUGO.search(text, position):
            parts.append(text[position : opening.start()])
            name, inner, position = opening["name"], "", opening.end()
            opening_line = line + text.count("\n", 0, opening.start())
            if opening["end"]:
                continue
            if not opening["self"] and (closing := _first_after(closings.get(name, []), opening.end())):
                inner_line = line + text.count("\n", 0, opening.end())
                inner = text[opening.end() : closing.start()]
                inner = inner if name == "highlight" else self._hugo(inner, inner_line)
                position = closing.end()
            parts.append(self._convert(name, _parameters(_HUGO_PARAMETER, opening["args"]), inner, opening_line))
        return "".join([*parts, text[position:]])

    def _zola(self, found: re.Match, text: str) -> str:
        inner = found.groupdict().get("inner") or ""
        line = self.first_line + text.count("\n", 0, found.start())
        return self._convert(found["name"], _parameters(_ZOLA_PARAMETER, found["args"]), inner, line)

    def _convert(self, name: str, given: Parameters, inner: str, line: int) -> str:
        converter = _CONVERTERS.get(name)
        if converter:
            return converter(self, given, inner, line)
        self.warn(line, _("the shortcode %s is not known; what it holds is kept, the rest left out") % name)
        return inner

    def _protect(self, pattern: re.Pattern[str], text: str, show: Callable[[re.Match], str]) -> str:
        def keep(found: re.Match) -> str:
            self.escaped.append(show(found))
            return f"{markdown_cleanup.ESCAPED}{len(self.escaped) - 1}{markdown_cleanup.ESCAPED}"

        return pattern.sub(keep, text)

    def _unprotect(self, text: str) -> str:
        return re.sub(
            f"{markdown_cleanup.ESCAPED}(\\d+){markdown_cleanup.ESCAPED}",
            lambda found: self.escaped[int(found[1])],
            text,
        )

    # Converters

    def _figure(self, given: Parameters, inner: str, line: int) -> str:
        source = given.get("src") or given.get("path") or given.get("0", "")
        caption = given.get("caption") or given.get("title") or inner.strip()
        image = f"![{given.get('alt') or caption}]({source})"
        if given.get("link"):
            image = f"[{image}]({given['link']})"
        return f"{image}\n\n*{caption}*" if caption else image

    def _highlight(self, given: Parameters, inner: str, line: int) -> str:
        fence = "`" * (max((len(run) for run in re.findall(r"`{3,}", inner)), default=2) + 1)
        code = inner.strip("\n")
        return f"{fence}{given.get('0', given.get('lang', ''))}\n{code}\n{fence}"

    def _reference(self, given: Parameters, inner: str, line: int) -> str:
        target = given.get("0") or given.get("path", "")
        path, _hash, fragment = target.partition("#")
        address = self.find_post(path) if path else ""
        if address is None:
            return markdown_cleanup.unresolved(f"ref {target}", line)
        return f"{address}#{fragment}" if fragment else address

    def _gist(self, given: Parameters, inner: str, line: int) -> str:
        return f"<https://gist.github.com/{given.get('0', '')}/{given.get('1', '')}>"

    def _post_on_x(self, given: Parameters, inner: str, line: int) -> str:
        user, number = given.get("user") or "i/web", given.get("id") or given.get("0", "")
        return f"<https://x.com/{user}/status/{number}>"

    def _inner(self, given: Parameters, inner: str, line: int) -> str:
        return inner

    def _details(self, given: Parameters, inner: str, line: int) -> str:
        summary = given.get("summary") or given.get("title") or given.get("0") or _("Details")
        return f"<details>\n<summary>{summary}</summary>\n\n{inner.strip()}\n\n</details>"


def _closings(text: str) -> dict[str, list[re.Match]]:
    """Return the closing tags of shortcodes by name, in the order of the text."""
    found: dict[str, list[re.Match]] = {}
    for closing in _HUGO_CLOSING.finditer(text):
        found.setdefault(closing[1], []).append(closing)
    return found


def _first_after(closings: list[re.Match], position: int) -> re.Match | None:
    place = bisect_left(closings, position, key=re.Match.start)
    return closings[place] if place < len(closings) else None


def _link_to(address: str) -> Callable[[Shortcodes, Parameters, str, int], str]:
    """Return a converter to a link: `address` followed by the shortcode's id."""
    return lambda _self, given, inner, line: f"<{address}{given.get('id') or given.get('0', '')}>"


_CONVERTERS: dict[str, Callable[[Shortcodes, Parameters, str, int], str]] = {
    "figure": Shortcodes._figure,
    "image": Shortcodes._figure,
    "img": Shortcodes._figure,
    "highlight": Shortcodes._highlight,
    "ref": Shortcodes._reference,
    "relref": Shortcodes._reference,
    "youtube": _link_to("https://www.youtube.com/watch?v="),
    "vimeo": _link_to("https://vimeo.com/"),
    "instagram": _link_to("https://www.instagram.com/p/"),
    "gist": Shortcodes._gist,
    "tweet": Shortcodes._post_on_x,
    "twitter": Shortcodes._post_on_x,
    "x": Shortcodes._post_on_x,
    "details": Shortcodes._details,
    "rawhtml": Shortcodes._inner,
}


def _parameters(pattern: re.Pattern[str], text: str) -> Parameters:
    """Return parameters by name, or by position (from "0") if they have no name."""
    given: Parameters = {}
    for found in pattern.findall(text):
        name, *values = found
        value = next((value for value in values if value), "")
        given[name or str(sum(key.isdigit() for key in given))] = value.replace('\\"', '"')
    return given
