"""Render Jekyll's Liquid to Markdown: python-liquid with Jekyll's tags and filters.

As in Jekyll, Liquid is rendered before Markdown is parsed, so it is rendered within code too unless `raw` protects it.
Unknown tags, variables and includes are left out, with a warning.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment
from liquid.ast import Node
from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError
from liquid.tag import Tag
from liquid.token import TOKEN_OUTPUT, TOKEN_TAG
from liquid.undefined import Undefined
from slugify import slugify

from apps.importing import dates
from apps.importing.problems import BadFile, Warn
from apps.importing.source_folders import SourceFolders
from apps.posts.models import BODY_LIMIT

from . import code_in_markdown, markdown_cleanup
from .liquid_limits import CountedNode, LimitedTemplate, Limits, limited
from .liquid_tags import Highlight, Include, IncludeCached, IncludeRelative, Link, PostUrl, UnknownTag

_MARKUP = re.compile(r"\{[{%]")
_HIGHLIGHTED = re.compile(
    r"\{%-?\s*highlight\b[^%]*%\}((?:(?!\{%-?\s*(?:end)?highlight\b).)*)\{%-?\s*endhighlight\s*-?%\}", re.DOTALL
)
_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(?:(?!\{%-?\s*raw\b).)*?\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_TRIM = re.compile(r"\{[{%]-|-[%}]\}")
_KEPT_BRACE = "\ue005"
"""Stands for the first brace of Liquid in code that cannot be read."""
_JEKYLL_TAG = re.compile(
    r"\{%-?\s*(?:highlight|raw|post_url|link|include|include_relative|include_cached|assign|capture|comment)\b"
)


def has_markup(text: str) -> bool:
    """Return whether the text may contain Liquid: an opening `{{` or `{%`."""
    return bool(_MARKUP.search(text))


def _code_ranges(text: str) -> list[code_in_markdown.Range]:
    """Return where code is, in order: that of Markdown, and what is highlighted."""
    found: list[code_in_markdown.Range] = []
    for one in sorted([*code_in_markdown.ranges(text), *(block.span(1) for block in _HIGHLIGHTED.finditer(text))]):
        if not found or one[0] >= found[-1][1]:
            found.append(one)
    return found


def has_jekyll_tags(text: str) -> bool:
    """Return whether the text has a tag of Jekyll outside of code."""
    return markdown_cleanup.has_outside_code(text, _JEKYLL_TAG)


class Liquid:
    """Renders the Liquid of one site's files."""

    def __init__(
        self,
        root: Path,
        sources: SourceFolders,
        config: dict[str, Any],
        base_path: str,
        find_post: Callable[[str], str | None],
    ):
        """`root` has `_includes`, which are read by `sources`.

        `find_post` returns the address of a file for `link` and `post_url`, or None.
        """
        self.site = {"url": "", "baseurl": "", **config}
        self.environment = _Environment(root, sources, base_path, self.site, find_post)

    def render(self, text: str, page: dict[str, Any], *, first_line: int, warn: Warn, **variables: Any) -> str:
        """Return the rendered text. `first_line` is the line of the file where the text begins.

        In code, what Liquid does not know or would leave empty is kept as it is, with a warning. `variables` are known
        beside `page` and `site`. Raises BadFile for invalid Liquid and for exceeded limits.
        """
        self.environment.start_file(text, first_line, warn)
        # What takes away white space around itself would take away the lines of code, too.
        self.environment.text = text = self.environment.masked_code(text, lambda piece: bool(_TRIM.search(piece)))
        try:
            template = self._parse(text)
            return template.render(**variables, page=page, site=self.site).replace(_KEPT_BRACE, "{")
        except ResourceLimitError as error:
            raise BadFile(first_line, _("Liquid takes too much work here (%s).") % error.message) from None
        except LiquidError as error:
            raise BadFile(
                self.environment.line_of_error(error),
                _("Liquid cannot be read: %s. Close every tag, or put what is to be shown between raw and endraw.")
                % str(error.message).rstrip("."),
            ) from None
        except RecursionError:
            raise BadFile(first_line, _("Liquid is nested too deeply.")) from None

    def _parse(self, text: str) -> BoundTemplate:
        try:
            return self.environment.from_string(text)
        except LiquidSyntaxError:
            readable = self.environment.masked_code(text, self._is_unreadable)
            if readable == text:
                raise
            self.environment.text = readable
            return self.environment.from_string(readable)

    def _is_unreadable(self, code: str) -> bool:
        try:
            self.environment.from_string(code)
        except LiquidSyntaxError:
            return True
        return False


