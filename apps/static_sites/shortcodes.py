"""Convert Hugo's and Zola's shortcodes to Markdown.

Shortcodes with an equivalent in Markdown are converted: figures, highlighted code, references, videos as links. Any
other shortcode is replaced by its inner text, with a warning.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.importing.problems import Warn
from apps.markdown.conversion import embeds

from . import code_in_markdown, markdown_cleanup, markdown_embeds

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
_ZOLA_OPENING = re.compile(r"\{[{%]\s*(?P<name>\w+)\s*\(")
_ZOLA_END = re.compile(r"\{%\s*end\s*%\}")
_ZOLA_ESCAPED = re.compile(r"\{([{%])/\*(.*?)\*/([}%])\}", re.DOTALL)
_ZOLA_PARAMETER = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s,]+))")

_ALERTS = {
    **dict.fromkeys(["tip", "hint", "success"], "TIP"),
    **dict.fromkeys(["note", "info", "notice", "primary"], "NOTE"),
    **dict.fromkeys(["warning", "warn", "attention"], "WARNING"),
    **dict.fromkeys(["danger", "error", "caution"], "CAUTION"),
    "important": "IMPORTANT",
}
"""The kinds of alerts, by what themes call them."""
_ADMONITIONS = (*_ALERTS, "alert", "admonition", "callout")

FindPost = Callable[[str], str | None]
Parameters = dict[str, str]


def has_markup(text: str) -> bool:
    """Return whether the text may contain shortcodes: an opening `{{` or `{%`."""
    return "{{" in text or "{%" in text


class Shortcodes:
    """Converts the shortcodes of one file."""

    def __init__(
        self, find_post: FindPost, *, first_line: int, warn: Warn, parameters: Mapping[str, Any] | None = None
    ) -> None:
        """`find_post` returns the address of the post that a reference names, or None.

        `parameters` are the fields of the file, for Hugo's `param`.
        """
        self.parameters = parameters or {}
        self.find_post, self.first_line, self.warn = find_post, first_line, warn
        self.escaped: list[str] = []

    def hugo(self, text: str) -> str:
        """Return the text with Hugo's shortcodes converted; those in code are kept as they are, with a warning."""

        def show(found: re.Match) -> str:
            return f"{{{{{found[1]}{found[2]}{found[3]}}}}}"

        text = self._protect_code(text, _HUGO, lambda code: _HUGO_ESCAPED.sub(show, code))
        text = self._protect(_HUGO_ESCAPED, text, show)
        return self._unprotect(self._hugo(text, self.first_line))

    def zola(self, text: str) -> str:
        """Return the text with Zola's shortcodes converted; those in code are kept as they are, with a warning."""

        def show(found: re.Match) -> str:
            return f"{{{found[1]}{found[2]}{found[3]}}}"

        text = self._protect_code(text, _ZOLA_OPENING, lambda code: _ZOLA_ESCAPED.sub(show, code))
        text = self._protect(_ZOLA_ESCAPED, text, show)
        # There are no blocks after the last `end`. Searching there would take quadratic time in the number of openings.
        last_end = max((found.end() for found in _ZOLA_END.finditer(text)), default=0)
        blocks, rest = text[:last_end], text[last_end:]
        text = _ZOLA_BLOCK.sub(lambda found: self._zola(found, blocks), blocks) + rest
        text = _ZOLA_INLINE.sub(lambda found, source=text: self._zola(found, source), text)
        return self._unprotect(text)

    def _protect_code(self, text: str, shortcode: re.Pattern[str], show: Callable[[str], str]) -> str:
        """Return the text with the code masked in which there are shortcodes."""
        parts, position = [], 0
        around = _pairs(text)
        for start, end in code_in_markdown.ranges(text):
            code = text[start:end]
            found = shortcode.search(code) if has_markup(code) else None
            # What is indented within a shortcode is its content, and no code.
            is_content = code[:1].isspace() and any(first < start and end < last for first, last in around)
            if found is None or is_content:
                continue
            line = self.first_line + text.count("\n", 0, start + found.start())
            self.warn(line, _("the shortcode %s is in code and kept as it is") % found["name"])
            self.escaped.append(show(code))
            parts += [text[position:start], self._mark()]
            position = end
        return "".join([*parts, text[position:]])

    def _mark(self) -> str:
        return f"{markdown_cleanup.ESCAPED}{len(self.escaped) - 1}{markdown_cleanup.ESCAPED}"

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
        if name in _ADMONITIONS and inner.strip():
            return self._admonition(name, given, inner)
        if name in ("audio", "video") and (given.get("src") or given.get("url") or given.get("0")):
            return self._player(name, given)
        if address := embeds.service_address(name, given.get("id") or given.get("url") or given.get("0", "")):
            return f"<{address}>"
        self.warn(line, _("the shortcode %s is not known; what it holds is kept, the rest left out") % name)
        return inner

    def _protect(self, pattern: re.Pattern[str], text: str, show: Callable[[re.Match], str]) -> str:
        def keep(found: re.Match) -> str:
            self.escaped.append(show(found))
            return self._mark()

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
        return markdown_embeds.picture(source, alt=given.get("alt", ""), caption=caption, link=given.get("link", ""))

    def _admonition(self, name: str, given: Parameters, inner: str) -> str:
        words = [given.get(key, "").lower() for key in ("type", "kind", "style", "0")] + [name]
        kind = next((_ALERTS[word] for word in words if word in _ALERTS), "NOTE")
        title = given.get("title", "")
        text = f"**{title}**\n\n{inner.strip()}" if title else inner.strip()
        return f"\n\n> [!{kind}]\n" + "\n".join(f"> {line}".rstrip() for line in text.split("\n")) + "\n\n"

    def _tab(self, given: Parameters, inner: str, line: int) -> str:
        title = next((given[key] for key in ("title", "name", "label", "header", "0") if given.get(key)), "")
        return f"\n\n**{title}**\n\n{inner.strip()}\n\n" if title else f"\n\n{inner.strip()}\n\n"

    def _diagram(self, given: Parameters, inner: str, line: int) -> str:
        return f"\n\n```mermaid\n{inner.strip()}\n```\n\n"

    def _formula(self, given: Parameters, inner: str, line: int) -> str:
        self.warn(line, _("a formula is shown as its TeX source, as code"))
        return f"`{' '.join(inner.replace('`', ' ').split())}`"

    def _button(self, given: Parameters, inner: str, line: int) -> str:
        address = next((given[key] for key in ("href", "url", "link", "relref", "ref", "0") if given.get(key)), "")
        words = inner.strip() or given.get("text") or given.get("title") or address
        return f"[{words}]({address})" if address else words

    def _player(self, name: str, given: Parameters) -> str:
        source = given.get("src") or given.get("url") or given.get("0", "")
        return f'<{name} src="{source}" controls></{name}>'

    def _parameter(self, given: Parameters, inner: str, line: int) -> str:
        name = given.get("0", "")
        places = (self.parameters, self.parameters.get("params"))
        value = next((place[name] for place in places if isinstance(place, dict) and name in place), None)
        if isinstance(value, dict | list) or value is None:
            self.warn(line, _("the parameter %s is not known; left out") % name)
            return ""
        return str(value)

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


def _pairs(text: str) -> list[tuple[int, int]]:
    """Return from the first opening to the last closing tag of each shortcode that is closed."""
    first: dict[str, int] = {}
    closings = _closings(text)
    for opening in _HUGO.finditer(text) if closings else ():
        first.setdefault(opening["name"], opening.start())
    return [(first[name], found[-1].end()) for name, found in closings.items() if name in first]


_CONVERTERS: dict[str, Callable[[Shortcodes, Parameters, str, int], str]] = {
    "figure": Shortcodes._figure,
    "image": Shortcodes._figure,
    "img": Shortcodes._figure,
    "highlight": Shortcodes._highlight,
    "ref": Shortcodes._reference,
    "relref": Shortcodes._reference,
    "tab": Shortcodes._tab,
    "tabs": Shortcodes._inner,
    "mermaid": Shortcodes._diagram,
    "katex": Shortcodes._formula,
    "math": Shortcodes._formula,
    "button": Shortcodes._button,
    "param": Shortcodes._parameter,
    "expand": Shortcodes._details,
    "collapse": Shortcodes._details,
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
