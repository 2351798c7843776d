"""A post without a picture has an image for links to it: its title, drawn, or the site's name where letters are missing."""

import io

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from apps.frontend import share_images
from apps.media.services import create_image
from apps.posts.models import Post
from tests.frontend.test_structured_data import metas
from tests.media.files import jpeg

PLAIN = share_images.draw("", "Broadsheet")


@pytest.mark.django_db
def test_links_to_a_post_without_a_picture_show_its_drawn_title(client, make_post):
    make_post("Harbour lights", slug="lights")
    found = metas(client, "/lights/")
    assert found["og:image"] == "http://testserver/lights/share.png"
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    assert found["twitter:card"] == "summary_large_image"
    response = client.get("/lights/share.png")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert "s-maxage" in response["Cache-Control"]
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
    assert response.content != PLAIN


@pytest.mark.django_db
def test_a_picture_of_the_post_comes_first(client, make_post):
    cover = create_image(by=None, file=ContentFile(jpeg(600, 400), name="a.jpg"))
    make_post("With a cover", slug="cover", cover_image=cover)
    make_post("With a picture", slug="picture", body="![a](https://example.org/a.jpg)")
    assert metas(client, "/cover/")["og:image"].endswith(".jpg")
    assert metas(client, "/picture/")["og:image"] == "https://example.org/a.jpg"


@pytest.mark.django_db
def test_there_is_none_of_what_readers_do_not_see(client, make_post):
    make_post("A draft", slug="draft", status=Post.Status.DRAFT)
    for slug in ("draft", "nothing"):
        assert client.get(f"/{slug}/share.png").status_code == 404


@pytest.mark.parametrize("title", ["縦のものを横に", "أضواء الميناء", "לקרוא מימין", "한국어", "Emoji 🎉", "กขค"])
def test_a_title_without_letters_of_ours_is_left_out(title):
    assert share_images.draw(title, "Broadsheet") == PLAIN


@pytest.mark.parametrize("title", ["Łódź", "Огни гавани", "Αθήνα", "Tiếng Việt", "“It’s” – 1990…"])
def test_titles_in_other_alphabets_are_drawn(title):
    assert share_images.draw(title, "Broadsheet") != PLAIN


def test_the_name_of_the_site_may_need_other_letters_too():
    assert share_images.draw("Lights", "新聞") != share_images.draw("", "新聞")
    assert Image.open(io.BytesIO(share_images.draw("", "新聞"))).size == (1200, 630)


@pytest.mark.parametrize(
    "title",
    [
        "word " * 60,
        *("W" * 190 + "l" * width for width in range(12)),
        "W" * 200,
        "a",
        "A title of eight words that is set in lines",
    ],
)
def test_titles_of_any_length_stay_within_the_margins(title):
    drawn = Image.open(io.BytesIO(share_images.draw(title, "Broadsheet"))).convert("L")
    # Beside and below the title there is paper alone.
    for box in ((0, 0, 70, 600), (1122, 0, 1200, 600), (0, 575, 1200, 605)):
        assert min(drawn.crop(box).tobytes()) > 200, box


@pytest.mark.parametrize("letter", "Wm")
def test_the_mark_of_a_cut_title_has_room_on_its_line(letter):
    for number in (150, 214, 340):
        size, lines = share_images._fitted(letter * number)
        widest = max(share_images._length(line, size) for line in lines)
        assert widest <= share_images.WIDTH - 2 * share_images._MARGIN, number