class _Environment(Environment):
    # The library's own limits, beside those of `liquid_limits`.
    loop_iteration_limit = 100_000
    output_stream_limit = 2 * BODY_LIMIT
    template_class = LimitedTemplate

    def __init__(
        self,
        root: Path,
        sources: SourceFolders,
        base_path: str,
        site: dict,
        find_post: Callable[[str], str | None],
    ) -> None:
        self.root, self.sources, self.base_path = root, sources, base_path
        self.site, self.find_post, self.limits = site, find_post, Limits()
        super().__init__(strict_filters=False, undefined=self._undefined_type())
        for tag in (Highlight, Link, PostUrl, Include, IncludeCached, IncludeRelative, UnknownTag):
            self.add_tag(tag)
        self.tags = {name: _KeptInCode(self, tag) for name, tag in self.tags.items()}
        for name, function in (self.filters | _filters(self)).items():
            self.add_filter(name, limited(name, function, lambda: self.limits))

    def start_file(self, text: str, first_line: int, warn: Warn) -> None:
        """Set the file that lines and warnings refer to."""
        self.text, self.first_line, self._warn = text, first_line, warn
        self.limits, self.included = Limits(), {}
        self.code = _code_ranges(text)
        self.kept = 0
        """How often a statement in code was kept as it is."""

    def is_in_code(self, source: str, start: int, end: int) -> bool:
        """Return whether a part of a template is within one piece of the file's code."""
        if source != self.text:
            return False
        place = bisect_right(self.code, start, key=lambda piece: piece[0]) - 1
        return place >= 0 and end <= self.code[place][1]

    def masked_code(self, text: str, is_kept: Callable[[str], bool]) -> str:
        """Return the text with the braces masked of each piece of code with Liquid that `is_kept`, and warn of it."""
        parts, position = [], 0
        raw = [found.span() for found in _RAW.finditer(text)]
        for start, end in self.code:
            piece = text[start:end]
            if not has_markup(piece) or any(first <= start and end <= last for first, last in raw):
                continue
            if is_kept(piece):
                line = self.first_line + text.count("\n", 0, start + _MARKUP.search(piece).start())
                self._warn(line, _("code with what would be Liquid is kept as it is"))
                parts += [text[position:start], _MARKUP.sub(lambda found: f"{_KEPT_BRACE}{found[0][1]}", piece)]
                position = end
        return "".join([*parts, text[position:]])

    def line_of(self, token) -> int:
        """Return the line of the file where a token is; for a token of an include, `first_line`."""
        if token is None or token.source != self.text:
            # The position of an expression's token is relative to the expression.
            at = self.text.find(token.source) if token is not None and token.source else -1
            return self.first_line + (self.text.count("\n", 0, at) if at >= 0 else 0)
        return self.first_line + self.text.count("\n", 0, max(token.start_index, 0))

    def line_of_error(self, error: LiquidError) -> int:
        """Return the line of an error; for an unclosed tag, the line of its last opening."""
        unclosed = re.search(r"expected tag end(\w+)", str(error.message))
        openings = [*re.finditer(rf"\{{%-?\s*{unclosed[1]}\b", self.text)] if unclosed else []
        if openings:
            return self.first_line + self.text.count("\n", 0, openings[-1].start())
        return self.line_of(error.token)

    def warn(self, token, message: str) -> None:
        """Warn of something that was left out, at the line of the token."""
        self._warn(self.line_of(token), message)

    def error(self, exc, msg: str | None = None, token=None) -> None:
        """Raise errors of syntax and limits, and only warn of errors in values, as Jekyll does."""
        error = exc if isinstance(exc, LiquidError) else exc(msg, token=token)
        error.token = error.token or token
        if isinstance(error, LiquidSyntaxError | ResourceLimitError):
            raise error
        self.warn(error.token, _("Liquid: %s; left out") % error.message)

    def _undefined_type(self) -> type[Undefined]:
        environment = self

        class UnknownVariable(Undefined):
            """A variable without a value. A link with it in its target is reduced to its text."""

            def __str__(self) -> str:
                name = (self.hint or self.name).removesuffix(" is undefined").strip("'")
                return markdown_cleanup.unresolved(f"{{{{ {name} }}}}", environment.line_of(self.token))

        return UnknownVariable


