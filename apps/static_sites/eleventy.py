"""What Eleventy's templates see: fields as variables of their own, `page`, and global data. Nunjucks is read as Liquid.

https://www.11ty.dev/docs/data/, https://www.11ty.dev/docs/data-eleventy-supplied/
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from . import code_in_markdown
from .fields import Fields, bare_name
from .site import Site

_CALL = re.compile(r"(\|\s*\w+)\(([^()|]*)\)(?=[^{}]*[}%]\})")
_SET = re.compile(r"\{%(-?)\s*set\s+(\w+)\s*=")
_NUNJUCKS_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


class Eleventy:
    """The variables of one site's templates."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def variables(self, read: Fields, relative: str) -> dict[str, Any]:
        """Return the variables of a file beside `page`."""
        return {**self._global_data, **read.values, "tags": read.tags}

    def page(self, read: Fields, relative: str) -> dict[str, Any]:
        """Return the values of `page` that tell where the file is."""
        path = PurePosixPath(self.site.content_path(relative))
        folder = str(path.parent).strip(".")
        return {
            "date": read.published_at,
            "inputPath": f"./{self.site.path_in_site(relative)}",
            "fileSlug": bare_name(str(path))[0],
            "filePathStem": f"/{folder}/{re.sub(r'^[0-9]{4}-[0-9]{2}-[0-9]{2}-', '', path.stem)}".replace("//", "/"),
            "outputFileExtension": "html",
            "lang": read.language,
        }

    @cached_property
    def _global_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for folder in dict.fromkeys([self.site.root / "_data", self.site.root / self.site.input_folder / "_data"]):
            for path in self.site.sources.children(folder):
                if path.suffix == ".json" and self.site.has_file(path):
                    data[path.stem] = self._load(path)
        return data

    def _load(self, path: Path) -> Any:
        try:
            return json.loads(self.site.sources.read_text(path))
        except (OSError, ValueError, RecursionError):
            return {}


def as_liquid(text: str, *, nunjucks: bool = False) -> str:
    """Return a template with what only Nunjucks writes as Liquid has it: `{% set %}`, calls of filters.

    With `nunjucks`, its comments are taken out. Code is left as it is.
    """
    parts, position = [], 0
    for start, end in [*code_in_markdown.ranges(text), (len(text), len(text))]:
        parts += [_as_liquid(text[position:start], nunjucks), text[start:end]]
        position = end
    return "".join(parts)


def _as_liquid(text: str, nunjucks: bool) -> str:
    if nunjucks:
        text = _NUNJUCKS_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    text = _SET.sub(r"{%\1 assign \2 =", text)
    return _CALL.sub(lambda found: f"{found[1]}: {found[2]}" if found[2].strip() else found[1], text)
