"""Hugo's and Zola's shortcodes, brought to Markdown.

The ones that have a meaning in Markdown are mapped: figures, highlighted code, references, videos as links. Of any
other the inner text is kept and the rest left out, with a warning.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from django.utils.translation import gettext as _

from . import markdown_cleanup
from .problems import Warn

# Whatever is inside of one, it never reads on into the next: an opening that nobody closed costs no more than itself.
_INSIDE = r"(?!\{\{[<%])"
_HUGO = re.compile(
    r"\{\{(?P<open>[<%])\s*(?:(?P<end>/)\s*)?(?P<name>\w[\w.-]*+(?:/[\w.-]+)*+)"
    rf"(?P<args>(?:\"(?:{_INSIDE}[^\"\\]|\\.)*\"|`(?:{_INSIDE}[^`])*`|{_INSIDE}[^\"`])*?)(?P<self>/)?[>%]\}}\}}",
    re.DOTALL,
)
_HUGO_CLOSING = re.compile(r"\{\{[<%]\s*/\s*(\w[\w/.-]*)\s*[>%]\}\}")
_HUGO_SHOWN = re.compile(r"\{\{([<%])/\*(.*?)\*/([>%])\}\}", re.DOTALL)
_HUGO_PARAMETER = re.compile(r"(?:([\w-]+)=)?(?:\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`|([^\s\"`]+))")
_ZOLA_INLINE = re.compile(r"\{\{\s*(?P<name>\w+)\s*\((?P<args>[^{}]*)\)\s*\}\}", re.DOTALL)
_ZOLA_BLOCK = re.compile(r"\{%\s*(?P<name>\w+)\s*\((?P<args>[^{}]*)\)\s*%\}(?P<inner>.*?)\{%\s*end\s*%\}", re.DOTALL)
_ZOLA_END = re.compile(r"\{%\s*end\s*%\}")
_ZOLA_SHOWN = re.compile(r"\{([{%])/\*(.*?)\*/([}%])\}", re.DOTALL)
_ZOLA_PARAMETER = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s,]+))")

FindPost = Callable[[str], str | None]
Parameters = dict[str, str]


def occur_in(text: str) -> bool:
    """Tell whether there is anything that could be a shortcode."""
    return "{{" in text or "{%" in text


class Shortcodes:
    """Takes the shortcodes out of one file."""

    def __init__(self, find_post: FindPost, *, first_line: int, warn: Warn) -> None:
        """`find_post` returns the address of what a reference names, or None."""
        self.find_post, self.first_line, self.warn = find_post, first_line, warn
        self.shown: list[str] = []

    def hugo(self, text: str) -> str:
        """Return the text without Hugo's shortcodes."""
        text = self._protect(_HUGO_SHOWN, text, lambda m: f"{{{{{m[1]}{m[2]}{m[3]}}}}}")
        return self._unprotect(self._hugo(text, self.first_line))

    def zola(self, text: str) -> str:
        """Return the text without Zola's shortcodes."""
        text = self._protect(_ZOLA_SHOWN, text, lambda m: f"{{{m[1]}{m[2]}{m[3]}}}")
        # Behind the last end there are no blocks: each opening there would be looked for an end in all of the rest.
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
            at = line + text.count("\n", 0, opening.start())
            if opening["end"]:
                continue
            if not opening["self"] and (closing := _next(closings.get(name, []), opening.end())):
                inner_line = line + text.count("\n", 0, opening.end())
                inner = text[opening.end() : closing.start()]
                inner = inner if name == "highlight" else self._hugo(inner, inner_line)
                position = closing.end()
            parts.append(self._meaning(name, _parameters(_HUGO_PARAMETER, opening["args"]), inner, at))
        return "".join([*parts, text[position:]])

    def _zola(self, found: re.Match, text: str) -> str:
        inner = found.groupdict().get("inner") or ""
        line = self.first_line + text.count("\n", 0, found.start())
        return self._meaning(found["name"], _parameters(_ZOLA_PARAMETER, found["args"]), inner, line)

    def _meaning(self, name: str, given: Parameters, inner: str, line: int) -> str:
        known = _MEANINGS.get(name)
        if known:
            return known(self, given, inner, line)
        self.warn(line, _("the shortcode %s is not known; what it holds is kept, the rest left out") % name)
        return inner

    def _protect(self, pattern: re.Pattern[str], text: str, show: Callable[[re.Match], str]) -> str:
        def keep(found: re.Match) -> str:
            self.shown.append(show(found))
            return f"{markdown_cleanup.SHOWN}{len(self.shown) - 1}{markdown_cleanup.SHOWN}"

        return pattern.sub(keep, text)

    def _unprotect(self, text: str) -> str:
        return re.sub(
            f"{markdown_cleanup.SHOWN}(\\d+){markdown_cleanup.SHOWN}", lambda found: self.shown[int(found[1])], text
        )

    # What the known ones mean

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
            return markdown_cleanup.lost(f"ref {target}", line)
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
    """Return what closes shortcodes, by their names, in the order of the text."""
    found: dict[str, list[re.Match]] = {}
    for closing in _HUGO_CLOSING.finditer(text):
        found.setdefault(closing[1], []).append(closing)
    return found


def _next(closings: list[re.Match], position: int) -> re.Match | None:
    place = bisect_left(closings, position, key=re.Match.start)
    return closings[place] if place < len(closings) else None


def _at(address: str) -> Callable[[Shortcodes, Parameters, str, int], str]:
    """Return the meaning of an embedded thing: a link to it."""
    return lambda _self, given, inner, line: f"<{address}{given.get('id') or given.get('0', '')}>"


_MEANINGS: dict[str, Callable[[Shortcodes, Parameters, str, int], str]] = {
    "figure": Shortcodes._figure,
    "image": Shortcodes._figure,
    "img": Shortcodes._figure,
    "highlight": Shortcodes._highlight,
    "ref": Shortcodes._reference,
    "relref": Shortcodes._reference,
    "youtube": _at("https://www.youtube.com/watch?v="),
    "vimeo": _at("https://vimeo.com/"),
    "instagram": _at("https://www.instagram.com/p/"),
    "gist": Shortcodes._gist,
    "tweet": Shortcodes._post_on_x,
    "twitter": Shortcodes._post_on_x,
    "x": Shortcodes._post_on_x,
    "details": Shortcodes._details,
    "rawhtml": Shortcodes._inner,
}


def _parameters(pattern: re.Pattern[str], text: str) -> Parameters:
    """Return parameters by their names, and those without a name by their position from "0"."""
    given: Parameters = {}
    for found in pattern.findall(text):
        name, *values = found
        value = next((value for value in values if value), "")
        given[name or str(sum(key.isdigit() for key in given))] = value.replace('\\"', '"')
    return given
