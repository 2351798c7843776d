"""The site's own images in texts: formats, sizes, dimensions and the rows that record their use."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.models import ContentGeneration
from apps.markdown import rendering
from apps.markdown.rendering.pictures import SIZES
from apps.media.models import Image
from apps.media.services import update_image
from apps.posts import services
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


def test_an_image_has_sources_in_two_formats_and_every_width_and_a_fallback(make_post, image):
    html = make_post(body=f"Look: ![A cat]({image.address})").body_html
    (_p, _attributes), (picture, _), (_s, avif), (_s, webp), (tag, img) = elements(html)
    assert (picture, tag) == ("picture", "img")
    assert (avif["type"], webp["type"]) == ("image/avif", "image/webp")
    for source, kind in ((avif, "avif"), (webp, "webp")):
        widths = [480, 960, 1600, 2000]
        assert source["srcset"] == ", ".join(f"/media/{image.digest}/{width}.{kind} {width}w" for width in widths)
        assert source["sizes"] == SIZES[""]
    assert img["src"] == image.address
    assert (img["alt"], img["width"], img["height"]) == ("A cat", "2000", "1000")
    assert (img["fetchpriority"], img["decoding"]) == ("high", "async")


def test_only_the_first_image_is_loaded_eagerly(make_post, image, upload):
    second = upload(files.jpeg(300, 200))
    html = make_post(body=f"![]({image.address})\n\n![]({second.address})").body_html
    first, other = (attributes for tag, attributes in elements(html) if tag == "img")
    assert (first.get("loading"), other.get("loading")) == (None, "lazy")


@pytest.mark.parametrize(
    ("given", "size", "sizes"),
    [
        ("{width=600}", ("600", "300"), "(min-width: 632px) 600px, calc(100vw - 2rem)"),
        ("{height=100}", ("200", "100"), "(min-width: 232px) 200px, calc(100vw - 2rem)"),
        ("{width=600 height=600}", ("600", "600"), "(min-width: 632px) 600px, calc(100vw - 2rem)"),
        ("{width=0}", ("2000", "1000"), SIZES[""]),
    ],
)
def test_a_size_in_the_text_is_completed_by_the_aspect_ratio(make_post, image, given, size, sizes):
    found = elements(make_post(body=f"![]({image.address}){given} and text").body_html)
    img = next(attributes for tag, attributes in found if tag == "img")
    assert (img["width"], img["height"]) == size
    assert next(attributes for tag, attributes in found if tag == "source")["sizes"] == sizes


def test_an_image_with_a_title_is_a_figure_with_a_caption(make_post, image):
    html = make_post(body=f'![A cat]({image.address} "The cat of the house")').body_html
    assert re.search("<figure><picture>.*</picture><figcaption>The cat of the house</figcaption></figure>", html)


@pytest.mark.parametrize(
    "address", ["https://example.org/cat.jpg", "/media/" + "0" * 64 + "/480.webp", "/media/cat.jpg"]
)
def test_other_images_stay_unchanged(make_post, image, address):
    html = make_post(body=f"![A cat]({address})").body_html
    assert "<picture>" not in html
    assert f'src="{address}"' in html


def test_an_absolute_url_of_the_site_is_recognised(make_post, image, settings):
    html = make_post(body=f"![A cat]({settings.SITE_URL}{image.address})").body_html
    assert f'src="{image.address}"' in html
    assert "<picture>" in html


def test_an_image_in_a_picture_element_of_the_text_only_gets_its_size(make_post, image):
    own = f'<picture><source media="print" srcset="https://example.org/p.png"><img src="{image.address}"></picture>'
    html = make_post(body=own).body_html
    assert html.count("<picture>") == html.count("<source") == 1
    assert 'width="2000" height="1000"' in html


def test_with_a_bucket_images_are_loaded_from_media_url_and_the_text_is_unchanged(make_post, image, settings):
    post = make_post(body=f"![A cat]({image.address})")
    settings.MEDIA_URL = "https://images.example.org/blog/"
    services.rerender_post(post, force=True)
    assert f'src="https://images.example.org/blog/{image.fallback}"' in post.body_html
    assert 'srcset="https://images.example.org/blog/' in post.body_html
    assert post.lead_image == f"https://images.example.org/blog/{image.fallback}"
    assert "/media/" in post.body


def test_twelve_images_take_as_many_queries_as_one(make_post, upload):
    texts = [f"![]({upload(files.jpeg(20 + side, 20)).address})" for side in range(12)]
    costs = []
    for body in (texts[0], "\n\n".join(texts)):
        with CaptureQueriesContext(connection) as queries:
            make_post(body=body)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_text_of_thousands_of_images_is_refused(image):
    with pytest.raises(rendering.TooComplex):
        rendering.render(f"![]({image.address})\n\n" * 9000, {image.digest: image.picture})


def uses() -> set[tuple[int, int]]:
    return set(ImageUse.objects.values_list("post_id", "image_id"))


def test_the_uses_of_images_are_updated_with_the_post(make_post, image, upload):
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


def test_changing_the_description_does_not_change_the_text(make_post, image):
    post = make_post(body=f"![]({image.address})")
    before, generation = post.body_html, ContentGeneration.objects.get().value
    update_image(image, by=None, expected_version=1, alt="Other words", credit="Somebody")
    assert Post.objects.get().body_html == before
    assert ContentGeneration.objects.get().value == generation + 1
