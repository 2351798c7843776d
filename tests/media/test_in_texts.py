"""An image of ours in a text: every browser gets a right picture, of a size that is known before it comes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.models import ContentGeneration
from apps.media.models import Image
from apps.media.services import update_image
from apps.posts import rendering, services
from apps.posts.models import ImageUse, Post
from tests.media import files

pytestmark = pytest.mark.any_database


def elements(html: str) -> list[tuple[str, dict]]:
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Reader().feed(html)
    return found


@pytest.fixture
def image(upload) -> Image:
    return upload(files.jpeg(2000, 1000), alt="The stored words")


def test_it_is_offered_in_two_formats_and_every_width_with_one_for_everybody(make_post, image):
    html = make_post(body=f"Look: ![A cat]({image.address})").body_html
    (_p, _attributes), (picture, _), (_s, avif), (_s, webp), (tag, img) = elements(html)
    assert (picture, tag) == ("picture", "img")
    assert (avif["type"], webp["type"]) == ("image/avif", "image/webp")
    for source, kind in ((avif, "avif"), (webp, "webp")):
        widths = [480, 960, 1600, 2000]
        assert source["srcset"] == ", ".join(f"/media/{image.digest}/{width}.{kind} {width}w" for width in widths)
        assert source["sizes"] == "(min-width: 720px) 720px, 100vw"
    assert img["src"] == image.address
    assert (img["alt"], img["width"], img["height"]) == ("A cat", "2000", "1000")
    assert (img["fetchpriority"], img["decoding"]) == ("high", "async")


def test_the_first_is_fetched_at_once_and_the_others_when_they_come_near(make_post, image, upload):
    second = upload(files.jpeg(300, 200))
    html = make_post(body=f"![]({image.address})\n\n![]({second.address})").body_html
    first, other = (attributes for tag, attributes in elements(html) if tag == "img")
    assert (first.get("loading"), other.get("loading")) == (None, "lazy")


@pytest.mark.parametrize(
    ("given", "size", "sizes"),
    [
        ("{width=600}", ("600", "300"), "(min-width: 600px) 600px, 100vw"),
        ("{height=100}", ("200", "100"), "(min-width: 200px) 200px, 100vw"),
        ("{width=600 height=600}", ("600", "600"), "(min-width: 600px) 600px, 100vw"),
        ("{width=0}", ("2000", "1000"), "(min-width: 720px) 720px, 100vw"),
    ],
)
def test_a_size_that_the_text_gives_is_kept_in_the_shape_of_the_picture(make_post, image, given, size, sizes):
    found = elements(make_post(body=f"![]({image.address}){given} and text").body_html)
    img = next(attributes for tag, attributes in found if tag == "img")
    assert (img["width"], img["height"]) == size
    assert next(attributes for tag, attributes in found if tag == "source")["sizes"] == sizes


def test_a_picture_with_a_title_is_a_figure_with_a_caption(make_post, image):
    html = make_post(body=f'![A cat]({image.address} "The cat of the house")').body_html
    assert re.search("<figure><picture>.*</picture><figcaption>The cat of the house</figcaption></figure>", html)


@pytest.mark.parametrize(
    "address", ["https://example.org/cat.jpg", "/media/" + "0" * 64 + "/480.webp", "/media/cat.jpg"]
)
def test_other_pictures_stay_as_they_are(make_post, image, address):
    html = make_post(body=f"![A cat]({address})").body_html
    assert "<picture>" not in html
    assert f'src="{address}"' in html


def test_the_sites_full_address_is_ours_too(make_post, image, settings):
    html = make_post(body=f"![A cat]({settings.SITE_URL}{image.address})").body_html
    assert f'src="{image.address}"' in html
    assert "<picture>" in html


def test_within_a_picture_of_the_texts_own_only_the_size_is_added(make_post, image):
    own = f'<picture><source media="print" srcset="https://example.org/p.png"><img src="{image.address}"></picture>'
    html = make_post(body=own).body_html
    assert html.count("<picture>") == html.count("<source") == 1
    assert 'width="2000" height="1000"' in html


def test_where_the_files_are_in_a_bucket_the_text_stays_and_its_pictures_come_from_there(make_post, image, settings):
    post = make_post(body=f"![A cat]({image.address})")
    settings.MEDIA_URL = "https://images.example.org/blog/"
    services.rerender_post(post, force=True)
    assert f'src="https://images.example.org/blog/{image.fallback}"' in post.body_html
    assert 'srcset="https://images.example.org/blog/' in post.body_html
    assert post.lead_image == f"https://images.example.org/blog/{image.fallback}"
    assert "/media/" in post.body


def test_twelve_images_cost_as_many_queries_as_one(make_post, upload):
    texts = [f"![]({upload(files.jpeg(20 + side, 20)).address})" for side in range(12)]
    costs = []
    for body in (texts[0], "\n\n".join(texts)):
        with CaptureQueriesContext(connection) as queries:
            make_post(body=body)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_text_of_nothing_but_images_is_refused_and_not_blown_up(image):
    with pytest.raises(rendering.TooComplex):
        rendering.render(f"![]({image.address})\n\n" * 9000, {image.digest: image.picture})


def uses() -> set[tuple[int, int]]:
    return set(ImageUse.objects.values_list("post_id", "image_id"))


def test_which_posts_show_an_image_is_known_whatever_happens_to_them(make_post, image, upload):
    other = upload(files.jpeg(300, 200))
    post = make_post(body=f"![]({image.address})", cover_image=other)
    assert uses() == {(post.pk, image.pk), (post.pk, other.pk)}
    services.update_post(post, by=None, expected_version=1, body=f"![]({other.address})")
    assert uses() == {(post.pk, other.pk)}
    services.update_post(post, by=None, expected_version=2, cover_image=image)
    assert uses() == {(post.pk, image.pk), (post.pk, other.pk)}
    services.update_post(post, by=None, expected_version=3, cover_image=None, body="Nothing")
    assert uses() == set()
    services.update_post(post, by=None, expected_version=4, body=f"[large]({image.address})")
    services.trash_post(post, by=None, expected_version=5)
    assert uses() == {(post.pk, image.pk)}
    services.purge_post(post, by=None)
    assert uses() == set()
    assert set(Image.objects.unused()) == {image, other}


def test_what_describes_an_image_is_no_part_of_the_text(make_post, image):
    post = make_post(body=f"![]({image.address})")
    before, generation = post.body_html, ContentGeneration.objects.get().value
    update_image(image, by=None, expected_version=1, alt="Other words", credit="Somebody")
    assert Post.objects.get().body_html == before
    assert ContentGeneration.objects.get().value == generation + 1
