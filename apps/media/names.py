"""The names and URLs of images' files. This module uses neither Pillow nor the database.

A file is named by the SHA-256 of the upload, its width and its format: `<digest>/1600.jpg`. Texts refer to it by
`/media/` and that name, wherever the files are stored; pages use `MEDIA_URL` and that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from django.conf import settings
from slugify import slugify

from blog_project import addresses

TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
"""The media types of the stored formats, by file extension."""
SOURCES = ("avif", "webp")
"""The formats of `source` elements, the one with the smallest files first."""

NAME = re.compile(rf"([0-9a-f]{{64}})/([1-9][0-9]{{0,4}})\.({'|'.join(TYPES)})")
"""Matches a file's name: the image's digest, the width, the format."""


class Picture(NamedTuple):
    """What the HTML of an image needs."""

    address: str
    """The URL of the file in a format that every browser can show."""
    width: int
    height: int
    """The width and height of the largest file, in pixels."""
    sources: tuple[tuple[str, str], ...]
    """Media types, each with a `srcset`. Browsers use the first type that they support."""


def digests_in(text: str) -> set[str]:
    """Return the digests in a text that may refer to images."""
    return {found[1] for found in NAME.finditer(text)}


def digest_of(address: str) -> str:
    """Return the digest of the image at an address of this site, or an empty string for other addresses.

    The address may end with a readable name of the image, as in `/media/<digest>/1600.jpg#harbour`.
    """
    address = address.partition("#")[0]
    for base in (addresses.MEDIA, addresses.absolute(addresses.MEDIA), settings.MEDIA_URL):
        if address.startswith(base) and (found := NAME.fullmatch(address[len(base) :])):
            return found[1]
    return ""


def named(address: str, file_name: str) -> str:
    """Return the address of an image with a readable name at its end, which readers' pages leave out."""
    name = slugify(PurePath(file_name).stem, max_length=60)
    return f"{address}#{name}" if name else address


def public_url(name: str) -> str:
    """Return the public URL of a file."""
    return f"{settings.MEDIA_URL}{name}"


def srcset(digest: str, files: Iterable[str], ending: str) -> str:
    """Return the `srcset` of an image's files in one format."""
    widths = sorted(int(name.partition(".")[0]) for name in files if name.endswith(f".{ending}"))
    return ", ".join(f"{public_url(f'{digest}/{width}.{ending}')} {width}w" for width in widths)
