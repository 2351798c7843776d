"""Decodes uploaded images and encodes the files that are stored. Every pixel is encoded again.

So no hidden bytes of an upload are ever served, and no metadata such as the place of a photograph. Files that are not
still images, or would need too much memory, are refused with the reason. Only one thread of a process decodes and
encodes at a time; docs/images.md describes the cost.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator
from io import BytesIO
from math import isqrt
from typing import NamedTuple

from django.utils.translation import gettext as _
from PIL import Image, ImageCms

from apps.core import heavy_work

from .limits import InvalidImage

logger = logging.getLogger(__name__)

PIXEL_LIMITS = {"JPEG": 50_000_000, "PNG": 30_000_000, "GIF": 25_000_000, "WEBP": 20_000_000, "AVIF": 20_000_000}
"""Pixels of an image, by the memory that decoding needs. Only a JPEG can be decoded at a reduced size."""
SIDE_LIMIT = 16_000
"""Pixels of a side; WebP stores a side in 14 bits."""
WIDTHS = (480, 960, 1600, 2560)
"""The widths of the encoded files, as far as the image is wide enough."""
KEPT_PIXELS = 10_000_000
"""Pixels of the largest encoded file. Only a tall picture has more at its width: encoding would need too much memory."""
FALLBACK_WIDTH = 1600
"""The maximal width of the fallback file in JPEG or PNG, about (times MIN_WIDTH_RATIO)."""
MIN_WIDTH_RATIO = 1.2
"""A width is left out if the image's own width is less than this many times larger."""

_ORIENTATION = 0x0112
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that makes an image upright, by its EXIF orientation."""
_FORMAT_ALIASES = {"MPO": "JPEG"}  # A JPEG of several images, as phones write it; the first is the photograph.
_SRGB = ImageCms.createProfile("sRGB")


class ProcessedImage(NamedTuple):
    """The files that were encoded from an upload."""

    kind: str
    """The format of the upload: jpeg, png, gif, webp or avif."""
    width: int
    height: int
    """The upright size of the upload, in pixels."""
    files: dict[str, bytes]
    """The encoded files by name, such as `1600.jpg`."""


def process(content: bytes, person: Hashable = None) -> ProcessedImage:
    """Decode an uploaded file and encode the files to store. Raises InvalidImage and `heavy_work.Busy`.

    `person` is the key of the user whose upload it is, or None.
    """
    with heavy_work.take(person, heavy_work.PICTURES):
        try:
            return _process(content)
        except InvalidImage:
            raise
        except Exception:
            # A crafted file can make decoders raise any exception.
            logger.info("An upload could not be decoded", exc_info=True)
            raise InvalidImage(
                _("The picture is damaged or incomplete. Save or export it again."), "unreadable"
            ) from None


def _process(content: bytes) -> ProcessedImage:
    # The source is freed before encoding, because both need memory.
    kind, size, largest = _decode(content)
    return ProcessedImage(kind.lower(), *size, dict(_encode_all(largest)))


def _decode(content: bytes) -> tuple[str, tuple[int, int], Image.Image]:
    """Return the format, the upright size, and the upright image reduced to the largest of WIDTHS."""
    with _open(content) as source:
        kind, orientation = _kind(source), _orientation(source)
        _check_before_decoding(source, kind)
        is_rotated = orientation >= 5
        width, height = source.size[::-1] if is_rotated else source.size
        top = min(width, WIDTHS[-1], max(1, isqrt(KEPT_PIXELS * width // height)))
        size = (top, max(1, round(height * top / width)))
        return (
            kind,
            (width, height),
            _apply_orientation(_load_reduced(source, size[::-1] if is_rotated else size), orientation),
        )


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(content), formats=list(PIXEL_LIMITS))
    except Image.DecompressionBombError:
        raise InvalidImage(_("The picture has far too many pixels. Make it smaller."), "too_large") from None
    except Image.UnidentifiedImageError:
        message = _("This is no picture that can be kept here: send a JPEG, PNG, GIF, WebP or AVIF.")
        raise InvalidImage(message, "not_supported") from None


def _kind(source: Image.Image) -> str:
    return _FORMAT_ALIASES.get(source.format, source.format)


def _check_before_decoding(source: Image.Image, kind: str) -> None:
    """Raise InvalidImage for an image that must not be decoded. Only its header has been read yet."""
    pixels, limit = source.width * source.height, PIXEL_LIMITS[kind]
    if pixels > limit:
        message = _("The picture has %(pixels)s million pixels; in this format it can have %(limit)s. Make it smaller.")
        numbers = {"pixels": f"{pixels / 1e6:.0f}", "limit": f"{limit / 1e6:.0f}"}
        raise InvalidImage(message % numbers, "too_large")
    if max(source.size) > SIDE_LIMIT:
        message = _("The picture has %(width)s × %(height)s pixels; a side can have at most %(limit)s.")
        sides = {"width": source.width, "height": source.height, "limit": SIDE_LIMIT}
        raise InvalidImage(message % sides, "too_large")
    if kind != "JPEG" and getattr(source, "n_frames", 1) > 1:
        message = _(
            "This is an animation. Only still pictures are kept here: send one of its pictures, or a video's link."
        )
        raise InvalidImage(message, "not_supported")


def _orientation(source: Image.Image) -> int:
    try:
        found = source.getexif().get(_ORIENTATION, 1)
        return found if found in _TRANSPOSITIONS else 1
    except Exception:
        return 1  # Metadata can be broken in an image that is not.


def _load_reduced(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Decode an image and reduce it to `size`, before other steps copy its pixels."""
    source.draft(None, size)
    source.load()
    profile, image = source.info.get("icc_profile"), source
    if image.mode.startswith("I"):
        image = _to_8_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return _to_srgb(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3), profile)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Convert an image of 16 bits to one of 8. Pillow's own conversion would clip values above 255."""
    image = image.convert("I")
    return image.point(lambda value: value * (1 / 256)).convert("L")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an image from its colour profile to sRGB. An invalid profile is ignored."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            return ImageCms.profileToProfile(image, BytesIO(profile), _SRGB, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            logger.info("A colour profile could not be used", exc_info=True)
    return image.convert(mode)


