"""The mirror of the guide (docs/api.md), and what it needs to follow a site in the tests."""

from __future__ import annotations

import re
from typing import Any

from tests.servers import ROOT

SITE = "http://testserver"
GUIDE = (ROOT / "docs" / "api.md").read_text()


def _class_of_the_guide() -> type:
    (source,) = [block for block in re.findall(r"```python\n(.*?)```", GUIDE, re.S) if block.startswith("class Mirror")]
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace["Mirror"]


GuideMirror = _class_of_the_guide()


class _Answer:
    def __init__(self, response) -> None:
        self.status_code, self.json, self._response = response.status_code, response.json, response

    def raise_for_status(self) -> None:
        assert self.status_code < 400, self._response.content


class Session:
    """The part of `requests.Session` that the mirror uses, on a test client."""

    def __init__(self, client) -> None:
        self.client, self.headers = client, {}

    def get(self, address: str, timeout: int) -> _Answer:
        headers = {name.replace("-", "_"): value for name, value in self.headers.items()}
        return _Answer(self.client.get(address, **headers))


class Mirror(GuideMirror):
    """The mirror of the guide that holds posts with their whole tags, authors and images."""

    def __init__(self, client, page_size: int = 20) -> None:
        self.page_size = page_size
        super().__init__(SITE, Session(client))

    def get(self, address: str) -> _Answer:
        if re.search(r"/posts/\d+/$", address):
            address += "?include=authors,tags,images"
        if "/changes/" in address and "page_size" not in address:
            address += f"&page_size={self.page_size}"
        return super().get(address)


def entries(client, address: str) -> tuple[list[dict], str]:
    """Return the entries from an address on, and the address of what follows."""
    found = []
    while True:
        page = client.get(address).json()
        found += page["results"]
        address = page["next"]
        if not page["more"]:
            return found, address


def told(found: list[dict]) -> list[tuple[str, int, str]]:
    """Return what each entry tells."""
    return [(entry["type"], entry["id"], entry["event"]) for entry in found]


class Feed:
    """Reads on in the feed: `feed()` returns what is told since the last call."""

    def __init__(self, client, query: str = "") -> None:
        self.client, self.next = client, client.get(f"changes/?after=now{query}").json()["next"]

    def __call__(self) -> list[tuple[str, int, str]]:
        found, self.next = entries(self.client, self.next)
        return told(found)
