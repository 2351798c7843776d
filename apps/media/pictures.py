"""From the bytes of an upload to the files that are kept. Nothing of the upload is: every pixel is encoded anew.

So no byte that somebody hid in a file is ever served, and neither is where or with what a photograph was taken. What
is no still picture, or would take more memory than a process has for it, is refused with the reason. Decoding and
encoding is done by one thread of a process at a time; docs/images.md says what it costs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import NamedTuple

from django.utils.translation import gettext as _
from PIL import Image, ImageCms

from .limits import Busy, Refused

logger = logging.getLogger(__name__)

PIXEL_LIMITS = {"JPEG": 50_000_000, "PNG": 30_000_000, "GIF": 25_000_000, "WEBP": 20_000_000, "AVIF": 20_000_000}
"""How large a picture can be, by what decoding takes: a JPEG can be decoded smaller than it is, the others cannot."""
SIDE_LIMIT = 16_000
"""Pixels of a side; WebP has 14 bits for them."""
WIDTHS = (480, 960, 1600, 2560)
"""The widths that are made of a picture, as far as it has them."""
FALLBACK_WIDTH = 1600
"""About the widest that is made in the format that everybody can show."""
SPARED = 1.2
"""A width is left out where the next one is wider by less than this."""
SECONDS = 20
"""How long an upload waits for its turn."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What the EXIF says to do to a picture, to see it upright."""
_ADOPTED = {"MPO": "JPEG"}  # Several pictures in a JPEG, as telephones make them; the first is the photograph.
_SRGB = ImageCms.createProfile("sRGB")
_turn = threading.BoundedSemaphore(1)


class Made(NamedTuple):
    """What was made of a file."""

    kind: str
    """Its format: jpeg, png, gif, webp or avif."""
    width: int
    height: int
    """Its size, upright."""
    files: dict[str, bytes]


def make(content: bytes) -> Made:
    """Make what is kept of a file. Raises Refused and Busy."""
    with _in_turn():
        try:
            return _make(content)
        except Refused:
            raise
        except Exception:
            # A crafted file makes decoders raise anything there is.
            logger.info("An upload could not be decoded", exc_info=True)
            raise Refused(_("The picture is damaged or incomplete. Save or export it again."), "unreadable") from None


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=SECONDS):
        raise Busy
    try:
        yield
    finally:
        _turn.release()


def _make(content: bytes) -> Made:
    # What was decoded is freed before anything is encoded: both take memory.
    kind, size, whole = _decoded(content)
    return Made(kind.lower(), *size, dict(_files(whole)))


def _decoded(content: bytes) -> tuple[str, tuple[int, int], Image.Image]:
    """Return a picture's format, its size, and itself, upright and no wider than the widest that is made."""
    with _opened(content) as source:
        kind, orientation = _kind(source), _orientation(source)
        _check(source, kind)
        turned = orientation >= 5
        width, height = source.size[::-1] if turned else source.size
        top = min(width, WIDTHS[-1])
        size = (top, max(1, round(height * top / width)))
        return kind, (width, height), _upright(_reduced(source, size[::-1] if turned else size), orientation)


def _opened(content: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(content), formats=list(PIXEL_LIMITS))
    except Image.DecompressionBombError:
        raise Refused(_("The picture has far too many pixels. Make it smaller."), "too_large") from None
    except Image.UnidentifiedImageError:
        message = _("This is no picture that can be kept here: send a JPEG, PNG, GIF, WebP or AVIF.")
        raise Refused(message, "not_supported") from None


def _kind(source: Image.Image) -> str:
    return _ADOPTED.get(source.format, source.format)


def _check(source: Image.Image, kind: str) -> None:
    """Refuse what must not be decoded; so far only its head was read."""
    pixels, limit = source.width * source.height, PIXEL_LIMITS[kind]
    if pixels > limit:
        message = _("The picture has %(pixels)s million pixels; in this format it can have %(limit)s. Make it smaller.")
        numbers = {"pixels": f"{pixels / 1e6:.0f}", "limit": f"{limit / 1e6:.0f}"}
        raise Refused(message % numbers, "too_large")
    if max(source.size) > SIDE_LIMIT:
        message = _("The picture has %(width)s × %(height)s pixels; a side can have at most %(limit)s.")
        sides = {"width": source.width, "height": source.height, "limit": SIDE_LIMIT}
        raise Refused(message % sides, "too_large")
    if kind != "JPEG" and getattr(source, "n_frames", 1) > 1:
        message = _(
            "This is an animation. Only still pictures are kept here: send one of its pictures, or a video's link."
        )
        raise Refused(message, "not_supported")


def _orientation(source: Image.Image) -> int:
    try:
        found = source.getexif().get(_ORIENTATION, 1)
        return found if found in _TURNS else 1
    except Exception:
        return 1  # What a camera wrote beside the picture can be broken where the picture is not.


def _reduced(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Decode a picture and make it `size`, before anything else copies its pixels."""
    source.draft(None, size)
    source.load()
    profile, image = source.info.get("icc_profile"), source
    if image.mode.startswith("I"):
        image = _of_eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return _in_srgb(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3), profile)


def _of_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of 16 bits as one of 8, which Pillow would cut off where it is brighter than 255."""
    image = image.convert("I")
    return image.point(lambda value: value * (1 / 256)).convert("L")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture in the colours that every screen has; a profile that cannot be used is left aside."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            return ImageCms.profileToProfile(image, BytesIO(profile), _SRGB, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            logger.info("A colour profile could not be used", exc_info=True)
    return image.convert(mode)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn a picture as its camera said, and forget all else that was said about it."""
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    if image.mode == "RGBA" and image.getextrema()[3][0] == 255:
        image = image.convert("RGB")
    image.info = {}
    return image


def _files(whole: Image.Image) -> Iterator[tuple[str, bytes]]:
    widths = widths_of(whole.width)
    fallback = max((width for width in widths if width <= FALLBACK_WIDTH * SPARED), default=widths[0])
    for width in widths:
        height = max(1, round(whole.height * width / whole.width))
        image = whole if width == whole.width else whole.resize((width, height), Image.Resampling.LANCZOS)
        yield f"{width}.avif", _saved(image, "AVIF", quality=60, speed=9, max_threads=1)
        yield f"{width}.webp", _saved(image, "WEBP", quality=80, method=4)
        if width == fallback and image.mode == "RGBA":
            yield f"{width}.png", _saved(image, "PNG")
        elif width == fallback:
            yield f"{width}.jpg", _saved(image, "JPEG", quality=82, optimize=True, progressive=True)


def widths_of(width: int) -> list[int]:
    """Return the widths that are made of a picture of a width: never more than it has."""
    top = min(width, WIDTHS[-1])
    return [*(one for one in WIDTHS if one * SPARED <= top), top]


def _saved(image: Image.Image, kind: str, **options) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