# Code


class _KeptInCode(Tag):
    """A tag whose source is kept in code, where it would leave nothing or is not known."""

    def __init__(self, env, tag: Tag) -> None:
        super().__init__(env)
        self.tag, self.name, self.end, self.block = tag, tag.name, tag.end, tag.block

    def parse(self, stream) -> Node:
        token = stream.current
        node = self.tag.get_node(stream)
        is_output = token.kind == TOKEN_OUTPUT
        if not is_output and token.kind != TOKEN_TAG:
            return node
        node, source, last = CountedNode(node), token.source, stream.current
        start = source.rfind("{{" if is_output else "{%", 0, token.start_index + 2)
        end = source.find("}}" if is_output else "%}", last.start_index) + 2
        in_code = self.env.is_in_code(source, start, end)
        kept = _KeptNode(self.env, token, node, source[start:end], in_code)
        kept.is_plugin = isinstance(self.tag, UnknownTag)
        return kept if is_output or in_code else node


class _KeptNode(Node):
    """A statement that is written as it is where it is not known: in code as text, elsewhere as a mark."""

    __slots__ = ("env", "in_code", "is_plugin", "node", "source")

    def __init__(self, env, token, node: Node, source: str, in_code: bool) -> None:
        super().__init__(token)
        self.env, self.node, self.source, self.in_code, self.is_plugin = env, node, source, in_code, False
        self.blank = False

    def render_to_output(self, context, buffer) -> int:
        written, kept_before = context.get_buffer(), self.env.kept
        self.node.render(context, written)
        text = written.getvalue()
        is_unknown = markdown_cleanup.UNRESOLVED in text or self.env.kept > kept_before
        if self.in_code and (is_unknown or not text.strip() or self.is_plugin):
            self.env.warn(self.token, _("%s is code; kept as it is") % " ".join(self.source.split()))
            text = self.source
            self.env.kept += 1
        elif is_unknown:
            text = markdown_cleanup.unresolved(" ".join(self.source.split()), self.env.line_of(self.token))
        return buffer.write(text)


# Filters that Jekyll adds to Liquid


def _filters(environment: _Environment) -> dict[str, Callable]:
    def relative_url(value: Any) -> str:
        text = str(value)
        return (
            text
            if re.match(rf"[a-z]+:|//|{markdown_cleanup.UNRESOLVED}", text)
            else f"{environment.base_path}/{text.lstrip('/')}"
        )

    def absolute_url(value: Any) -> str:
        address = relative_url(value)
        return f"{environment.site.get('url') or ''}{address}" if address.startswith("/") else address

    return {
        "relative_url": relative_url,
        "absolute_url": absolute_url,
        "markdownify": _text,
        "smartify": _text,
        "liquify": _text,
        "slugify": lambda value, mode="default": slugify(_text(value)),
        "jsonify": lambda value: json.dumps(value, ensure_ascii=False, default=str),
        "uri_escape": lambda value: quote(_text(value), safe="/:?#[]@!$&'()*+,;=~-._%"),
        "cgi_escape": lambda value: quote_plus(_text(value)),
        "xml_escape": lambda value: _text(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "number_of_words": lambda value, mode="": len(_text(value).split()),
        "array_to_sentence_string": lambda value: " and ".join(map(str, value)) if isinstance(value, list) else value,
        "date_to_string": lambda value, *style: _format_date(value, "%d %b %Y"),
        "date_to_long_string": lambda value, *style: _format_date(value, "%d %B %Y"),
        "date_to_xmlschema": lambda value: _format_date(value, None),
        "date_to_rfc822": lambda value: _format_date(value, "%a, %d %b %Y %H:%M:%S %z"),
    }


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, Undefined) else str(value)


def _format_date(value: Any, style: str | None) -> str:
    found = value if isinstance(value, datetime) else dates.parse_datetime(value, datetime.now().astimezone().tzinfo)
    if found is None:
        return _text(value)
    return found.isoformat() if style is None else found.strftime(style)
