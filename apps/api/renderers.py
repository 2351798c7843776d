"""JSON by orjson, which takes a tenth of the time of Python's own module, in the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer

_LINE_SEPARATORS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"))
"""The two line breaks of Unicode that JSON may contain and JavaScript once could not: DRF escapes them."""
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME


class FastJSONRenderer(JSONRenderer):
    """DRF's renderer, but for what orjson can write: everything without indentation whose values are those of JSON."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the JSON of `data`; nothing for None."""
        if data is None:
            return b""
        if accepted_media_type and "indent" in accepted_media_type:
            return super().render(data, accepted_media_type, renderer_context)
        try:
            rendered = orjson.dumps(data, default=self._encode, option=_OPTIONS)
        except orjson.JSONEncodeError:
            # Keys that are no texts, integers beyond 64 bits, halves of characters: rare, and as DRF treats them.
            return super().render(data, accepted_media_type, renderer_context)
        for character, escaped in _LINE_SEPARATORS:
            if character in rendered:
                rendered = rendered.replace(character, escaped)
        return rendered

    def _encode(self, value: Any) -> Any:
        """Return a value that JSON does not know, such as a text that is translated late, as DRF represents it."""
        return self.encoder_class().default(value)
