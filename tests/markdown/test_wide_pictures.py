"""Pictures wider than the text, and several as a gallery."""

import pytest

from apps.markdown import rendering

ONE, TWO = (f"/media/{letter * 64}/1600.jpg" for letter in "ab")


@pytest.mark.parametrize("width", ["wide", "full"])
def test_a_picture_has_a_width_of_the_page(width):
    html = rendering.render(f"![Sea]({ONE}){{.{width}}}").html
    assert html.startswith("<figure>")
    assert f'class="{width}"' in html


def test_a_picture_has_no_other_classes():
    assert "class" not in rendering.render(f"![Sea]({ONE}){{.admonition}}").html


def test_own_pictures_on_lines_of_one_paragraph_are_a_gallery_with_captions():
    html = rendering.render(f'![Sea]({ONE} "At noon")\n![Boat]({TWO}#boat)').html
    assert html.count("<figure>") == 2
    assert html.startswith('<div class="gallery" role="group"><figure>')
    assert "<figcaption>At noon</figcaption>" in html
    assert "title=" not in html


@pytest.mark.parametrize(
    "text",
    [
        f"![Sea]({ONE}) and\n![Boat]({TWO})",
        "![a](https://a.example/a.svg)\n![b](https://a.example/b.svg)",
        f"![Sea]({ONE}) ![Boat]({TWO})",
    ],
)
def test_other_pictures_of_a_paragraph_are_no_gallery(text):
    assert rendering.render(text).html.startswith("<p>")
