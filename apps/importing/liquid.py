"""Render Jekyll's Liquid to Markdown: python-liquid with Jekyll's tags and filters.

As in Jekyll, Liquid is rendered before Markdown is parsed, so it is rendered within code too unless `raw` protects it.
Unknown tags, variables and includes are left out, with a warning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment
from liquid.ast import BlockNode, Node
from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_ILLEGAL, TOKEN_TAG
from liquid.undefined import Undefined
from slugify import slugify

from apps.posts.models import BODY_LIMIT

from . import fields, markdown_cleanup
from .problems import BadFile, Warn

INCLUDE_DEPTH = 10
_MARKUP = re.compile(r"\{[{%]")
_JEKYLL_TAG = re.compile(
    r"\{%-?\s*(?:highlight|raw|post_url|link|include|include_relative|include_cached|assign|capture|comment)\b"
)


def has_markup(text: str) -> bool:
    """Return whether the text may contain Liquid: an opening `{{` or `{%`."""
    return bool(_MARKUP.search(text))


def has_jekyll_tags(text: str) -> bool:
    """Return whether the text has a tag of Jekyll outside of code."""
    return markdown_cleanup.has_outside_code(text, _JEKYLL_TAG)


class Liquid:
    """Renders the Liquid of one site's files."""

    def __init__(self, root: Path, config: dict[str, Any], base_path: str, find_post: Callable[[str], str | None]):
        """`root` has `_includes`; `find_post` returns the address of a file for `link` and `post_url`, or None."""
        self.site = {"url": "", "baseurl": "", **config}
        self.environment = _Environment(root, base_path, self.site, find_post)

    def render(self, text: str, page: dict[str, Any], *, first_line: int, warn: Warn) -> str:
        """Return the rendered text. `first_line` is the line of the file where the text begins.

        Raises BadFile for invalid Liquid and for exceeded limits.
        """
        self.environment.start_file(text, first_line, warn)
        try:
            template = self.environment.from_string(text)
            return template.render(page=page, site=self.site)
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


class _Environment(Environment):
    loop_iteration_limit = 100_000
    output_stream_limit = 4 * BODY_LIMIT
    local_namespace_limit = 4 * BODY_LIMIT

    def __init__(self, root: Path, base_path: str, site: dict, find_post: Callable[[str], str | None]) -> None:
        self.root, self.base_path, self.site, self.find_post = root, base_path, site, find_post
        super().__init__(strict_filters=False, undefined=self._undefined_type())
        for tag in (_Highlight, _Link, _PostUrl, _Include, _IncludeRelative, _UnknownTag):
            self.add_tag(tag)
        for name, function in _filters(self).items():
            self.add_filter(name, function)

    def start_file(self, text: str, first_line: int, warn: Warn) -> None:
        """Set the file that lines and warnings refer to."""
        self.text, self.first_line, self._warn = text, first_line, warn

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


# Tags


class _TextNode(Node):
    """A node that writes the text that a function returns for the context."""

    __slots__ = ("write",)

    def __init__(self, token, write: Callable[[Any], str]) -> None:
        super().__init__(token)
        self.write = write
        self.blank = False

    def render_to_output(self, context, buffer) -> int:
        return buffer.write(self.write(context))


def _read_arguments(stream) -> str:
    """Return the source of a tag's arguments."""
    if stream.peek.kind != TOKEN_EXPRESSION:
        return ""
    next(stream)
    return stream.current.value


class _Highlight(Tag):
    """`{% highlight ruby linenos %}`: a fenced block."""

    name = "highlight"
    end = "endhighlight"

    def parse(self, stream) -> Node:
        token = stream.current
        words = _read_arguments(stream).split()
        next(stream)
        block = get_parser(self.env).parse_block(stream, ("endhighlight",))
        stream.expect(TOKEN_TAG, value="endhighlight")
        before = token.source[: token.source.rindex("{%", 0, token.start_index)].rpartition("\n")[2]
        return _TextNode(
            token, lambda context: _fenced_block(_render_block(block, context), words[0] if words else "", before)
        )