def _apply_orientation(image: Image.Image, orientation: int) -> Image.Image:
    """Apply the EXIF orientation, and remove an opaque alpha channel and all metadata."""
    if orientation in _TRANSPOSITIONS:
        image = image.transpose(_TRANSPOSITIONS[orientation])
    if image.mode == "RGBA" and image.getextrema()[3][0] == 255:
        image = image.convert("RGB")
    image.info = {}
    return image


def _encode_all(largest: Image.Image) -> Iterator[tuple[str, bytes]]:
    widths = widths_of(largest.width)
    fallback = max((width for width in widths if width <= FALLBACK_WIDTH * MIN_WIDTH_RATIO), default=widths[0])
    for width in widths:
        height = max(1, round(largest.height * width / largest.width))
        image = largest if width == largest.width else largest.resize((width, height), Image.Resampling.LANCZOS)
        yield f"{width}.avif", _encode(image, "AVIF", quality=60, speed=9, max_threads=1)
        yield f"{width}.webp", _encode(image, "WEBP", quality=80, method=4)
        if width == fallback and image.mode == "RGBA":
            yield f"{width}.png", _encode(image, "PNG")
        elif width == fallback:
            yield f"{width}.jpg", _encode(image, "JPEG", quality=82, optimize=True, progressive=True)


def widths_of(width: int) -> list[int]:
    """Return the widths of the files of an image, none larger than its own `width`."""
    top = min(width, WIDTHS[-1])
    return [*(candidate for candidate in WIDTHS if candidate * MIN_WIDTH_RATIO <= top), top]


def _encode(image: Image.Image, kind: str, **options) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
