"""The sitemap lists what is public, in parts of bounded size; robots.txt leads to it."""

from xml.etree import ElementTree

import pytest

from apps.frontend import sitemaps
from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.django_db
LOC = ".//{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def locations(client, path):
    response = client.get(path)
    assert response["Content-Type"].startswith("application/xml")
    return [element.text for element in ElementTree.fromstring(response.content).iterfind(LOC)]


def all_locations(client):
    parts = locations(client, "/sitemap.xml")
    return [found for part in parts for found in locations(client, part.removeprefix("http://testserver"))]


def test_the_parts_together_list_everything_public_once(client, alice, bob, make_post, monkeypatch):
    monkeypatch.setattr(sitemaps, "RANGE", 2)
    tag, _ = services.create_tag(name="Used"), services.create_tag(name="Unused")
    for number in range(5):
        make_post(f"Post {number}", tags=[tag], authors=[alice.author])
    make_post("Hidden", status=Post.Status.DRAFT)
    posts = [f"http://testserver/post-{number}/" for number in range(5)]
    expected = [*posts, "http://testserver/tags/used/", "http://testserver/authors/alice-adams/"]
    assert sorted(all_locations(client)) == sorted(expected)


@pytest.mark.parametrize(
    "path", ["/sitemaps/posts-0.xml", "/sitemaps/users-1.xml", "/sitemaps/posts-99999999999999999999.xml"]
)
def test_there_are_no_other_parts(client, path):
    assert client.get(path).status_code == 404


def test_robots_txt_names_the_sitemap_and_keeps_crawlers_off_the_desk(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert "Disallow: /admin/" in lines
