"""The cover image of a post: on pages, in lists, feeds, the sitemap, link previews, the history and the form."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.frontend import sitemaps
from apps.media import services as media
from apps.posts import services
from apps.posts.models import Post
from tests.media import files


@pytest.fixture
def cover(upload):
    return upload(files.jpeg(1200, 800), alt="A cat", credit="Photo: Alice", focal_x=0.2, focal_y=0.94)


@pytest.fixture
def site() -> Client:
    return Client()


def page(site: Client, path: str) -> str:
    response = site.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_post_s_page_shows_the_cover_with_alternative_text_and_credit(site, make_post, cover):
    make_post("A post", cover_image=cover)
    html = page(site, "/a-post/")
    figure = re.search('<figure class="cover">.*?</figure>', html, re.DOTALL)[0]
    assert f'src="{cover.address}" alt="A cat" width="1200" height="800"' in figure
    assert '<figcaption dir="auto">Photo: Alice</figcaption>' in figure
    assert f"/media/{cover.digest}/480.avif 480w" in figure


def test_lists_show_the_cover_cropped_around_its_focal_point(site, make_post, cover):
    make_post("A post", cover_image=cover)
    html = page(site, "/")
    assert '<picture class="story-cover">' in html
    assert 'class="across-2 down-9"' in html
    assert "story-cover" not in page(site, "/a-post/")


def test_the_first_picture_of_a_list_is_loaded_first_and_the_others_when_they_are_near(site, make_post, cover):
    for number in range(2):
        make_post(f"Post {number}", cover_image=cover)
    pictures = re.findall('<picture class="story-cover">.*?</picture>', page(site, "/"))
    assert ['fetchpriority="high"' in picture for picture in pictures] == [True, False]
    assert ['loading="lazy"' in picture for picture in pictures] == [False, True]


@pytest.mark.parametrize("has_cover", [True, False])
def test_one_picture_of_a_post_is_loaded_first_its_cover_or_the_first_of_the_text(site, make_post, cover, has_cover):
    text = '![Dog](https://example.org/dog.jpg)\n\n![Cat](https://example.org/cat.jpg)\n\n`fetchpriority="high"`'
    make_post("A post", cover_image=cover if has_cover else None, body=text)
    html = page(site, "/a-post/")
    first = [picture for picture in re.findall("<img [^>]*>", html) if 'fetchpriority="high"' in picture]
    assert len(first) == 1
    assert ('alt="Dog"' in first[0]) is not has_cover
    assert "<code>fetchpriority=" in html


def test_metadata_feeds_and_sitemap_have_the_cover_instead_of_the_first_image(site, make_post, cover, settings):
    post = make_post("A post", cover_image=cover, body="![](https://example.org/dog.jpg)")
    address = settings.SITE_URL + cover.address
    html = page(site, "/a-post/")
    assert f'<meta property="og:image" content="{address}">' in html
    assert json.loads(page(site, "/feed.json"))["items"][0]["image"] == address
    assert address in page(site, "/feed.atom")
    assert address in page(site, f"/sitemaps/posts-{-(-post.pk // sitemaps.IDS_PER_PART)}.xml")


def test_without_a_cover_the_metadata_has_the_first_image_of_the_text(site, make_post):
    make_post("A post", body="![](https://example.org/dog.jpg)")
    assert '<meta property="og:image" content="https://example.org/dog.jpg">' in page(site, "/a-post/")
    assert "cover" not in page(site, "/a-post/")


def test_a_list_takes_as_many_queries_with_covers_as_without(site, make_post, upload):
    make_post()
    page(site, "/")
    with CaptureQueriesContext(connection) as without:
        page(site, "/")
    for side in range(5):
        make_post(cover_image=upload(files.jpeg(50 + side, 40)))
    page(site, "/")
    with CaptureQueriesContext(connection) as with_covers:
        page(site, "/")
    assert len(without) == len(with_covers)


def test_a_change_of_the_description_appears_at_once(site, make_post, cover):
    make_post("A post", cover_image=cover)
    media.update_image(cover, by=None, expected_version=1, alt="A dog", focal_x=0.5)
    assert 'alt="A dog"' in page(site, "/a-post/")
    assert 'class="across-5 down-9"' in page(site, "/")


def test_the_form_accepts_the_id_of_a_cover_and_shows_it(log_in, erika, make_post, cover, edit):
    client, post = log_in(erika), make_post()
    url, fields = edit(client, post)
    client.post(url, fields | {"cover_image": str(cover.pk)})
    post.refresh_from_db()
    assert (post.cover_image, post.version) == (cover, 2)
    html = client.get(url).content.decode()
    shown = f'<img class="image-thumbnail" src="{cover.thumbnail}" alt="" data-id="{cover.pk}" data-focal-x="0.2"'
    assert f'{shown} data-focal-y="0.94">picture.jpg' in html
    assert 'href="/admin/media/image/?_to_field=id"' in html


@pytest.mark.parametrize("value", ["999999", "abc", "-1", "9" * 30, "1.5", "\x00"])
def test_the_form_refuses_an_invalid_id_of_a_cover(log_in, erika, make_post, edit, value):
    client, post = log_in(erika), make_post()
    url, fields = edit(client, post)
    response = client.post(url, fields | {"cover_image": value})
    assert response.status_code == 200
    assert response.context["errors"]
    post.refresh_from_db()
    assert (post.cover_image, post.version) == (None, 1)


def test_restoring_an_old_version_restores_its_cover(log_in, erika, make_post, cover, upload):
    post = make_post("A post", cover_image=cover)
    services.update_post(post, by=None, expected_version=1, cover_image=upload(files.jpeg(99, 99), "other.jpg"))
    client = log_in(erika)
    history = re.sub("<[^>]*>", "", client.get(f"/admin/posts/post/{post.pk}/history/").content.decode())
    assert "cover image" in history.lower()
    assert "picture.jpg" in history
    assert "other.jpg" in history
    first = Post.history.filter(id=post.pk).order_by("history_id").first()
    client.post(f"/admin/posts/post/{post.pk}/history/{first.pk}/", {"version": "2", "at_once": "1"})
    post.refresh_from_db()
    assert (post.cover_image, post.version) == (cover, 3)


def test_restoring_a_version_whose_cover_was_deleted_restores_the_rest(log_in, erika, make_post, cover):
    post = make_post("A post", cover_image=cover, body="Before")
    services.update_post(post, by=None, expected_version=1, cover_image=None, body="After")
    media.delete_image(cover)
    client = log_in(erika)
    first = Post.history.filter(id=post.pk).order_by("history_id").first()
    assert "(deleted since)" in client.get(f"/admin/posts/post/{post.pk}/history/{first.pk}/").content.decode()
    client.post(f"/admin/posts/post/{post.pk}/history/{first.pk}/", {"version": "2", "at_once": "1"})
    post.refresh_from_db()
    assert (post.cover_image, post.body, post.version) == (None, "Before", 3)


def test_the_queries_of_the_history_do_not_grow_with_covers(log_in, erika, make_post, upload):
    post, client = make_post("A post"), log_in(erika)
    costs = []
    for _ in range(2):
        for side in range(3):
            cover = upload(files.jpeg(60 + side + post.version, 40))
            services.update_post(post, by=None, expected_version=post.version, cover_image=cover)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/admin/posts/post/{post.pk}/history/")
        costs.append(len(queries))
    assert costs[0] == costs[1]
