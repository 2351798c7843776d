"""What reads the texts of strangers, as functions that a fuzzer calls with bytes.

Each target returns for every input: it raises none but the documented exceptions, which it catches, and its HTML contains nothing
that a browser would execute. `test_corpus.py` calls the targets with the files of `corpus/`, `__main__.py` with what
Atheris makes of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from apps.importing.problems import BadFile
from apps.markdown import rendering
from apps.markdown.conversion import from_html
from apps.server import request_target
from apps.server.page_cache.cache_request import cache_request_of
from apps.server.refusals import Refused
from apps.static_sites import fields, front_matter, kramdown, liquid, markdown_cleanup, shortcodes
from apps.static_sites.site import Site
from tests.markdown.safe_html import assert_safe

CORPUS = Path(__file__).parent / "corpus"
NAME = "2020-02-29-a-post.md"


def markdown(data: bytes) -> None:
    """Render Markdown."""
    _render(_text(data))


def front_matter_fields(data: bytes) -> None:
    """Split a file into fields and body, and interpret the fields as each generator does."""
    text = _text(data).replace("\x00", "\N{REPLACEMENT CHARACTER}")
    try:
        source = front_matter.split(text)
    except BadFile:
        return
    assert isinstance(source.typed, dict)
    for generator in ("jekyll", "hugo", "zola", "eleventy", "none"):
        with suppress(BadFile):
            fields.read(source, NAME, _site(generator), generator)


def liquid_template(data: bytes) -> None:
    """Render a body of Jekyll to Markdown, and that to HTML."""
    text, site = markdown_cleanup.strip_marks(_text(data)), _site("jekyll")
    page = {
        "title": "A post",
        "tags": ["a", "b"],
        "date": datetime(2020, 2, 29, tzinfo=UTC),
        "number": 3,
        "empty": None,
    }
    renderer = liquid.Liquid(site.root, site.sources, site.config, "/old", lambda name: None)
    try:
        text = renderer.render(text, page, first_line=1, warn=_ignore)
    except BadFile:
        return
    _finish(text, kramdown_syntax=True)


def hugo_shortcodes(data: bytes) -> None:
    """Convert the shortcodes of Hugo and of Zola to Markdown, and that to HTML."""
    text = markdown_cleanup.strip_marks(_text(data))
    for convert in ("hugo", "zola"):
        converter = shortcodes.Shortcodes(lambda name: None, first_line=1, warn=_ignore, parameters={"a": "b"})
        try:
            converted = getattr(converter, convert)(text)
        except BadFile:
            continue
        _finish(converted, kramdown_syntax=False)


def html(data: bytes) -> None:
    """Convert HTML to Markdown, and that to HTML."""
    try:
        converted = from_html.to_markdown(from_html.parse_html(_text(data)))
    except rendering.TooComplex:
        return
    _render(converted)


def target_of_request(data: bytes) -> None:
    """Read the target of a request, as the bytes of its line after the method."""
    path, _mark, query = data.partition(b"?")
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "raw_path": path,
        "path": unquote(path.decode("latin-1")),
        "query_string": query,
        "headers": [(b"host", b"localhost")],
    }
    try:
        resolved = request_target.resolve(scope)
    except Refused:
        return
    request = cache_request_of(resolved)
    assert request is None or request.path.startswith(b"/")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "markdown": markdown,
    "front_matter": front_matter_fields,
    "liquid": liquid_template,
    "shortcodes": hugo_shortcodes,
    "html": html,
    "request_target": target_of_request,
}
"""The targets by the name of their folder in `corpus/`."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _ignore(line: int, message: str) -> None:
    assert line >= 0
    assert message


@cache
def _site(generator: str) -> Site:
    """Return an empty site."""
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-fuzz-"))
    return Site(folder=folder, root=folder, generator=generator, config={"timezone": "Europe/Berlin"})


def _finish(text: str, *, kramdown_syntax: bool) -> None:
    """Clean up the Markdown of an import as `bodies` does, then render it."""
    steps = []
    if kramdown_syntax:
        text = kramdown.with_escaped_pipes(text)
        steps = [lambda text, mask: kramdown.convert(text, mask=mask, line_of=lambda piece: 1, warn=_ignore)]
    _render(
        markdown_cleanup.finish(text, resolve=lambda target: None, warn=_ignore, kramdown=kramdown_syntax, steps=steps)
    )


def _render(text: str) -> None:
    try:
        rendered = rendering.render(text)
    except rendering.TooComplex:
        return
    assert_safe(rendered.html)
    assert_safe(rendered.toc_html)
