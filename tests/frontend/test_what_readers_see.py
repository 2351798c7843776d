"""Which posts are public, on which pages and lists they are, and the responses for all others."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.frontend import sitemaps
from apps.posts import services
from apps.posts.models import Author, Post
from blog_project import addresses
from tests.frontend import reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def tag():
    return services.create_tag(name="Gardens", description="What grows.")


def sitemap(client) -> str:
    """Return all parts of the sitemap in one text."""
    parts = re.findall(r"http://testserver(/sitemaps/[^<]+)", client.get("/sitemap.xml").content.decode())
    return "".join(client.get(part).content.decode() for part in parts)


def lists_of(tag, author, post):
    day = timezone.localtime(post.published_at or timezone.now())
    feeds = ("/", f"/tags/{tag.slug}/", f"/authors/{author.slug}/")
    return [
        "/",
        f"/tags/{tag.slug}/",
        f"/authors/{author.slug}/",
        f"/archive/{day:%Y}/",
        f"/archive/{day:%Y/%m}/",
        *(f"{place}feed.{kind}" for kind in addresses.FEED_KINDS for place in feeds),
        f"/sitemaps/posts-{-(-post.pk // sitemaps.IDS_PER_PART)}.xml",
    ]


def test_a_published_post_is_on_its_page_and_in_every_list(client, alice, make_post, tag):
    post = make_post("A hyacinth", summary="About bulbs", tags=[tag], authors=[alice.author], body="Deep *purple*.")
    page = client.get("/a-hyacinth/").content.decode()
    for shown in ("A hyacinth", "About bulbs", "Alice Adams", "Gardens", "<em>purple</em>"):
        assert shown in page
    for path in lists_of(tag, alice.author, post):
        assert "/a-hyacinth/" in client.get(path).content.decode(), path


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Post.Status.DRAFT},
        {"published_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["a draft", "a scheduled post"],
)
def test_a_post_that_is_not_public_is_on_no_page_or_list(client, alice, make_post, tag, fields):
    make_post("Something public", tags=[tag], authors=[alice.author])
    post = make_post("A hyacinth", tags=[tag], authors=[alice.author], **fields)
    assert client.get("/a-hyacinth/").status_code == 404
    for path in lists_of(tag, alice.author, post):
        assert "/a-hyacinth/" not in client.get(path).content.decode(), path


def test_a_scheduled_post_becomes_public_at_its_date(client, make_post):
    post = make_post("Soon", published_at=timezone.now() + timedelta(days=1))
    assert client.get("/soon/").status_code == 404
    Post.objects.filter(pk=post.pk).update(published_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/soon/").status_code == 200


def test_a_trashed_post_is_a_410_and_a_trashed_draft_a_404(client, make_post):
    post = make_post("Regretted")
    draft = make_post("Unfinished", status=Post.Status.DRAFT)
    for each in (post, draft):
        services.trash_post(each, by=None, expected_version=1)
    gone = client.get("/regretted/")
    assert gone.status_code == 410
    assert "gone" in gone.content.decode()
    assert client.get("/unfinished/").status_code == 404


def test_a_static_page_is_at_its_slug_and_in_no_list(client, make_post):
    make_post("About us", kind=Post.Kind.PAGE, body="We write.")
    assert "We write." in client.get("/about-us/").content.decode()
    assert "/about-us/" not in client.get("/").content.decode()
    assert "/about-us/" not in client.get("/feed.atom").content.decode()
    assert "/about-us/" in sitemap(client)


def test_a_post_shows_its_neighbours_by_date(client, make_post):
    now = timezone.now()
    for days, title in ((3, "First"), (2, "Second"), (1, "Third")):
        make_post(title, published_at=now - timedelta(days=days))
    assert reading.neighbours(client.get("/second/")) == {"older": "First", "newer": "Third"}
    assert reading.neighbours(client.get("/first/")) == {"newer": "Second"}
    assert reading.neighbours(client.get("/third/")) == {"older": "Second"}


def test_posts_of_the_same_date_are_neighbours_by_id(client, make_post):
    same = timezone.now() - timedelta(days=1)
    for title in ("First", "Second", "Third"):
        make_post(title, published_at=same)
    assert reading.neighbours(client.get("/second/")) == {"older": "First", "newer": "Third"}


def test_the_archive_links_to_the_years_and_months_that_have_posts(client, make_post):
    zone = timezone.get_current_timezone()
    make_post("Old", published_at=timezone.datetime(2019, 12, 31, 23, 59, tzinfo=zone))
    make_post("New", published_at=timezone.datetime(2021, 1, 1, tzinfo=zone))
    links = set(re.findall(r'href="(/archive/[^"]+)"', client.get("/archive/").content.decode()))
    assert links == {"/archive/2021/", "/archive/2021/01/", "/archive/2019/", "/archive/2019/12/"}
    assert "/archive/2019/12/" in client.get("/archive/2019/").content.decode()
    assert "Old" in client.get("/archive/2019/12/").content.decode()
    for empty in ("/archive/2020/", "/archive/2021/02/", "/archive/2019/11/"):
        assert client.get(empty).status_code == 404


def test_an_empty_blog_serves_all_its_pages(client):
    for path in (
        "/",
        "/archive/",
        "/tags/",
        "/search/",
        "/search/?q=word",
        "/feed.atom",
        "/sitemap.xml",
        "/robots.txt",
    ):
        assert client.get(path).status_code == 200, path


def test_markup_in_titles_names_and_summaries_is_escaped(client, alice, make_post):
    Author.objects.filter(user=alice).update(name="<b>Alice</b>")
    alice.author.refresh_from_db()
    tag = services.create_tag(name="<i>tag</i>")
    make_post("<script>hyacinth</script>", slug="x", summary="<u>s</u>", tags=[tag], authors=[alice.author])
    for path in ("/", "/x/", "/tags/", f"/tags/{tag.slug}/", "/authors/alice-adams/"):
        page = client.get(path).content.decode()
        for markup in ("<script>hyacinth", "<b>Alice", "<i>tag", "<u>s"):
            assert markup not in page, path
