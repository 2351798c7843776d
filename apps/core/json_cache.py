"""Values of a shared cache as JSON. Django's own form is pickle, which runs code that is in the value."""

from __future__ import annotations

import json
from typing import Any


class JSONSerializer:
    """The `serializer` of Django's Redis cache: whoever can write there can change counts, and nothing else."""

    def dumps(self, value: Any) -> str:
        """Return a value as it is stored. Raises TypeError for one that JSON does not have."""
        return json.dumps(value)

    def loads(self, stored: bytes) -> Any:
        """Return a stored value. Raises ValueError for anything but JSON."""
        return json.loads(stored)
