"""The sitemap lists all public pages, in parts of bounded size; robots.txt names it."""

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest

from apps.frontend import sitemaps
from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.django_db
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "i": "http://www.google.com/schemas/sitemap-image/1.1",
}
LOC = ".//{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(autouse=True)
def one_part(monkeypatch):
    """Put all rows into one part: earlier tests have used up an unknown number of ids."""
    monkeypatch.setattr(sitemaps, "IDS_PER_PART", 10**9)


def locations(client, path):
    response = client.get(path)
    assert response["Content-Type"].startswith("application/xml")
    return [element.text for element in ElementTree.fromstring(response.content).iterfind(LOC)]


def all_locations(client):
    parts = locations(client, "/sitemap.xml")
    return [found for part in parts for found in locations(client, part.removeprefix("http://testserver"))]


def test_the_parts_together_list_everything_public_once(client, alice, bob, make_post, monkeypatch):
    monkeypatch.setattr(sitemaps, "IDS_PER_PART", 2)
    tag, _ = services.create_tag(name="Used"), services.create_tag(name="Unused")
    for number in range(5):
        make_post(f"Post {number}", tags=[tag], authors=[alice.author])
    make_post("Hidden", status=Post.Status.DRAFT)
    posts = [f"http://testserver/post-{number}/" for number in range(5)]
    expected = [*posts, "http://testserver/tags/used/", "http://testserver/authors/alice-adams/"]
    assert sorted(all_locations(client)) == sorted(expected)


@pytest.mark.parametrize(
    "path",
    [
        "/sitemaps/posts-0.xml",
        "/sitemaps/posts-99999.xml",
        "/sitemaps/posts-01.xml",
        "/sitemaps/tags-1.xml",
        "/sitemaps/users-1.xml",
        "/sitemaps/posts-99999999999999999999.xml",
    ],
)
def test_other_parts_are_404s(client, make_post, path):
    make_post("One")
    assert client.get(path).status_code == 404


def test_robots_txt_names_the_sitemap_and_disallows_the_admin(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert "Disallow: /admin/" in lines


def test_the_entry_of_a_post_has_its_date_and_picture(client, make_post):
    post = make_post("A picture", body="![A](/media/a&b.png)")
    # Against a gateway IDS_PER_PART cannot be patched, and earlier tests have used up ids.
    *_parts, part = dates(client)
    entry = ElementTree.fromstring(client.get(f"/sitemaps/posts-{part}.xml").content).find("s:url", NAMES)
    assert entry.findtext("s:lastmod", None, NAMES) == max(post.updated_at, post.published_at).isoformat()
    assert entry.findtext("i:image/i:loc", None, NAMES) == "http://testserver/media/a&b.png"


def test_a_post_with_a_canonical_url_is_not_listed(client, make_post):
    make_post("Ours")
    make_post("Theirs", canonical_url="https://example.org/theirs/")
    assert all_locations(client) == ["http://testserver/ours/"]


def test_the_lastmod_of_a_part_is_its_newest_change(client, make_post, monkeypatch):
    monkeypatch.setattr(sitemaps, "IDS_PER_PART", 2)
    posts = [make_post(f"Post {number}") for number in range(4)]
    # Which posts share a part depends on their ids.
    services.update_post(posts[3], by=None, expected_version=1, summary="Changed")
    newest = {}
    for post in Post.objects.all():
        number = -(-post.pk // 2)
        newest[number] = max(post.updated_at, post.published_at, newest.get(number, post.updated_at))
    assert {number: moment for number, moment in dates(client).items() if moment} == newest


def test_a_part_without_recent_changes_has_no_lastmod(client, make_post, monkeypatch):
    monkeypatch.setattr(sitemaps, "IDS_PER_PART", 1)
    monkeypatch.setattr(sitemaps, "MAX_CHANGES", 1)
    old, new = make_post("Old"), make_post("New")
    assert dates(client) | {old.pk: None, new.pk: max(new.updated_at, new.published_at)} == dates(client)


def test_the_index_is_bounded_and_lists_the_newest_parts(client, make_post, monkeypatch):
    monkeypatch.setattr(sitemaps, "IDS_PER_PART", 1)
    monkeypatch.setattr(sitemaps, "MAX_PARTS", 2)
    posts = [make_post(f"Post {number}") for number in range(4)]
    assert list(dates(client)) == [posts[2].pk, posts[3].pk]


def test_the_queries_of_the_index_do_not_grow_with_the_posts(
    client, make_post, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(sitemaps, "IDS_PER_PART", 1)
    for number in range(10):
        make_post(f"Post {number}")
    with django_assert_max_num_queries(7):
        client.get("/sitemap.xml")


def dates(client):
    """Return the lastmod of each part of posts, by its number."""
    parts = ElementTree.fromstring(client.get("/sitemap.xml").content).iterfind("s:sitemap", NAMES)
    found = {part.findtext("s:loc", None, NAMES): part.findtext("s:lastmod", None, NAMES) for part in parts}
    numbers = {int(re.search(r"posts-(\d+)", path)[1]): value for path, value in found.items() if "posts-" in path}
    return {number: value and datetime.fromisoformat(value) for number, value in numbers.items()}
