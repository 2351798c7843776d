"""The names of images' files, which texts and pages use. Nothing here knows Pillow or the database.

A file is named by the SHA-256 of what was uploaded, its width and its format: `<digest>/1600.jpg`. In a text its
address is `/media/` and that name, wherever the files are; on pages it is `MEDIA_URL` and that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings

from blog_project import addresses

TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
"""The media types of the formats that are served."""
SOURCES = ("avif", "webp")
"""The formats that browsers are offered, the smallest first."""

NAME = re.compile(rf"([0-9a-f]{{64}})/([1-9][0-9]{{0,4}})\.({'|'.join(TYPES)})")
"""A file's name: its image's digest, its width, its format."""


class Picture(NamedTuple):
    """An image as pages show it."""

    address: str
    """Where the file is that everybody can show."""
    width: int
    height: int
    """The size of its largest file."""
    sources: tuple[tuple[str, str], ...]
    """Media types, each with a `srcset`; the first that a browser knows is the one to show."""


def digests_in(text: str) -> set[str]:
    """Return the digests of all images that a text may name."""
    return {found[1] for found in NAME.finditer(text)}


def digest_of(address: str) -> str:
    """Return the digest of the image at an address of ours, or nothing for any other address."""
    for base in (addresses.MEDIA, addresses.absolute(addresses.MEDIA), settings.MEDIA_URL):
        if address.startswith(base) and (found := NAME.fullmatch(address[len(base) :])):
            return found[1]
    return ""


def public(name: str) -> str:
    """Return where readers find a file."""
    return f"{settings.MEDIA_URL}{name}"


def srcset(digest: str, files: Iterable[str], ending: str) -> str:
    """Return the `srcset` of an image's files in one format."""
    widths = sorted(int(name.partition(".")[0]) for name in files if name.endswith(f".{ending}"))
    return ", ".join(f"{public(f'{digest}/{width}.{ending}')} {width}w" for width in widths)
