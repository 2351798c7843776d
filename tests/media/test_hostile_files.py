"""Files that are not still images of an acceptable size are refused with the reason, whatever their name."""

from __future__ import annotations

import random
import struct
import threading
from contextlib import suppress
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image

from apps.core import heavy_work
from apps.media import limits, pictures, services
from apps.media.models import Image as Row
from tests.media import files

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def animated(kind: str) -> bytes:
    frames = [files.photo(60, 40), files.photo(60, 40).rotate(180)]
    return files.encode(frames[0], kind, save_all=True, append_images=frames[1:])


def tiff() -> bytes:
    return files.encode(files.photo(50, 50), "TIFF")


def webp_with_declared_size(side: int) -> bytes:
    """Return a WebP whose header declares a canvas size, without image data."""
    canvas = (side - 1).to_bytes(3, "little") * 2
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


REFUSED = {
    "nothing": (b"", "unreadable", "empty"),
    "text": (b"just text", "not_supported", "no picture"),
    "svg": (SVG, "not_supported", "no picture"),
    "html": (HTML, "not_supported", "no picture"),
    "pdf": (b"%PDF-1.7\n", "not_supported", "no picture"),
    "tiff": (tiff(), "not_supported", "no picture"),
    "bmp": (files.encode(files.photo(50, 50), "BMP"), "not_supported", "no picture"),
    "svg behind a gif's first bytes": (b"GIF89a" + SVG, "not_supported unreadable", ""),
    "bomb": (files.png_with_declared_size(9_000, 9_000), "too_large", "million pixels"),
    "great bomb": (files.png_with_declared_size(50_000, 50_000), "too_large", "pixels"),
    "long and thin": (files.png_with_declared_size(1, 16_001), "too_large", "a side can have"),
    "webp bomb": (webp_with_declared_size(16_383), "too_large not_supported unreadable", ""),
    "animated gif": (animated("GIF"), "not_supported", "animation"),
    "animated webp": (animated("WEBP"), "not_supported", "animation"),
    "animated png": (animated("PNG"), "not_supported", "animation"),
    "animated avif": (animated("AVIF"), "not_supported", "animation"),
    "too large": (files.jpeg() + bytes(limits.BYTES_LIMIT), "too_large", "25.0 MB; a picture can have at most 25"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_not_a_still_image_is_refused_with_the_reason(name, db, store):
    content, codes, words = REFUSED[name]
    with pytest.raises(pictures.InvalidImage) as error:
        services.create_image(by=None, file=ContentFile(content, name="photo.jpg"))
    assert error.value.reason in codes.split()
    assert words in " ".join(error.value.messages)
    assert list(error.value.message_dict) == ["file"]
    assert not Row.objects.exists()
    assert not store.exists()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_file_is_refused(kind, share):
    content = files.encode(Image.effect_noise((400, 300), 90).convert("RGB"), kind)
    with pytest.raises(pictures.InvalidImage):
        pictures.process(content[: int(len(content) * share)])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_a_damaged_file_is_processed_or_refused_without_other_errors(kind):
    content, generator = files.encode(files.photo(120, 80), kind), random.Random(kind)
    for _ in range(25):
        damaged = bytearray(content)
        for _ in range(generator.randint(1, 20)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        with suppress(pictures.InvalidImage):
            pictures.process(bytes(damaged))


@pytest.mark.parametrize("hidden", [SVG, HTML, b"PK\x03\x04", b"<?php system($_GET[0]);"])
def test_hidden_bytes_of_an_upload_are_not_in_the_encoded_files(hidden):
    metadata = files.jpeg(300, 200, comment=hidden)
    for content in (metadata, files.jpeg(300, 200) + hidden):
        assert hidden in content
        for encoded in pictures.process(content).files.values():
            assert hidden not in encoded
            assert files.decode(encoded).size == (300, 200)


def test_the_first_image_of_an_mpo_file_is_used():
    multi_picture = BytesIO()
    files.photo(300, 200).save(multi_picture, "MPO", save_all=True, append_images=[files.photo(60, 40)])
    processed = pictures.process(multi_picture.getvalue())
    assert (processed.kind, processed.width, processed.height) == ("jpeg", 300, 200)


def test_the_pixel_limit_of_jpeg_is_higher_than_that_of_webp():
    assert pictures.process(files.encode(Image.new("RGB", (8160, 6120)), "JPEG")).width == 8160
    with pytest.raises(pictures.InvalidImage, match="in this format it can have 20"):
        pictures.process(files.encode(Image.new("RGB", (6000, 4000)), "WEBP", method=0))


def test_only_one_image_is_processed_at_a_time_and_others_wait_until_a_timeout(monkeypatch):
    monkeypatch.setattr(heavy_work, "WAIT_SECONDS", 0.01)
    started, end = threading.Event(), threading.Event()

    def slow(content: bytes) -> None:
        started.set()
        assert end.wait(30)

    monkeypatch.setattr(pictures, "_process", slow)
    thread = threading.Thread(target=pictures.process, args=[b"first"])
    thread.start()
    assert started.wait(30)
    with pytest.raises(heavy_work.Busy):
        pictures.process(b"second")
    end.set()
    thread.join()
    monkeypatch.setattr(pictures, "_process", lambda content: "made")
    assert pictures.process(b"third") == "made"


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_focal_point_outside_the_image_is_refused(upload, value):
    with pytest.raises(ValidationError, match="from 0 to 1"):
        upload(focal_x=value)
