"""What is made of a picture: every size and format that readers need, upright, in plain colours, and nothing else."""

from __future__ import annotations

import pytest
from PIL import Image, ImageCms

from apps.media import pictures
from tests.media import files

pytestmark = pytest.mark.slow

SECRET = b"Somewhere 12, 3456 Nowhere"


def made(content: bytes) -> pictures.ProcessedImage:
    return pictures.process(content)


def test_a_large_picture_gets_every_width_in_both_formats_and_one_that_everybody_can_show():
    found = made(files.jpeg(3000, 2000))
    assert (found.kind, found.width, found.height) == ("jpeg", 3000, 2000)
    widths = [480, 960, 1600, 2560]
    assert found.files.keys() == {f"{width}.{kind}" for width in widths for kind in ("avif", "webp")} | {"1600.jpg"}
    for name, content in found.files.items():
        image = files.opened(content)
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
def test_nothing_is_wider_than_the_picture_and_no_two_widths_are_nearly_the_same(width, widths):
    assert pictures.widths_of(width) == widths


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_every_format_that_is_taken_looks_as_it_did(kind):
    found = made(files.saved(files.photo(600, 400), kind))
    assert found.kind == kind.lower()
    for content in found.files.values():
        assert files.corners(files.opened(content)) == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16"], ids=lambda mode: mode.replace(";", "-"))
def test_every_mode_of_pixels_is_taken(mode):
    grey = Image.linear_gradient("L").resize((300, 200))
    if mode == "I;16":
        image = grey.convert("I").point(lambda value: value * 257)
        image = image.convert("I;16")
    else:
        image = grey.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    found = files.opened(made(files.saved(image, kind)).files["300.webp"]).convert("L")
    dark, light = found.getpixel((150, 5)), found.getpixel((150, 195))
    assert dark < 40
    assert light > 215
    if mode != "1":
        assert 100 < found.getpixel((150, 100)) < 156


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_the_camera_said(orientation):
    # How a camera that was held so stores what is upright.
    stored = {
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
    for turn in stored:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = made(files.saved(image, "JPEG", exif=exif))
    assert (found.width, found.height) == (600, 400)
    for content in found.files.values():
        assert files.corners(files.opened(content)) == ["red", "lime", "blue", "white"]


def test_a_large_photograph_that_lies_on_its_side_keeps_its_shape():
    exif = Image.Exif()
    exif[0x0112] = 6
    found = made(files.saved(files.photo(3000, 2000), "JPEG", exif=exif))
    assert (found.width, found.height) == (2000, 3000)
    assert files.opened(found.files["480.webp"]).size == (480, 720)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_where_and_with_what_it_was_taken_is_not_kept(kind):
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # The maker of the camera
    exif.get_ifd(0x8825)[1] = "N"  # Where it was
    exif[0x9286] = SECRET
    extra = {"comment": SECRET} if kind == "JPEG" else {}
    content = files.saved(files.photo(600, 400), kind, exif=exif, xmp=b"<x>" + SECRET + b"</x>", **extra)
    assert SECRET in content
    for made_of_it in made(content + SECRET).files.values():
        image = files.opened(made_of_it)
        assert SECRET not in made_of_it
        assert not image.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment"} & image.info.keys()


def test_wide_colours_are_brought_into_those_that_every_screen_has():
    # What this profile calls red, blue and green are sRGB's green, red and blue.
    swapped = ImageCms.createProfile("sRGB")
    profile = bytearray(ImageCms.ImageCmsProfile(swapped).tobytes())
    tags = {}
    for place in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        tags[bytes(profile[place : place + 4])] = place + 4
    red, green = (bytes(profile[tags[name] : tags[name] + 8]) for name in (b"rXYZ", b"gXYZ"))
    profile[tags[b"rXYZ"] : tags[b"rXYZ"] + 8], profile[tags[b"gXYZ"] : tags[b"gXYZ"] + 8] = green, red
    content = files.saved(Image.new("RGB", (50, 50), "red"), "PNG", icc_profile=bytes(profile))
    found = files.opened(made(content).files["50.jpg"])
    assert found.getpixel((25, 25))[1] > 240
    assert "icc_profile" not in found.info


def test_a_profile_that_is_none_is_left_aside():
    found = made(files.jpeg(100, 100, icc_profile=b"nonsense"))
    assert files.corners(files.opened(found.files["100.jpg"])) == ["red", "lime", "blue", "white"]


def test_what_is_transparent_stays_so():
    image = files.photo(100, 100).convert("RGBA")
    image.putpixel((50, 50), (0, 0, 0, 0))
    image.paste((0, 0, 0, 0), (40, 40, 60, 60))
    found = made(files.saved(image, "PNG")).files
    assert found.keys() == {"100.avif", "100.webp", "100.png"}
    for content in found.values():
        assert files.opened(content).convert("RGBA").getpixel((50, 50))[3] < 10


def test_a_channel_that_is_opaque_everywhere_is_left_out():
    found = made(files.saved(files.photo(100, 100).convert("RGBA"), "PNG"))
    assert found.files.keys() == {"100.avif", "100.webp", "100.jpg"}
