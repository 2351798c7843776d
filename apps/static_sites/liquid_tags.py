"""The tags that Jekyll and the usual plugins add to Liquid. Unknown ones are left as marks (`markdown_cleanup`)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.ast import BlockNode, Node
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_ILLEGAL, TOKEN_TAG

from apps.markdown.conversion import embeds
from apps.posts.models import BODY_LIMIT

from . import markdown_cleanup, markdown_embeds

INCLUDE_DEPTH = 10
INCLUDE_COST = 10
"""The steps (`liquid_limits`) of an include."""


class TextNode(Node):
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


class Highlight(Tag):
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
        return TextNode(
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


class Link(Tag):
    """`{% link _posts/2013-05-06-title.md %}`: the address of a file."""

    name = "link"
    block = False

    def parse(self, stream) -> Node:
        token = stream.current
        target = " ".join(_read_arguments(stream).split()).strip("\"'")
        address = self.env.find_post(target)
        if address is None:
            mark = markdown_cleanup.unresolved(f"{{% {self.name} {target} %}}", self.env.line_of(token))
            return TextNode(token, lambda context: mark)
        return TextNode(token, lambda context: address)


class PostUrl(Link):
    """`{% post_url 2013-05-06-title %}`: the address of a post."""

    name = "post_url"


class Include(Tag):
    """`{% include file.html name="value" %}`: a file of `_includes` with its parameters."""

    name = "include"
    block = False

    def parse(self, stream) -> Node:
        token = stream.current
        target, _space, rest = _read_arguments(stream).strip().partition(" ")
        parameters = re.findall(r"([\w-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|(\S+))", rest)
        return TextNode(token, lambda context: self.render_include(target.strip("\"'"), parameters, token, context))

    def folder(self) -> Path:
        return self.env.root / "_includes"

    def render_include(self, target: str, parameters: list, token, context) -> str:
        """Return the rendered file; if it cannot be included, warn and return an empty text."""
        self.env.limits.step(INCLUDE_COST)
        file = self._file(target)
        depth = context.resolve("include_depth", default=0)
        values = {
            name: double or single or self.parameter_value(bare, context, token)
            for name, double, single, bare in parameters
        }
        if file is None:
            if written := _usual_include(target, values):
                return written
            self.env.warn(token, _("the include %s was not found; left out") % target)
            return ""
        if depth >= INCLUDE_DEPTH:
            self.env.warn(token, _("the include %s is nested too deeply; left out") % target)
            return ""
        try:
            template = self._template(file)
        except (OSError, ValueError):
            self.env.warn(token, _("the include %s cannot be read; left out") % target)
            return ""
        buffer = context.get_buffer()
        with context.extend({"include": values, "include_depth": depth + 1}, template=template):
            template.render_with_context(context, buffer, partial=True)
        return buffer.getvalue()

    def _file(self, target: str) -> Path | None:
        """Return the file of the folder with this name, if there is one that may be included."""
        name = PurePosixPath(posixpath.normpath(target))
        # Hidden files are no content: `.git/config` and `.env` may hold passwords.
        if name.is_absolute() or any(part.startswith(".") for part in name.parts):
            return None
        file = self.env.sources.file(self.folder() / name)
        return file if file and not self.env.sources.is_hidden(file) else None

    def _template(self, file: Path) -> BoundTemplate:
        """Return a parsed file. Raises OSError and ValueError."""
        if file not in self.env.included:
            text = self.env.sources.read(file, BODY_LIMIT).decode("utf-8-sig")
            self.env.included[file] = self.env.from_string(text)
        return self.env.included[file]

    def parameter_value(self, name: str, context, token) -> Any:
        """Return the value of a parameter without quotes: a variable."""
        parts: list = [part for part in name.split(".") if part]
        return context.get(parts, token=token, default="") if parts else ""


class IncludeCached(Include):
    """`{% include_cached file.html %}` of a plugin: the same."""

    name = "include_cached"


class IncludeRelative(Include):
    """`{% include_relative file.md %}`: a file of the folder that is imported."""

    name = "include_relative"

    def folder(self) -> Path:
        return self.env.root


class UnknownTag(Tag):
    """Any other tag: it is left out, and the content of a block stays."""

    name = TOKEN_ILLEGAL
    block = False

    def parse(self, stream) -> Node:
        token = stream.current
        arguments = " ".join(_read_arguments(stream).split())
        if token.value.startswith("end"):
            return TextNode(token, lambda context: "")
        if written := _plugin(token.value, arguments):
            return TextNode(token, lambda context: written)
        source = f"{{% {token.value} {arguments} %}}".replace("  ", " ")
        return TextNode(token, lambda context: markdown_cleanup.unresolved(source, self.env.line_of(token)))


_WORDS = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s,\"']+)")
_PICTURE = re.compile(r".+\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#].*)?", re.IGNORECASE)
_INCLUDED_PICTURES = ("figure", "image", "img", "picture", "responsive-image")
_INCLUDED_VIDEOS = ("video", "youtube", "youtubeplayer", "vimeo", "embed")


def _plugin(name: str, arguments: str) -> str | None:
    """Return the Markdown of a tag of the usual plugins: a picture, or a link to a video or a gist; None of others."""
    words = [next(value for value in found if value) for found in _WORDS.findall(arguments) if any(found)]
    if name in ("image", "img", "picture", "figure"):
        source = next((word for word in words if _PICTURE.fullmatch(word)), "")
        quoted = [one or other for one, other in re.findall(r"\"([^\"]*)\"|'([^']*)'", arguments)]
        alt = next((word for word in reversed(quoted) if word != source), "")
        return markdown_embeds.picture(source, alt=alt) if source else None
    address = embeds.service_address(name, words[0]) if words else None
    return address and f"<{address}>"


def _usual_include(name: str, values: dict[str, Any]) -> str | None:
    """Return the Markdown of an include that many themes have and this folder lacks: a figure or a video."""
    stem = Path(name).stem.lower()
    given = {key: str(value) for key, value in values.items() if value}
    if stem in _INCLUDED_PICTURES:
        keys = ("image_path", "src", "path", "url", "image", "file", "filename")
        source = next((given[key] for key in keys if key in given), "")
        caption = given.get("caption", "")
        return markdown_embeds.picture(source, alt=given.get("alt", ""), caption=caption) if source else None
    if stem in _INCLUDED_VIDEOS:
        service = given.get("provider") or ("vimeo" if stem == "vimeo" else "youtube")
        address = embeds.service_address(service, given.get("id") or given.get("url") or given.get("video_id") or "")
        return address and f"<{address}>"
    return None
