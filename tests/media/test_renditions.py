"""The encoded files of an image: sizes, formats, orientation, colours, transparency and no metadata."""

from __future__ import annotations

import pytest
from PIL import Image, ImageCms

from apps.media.pictures import process, widths_of
from tests.media import files

pytestmark = pytest.mark.slow

SECRET = b"Somewhere 12, 3456 Nowhere"


def test_a_large_image_gets_every_width_in_both_formats_and_a_jpeg_fallback():
    processed = process(files.jpeg(3000, 2000))
    assert (processed.kind, processed.width, processed.height) == ("jpeg", 3000, 2000)
    widths = [480, 960, 1600, 2560]
    assert processed.files.keys() == {f"{width}.{kind}" for width in widths for kind in ("avif", "webp")} | {"1600.jpg"}
    for name, content in processed.files.items():
        image = files.decode(content)
        width, kind = name.split(".")
        assert image.size == (int(width), round(2000 * int(width) / 3000))
        assert image.format.lower() == {"jpg": "jpeg"}.get(kind, kind)


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (20, [20]),
        (480, [480]),
        (500, [500]),
        (600, [480, 600]),
        (1700, [480, 960, 1700]),
        (9000, [480, 960, 1600, 2560]),
    ],
)
def test_no_width_exceeds_the_image_s_and_similar_widths_are_left_out(width, widths):
    assert widths_of(width) == widths


@pytest.mark.parametrize(("width", "height", "largest"), [(1800, 15_000, 1095), (2560, 4000, 2529), (2000, 3000, 2000)])
def test_a_tall_image_is_kept_with_ten_million_pixels_at_most(width, height, largest):
    processed = process(files.encode(Image.new("RGB", (width, height)), "PNG"))
    assert (processed.width, processed.height) == (width, height)
    images = [files.decode(content) for content in processed.files.values()]
    assert max(image.width for image in images) == largest
    for image in images:
        assert image.width * image.height <= 10_005_000
        assert image.height == pytest.approx(image.width * height / width, abs=6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_every_accepted_format_keeps_its_appearance(kind):
    processed = process(files.encode(files.photo(600, 400), kind))
    assert processed.kind == kind.lower()
    for content in processed.files.values():
        assert files.corners(files.decode(content)) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16"], ids=lambda mode: mode.replace(";", "-"))
def test_every_pixel_mode_is_accepted(mode):
    grey = Image.linear_gradient("L").resize((300, 200))
    if mode == "I;16":
        image = grey.convert("I").point(lambda value: value * 257)
        image = image.convert("I;16")
    else:
        image = grey.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    processed = files.decode(process(files.encode(image, kind)).files["300.webp"]).convert("L")
    dark, light = processed.getpixel((150, 5)), processed.getpixel((150, 195))
    assert dark < 40
    assert light > 215
    if mode != "1":
        assert 100 < processed.getpixel((150, 100)) < 156


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(orientation):
    # How a camera in this orientation stores an upright scene.
    transpositions = {
        1: (),
        2: (Image.Transpose.FLIP_LEFT_RIGHT,),
        3: (Image.Transpose.ROTATE_180,),
        4: (Image.Transpose.FLIP_TOP_BOTTOM,),
        5: (Image.Transpose.TRANSPOSE,),
        6: (Image.Transpose.ROTATE_90,),
        7: (Image.Transpose.TRANSVERSE,),
        8: (Image.Transpose.ROTATE_270,),
    }[orientation]
    image = files.photo(600, 400)
    for transposition in transpositions:
        image = image.transpose(transposition)
    exif = Image.Exif()
    exif[0x0112] = orientation
    processed = process(files.encode(image, "JPEG", exif=exif))
    assert (processed.width, processed.height) == (600, 400)
    for content in processed.files.values():
        assert files.corners(files.decode(content)) == ["red", "lime", "blue", "white"]


def test_a_large_rotated_photograph_keeps_its_aspect_ratio():
    exif = Image.Exif()
    exif[0x0112] = 6
    processed = process(files.encode(files.photo(3000, 2000), "JPEG", exif=exif))
    assert (processed.width, processed.height) == (2000, 3000)
    assert files.decode(processed.files["480.webp"]).size == (480, 720)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_metadata_of_a_photograph_is_removed(kind):
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # The maker of the camera
    exif.get_ifd(0x8825)[1] = "N"  # Where it was
    exif[0x9286] = SECRET
    extra = {"comment": SECRET} if kind == "JPEG" else {}
    content = files.encode(files.photo(600, 400), kind, exif=exif, xmp=b"<x>" + SECRET + b"</x>", **extra)
    assert SECRET in content
    for encoded in process(content + SECRET).files.values():
        image = files.decode(encoded)
        assert SECRET not in encoded
        assert not image.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment"} & image.info.keys()


def test_colours_are_converted_to_srgb():
    # The primaries of red and green are exchanged in this profile.
    srgb = ImageCms.createProfile("sRGB")
    profile = bytearray(ImageCms.ImageCmsProfile(srgb).tobytes())
    tags = {}
    for offset in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        tags[bytes(profile[offset : offset + 4])] = offset + 4
    red, green = (bytes(profile[tags[name] : tags[name] + 8]) for name in (b"rXYZ", b"gXYZ"))
    profile[tags[b"rXYZ"] : tags[b"rXYZ"] + 8], profile[tags[b"gXYZ"] : tags[b"gXYZ"] + 8] = green, red
    content = files.encode(Image.new("RGB", (50, 50), "red"), "PNG", icc_profile=bytes(profile))
    processed = files.decode(process(content).files["50.jpg"])
    assert processed.getpixel((25, 25))[1] > 240
    assert "icc_profile" not in processed.info


def test_an_invalid_colour_profile_is_ignored():
    processed = process(files.jpeg(100, 100, icc_profile=b"nonsense"))
    assert files.corners(files.decode(processed.files["100.jpg"])) == ["red", "lime", "blue", "white"]


def test_transparency_is_kept():
    image = files.photo(100, 100).convert("RGBA")
    image.putpixel((50, 50), (0, 0, 0, 0))
    image.paste((0, 0, 0, 0), (40, 40, 60, 60))
    processed = process(files.encode(image, "PNG")).files
    assert processed.keys() == {"100.avif", "100.webp", "100.png"}
    for content in processed.values():
        assert files.decode(content).convert("RGBA").getpixel((50, 50))[3] < 10


def test_an_opaque_alpha_channel_is_removed():
    processed = process(files.encode(files.photo(100, 100).convert("RGBA"), "PNG"))
    assert processed.files.keys() == {"100.avif", "100.webp", "100.jpg"}