def _render_block(block: BlockNode, context) -> str:
    buffer = context.get_buffer()
    block.render(context, buffer)
    return buffer.getvalue()


def _fenced_block(code: str, language: str, before: str) -> str:
    """Return a fenced code block; `before` is the text before the tag in its line."""
    indent = before if not before.strip() else ""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    opening = "" if not before.strip() else "\n\n"
    lines = code.strip("\n").rstrip()
    # In a list item, code that is indented less than its tag would end the list.
    if indent and not all(line.startswith(indent) for line in lines.split("\n") if line.strip()):
        lines = "\n".join(f"{indent}{line}" if line.strip() else line for line in lines.split("\n"))
    return f"{opening}{fence}{language}\n{lines}\n{indent}{fence}"


class _Link(Tag):
    """`{% link _posts/2013-05-06-title.md %}`: the address of a file."""

    name = "link"
    block = False

    def parse(self, stream) -> Node:
        token = stream.current
        target = " ".join(_read_arguments(stream).split()).strip("\"'")
        address = self.env.find_post(target)
        if address is None:
            mark = markdown_cleanup.unresolved(f"{{% {self.name} {target} %}}", self.env.line_of(token))
            return _TextNode(token, lambda context: mark)
        return _TextNode(token, lambda context: address)


class _PostUrl(_Link):
    """`{% post_url 2013-05-06-title %}`: the address of a post."""

    name = "post_url"


class _Include(Tag):
    """`{% include file.html name="value" %}`: a file of `_includes` with its parameters."""

    name = "include"
    block = False

    def parse(self, stream) -> Node:
        token = stream.current
        target, _space, rest = _read_arguments(stream).strip().partition(" ")
        parameters = re.findall(r"([\w-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|(\S+))", rest)
        return _TextNode(token, lambda context: self.render_include(target.strip("\"'"), parameters, token, context))

    def folder(self) -> Path:
        return self.env.root / "_includes"

    def render_include(self, target: str, parameters: list, token, context) -> str:
        """Return the rendered file; if it cannot be included, warn and return an empty text."""
        folder = self.folder().resolve()
        path = (folder / target).resolve()
        depth = context.resolve("include_depth", default=0)
        if not path.is_relative_to(folder) or not path.is_file() or depth >= INCLUDE_DEPTH:
            self.env.warn(token, _("the include %s was not found; left out") % target)
            return ""
        try:
            template: BoundTemplate = self.env.from_string(path.read_text("utf-8-sig"))
        except (OSError, ValueError):
            self.env.warn(token, _("the include %s cannot be read; left out") % target)
            return ""
        values = {
            name: double or single or self.parameter_value(bare, context, token)
            for name, double, single, bare in parameters
        }
        buffer = context.get_buffer()
        with context.extend({"include": values, "include_depth": depth + 1}, template=template):
            template.render_with_context(context, buffer, partial=True)
        return buffer.getvalue()

    def parameter_value(self, name: str, context, token) -> Any:
        """Return the value of a parameter without quotes: a variable."""
        parts: list = [part for part in name.split(".") if part]
        return context.get(parts, token=token, default="") if parts else ""


class _IncludeRelative(_Include):
    """`{% include_relative file.md %}`: a file of the folder that is imported."""

    name = "include_relative"

    def folder(self) -> Path:
        return self.env.root


class _UnknownTag(Tag):
    """Any other tag: it is left out, and the content of a block stays."""

    name = TOKEN_ILLEGAL
    block = False

    def parse(self, stream) -> Node:
        token = stream.current
        _read_arguments(stream)
        if not token.value.startswith("end"):
            self.env.warn(token, _("the tag %s is not known; left out") % token.value)
        return _TextNode(token, lambda context: "")


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
    found = value if isinstance(value, datetime) else fields.parse_datetime(value, datetime.now().astimezone().tzinfo)
    if found is None:
        return _text(value)
    return found.isoformat() if style is None else found.strftime(style)
