"""Feeds and lists at the addresses that WordPress, Ghost, Jekyll, Hugo and others give them redirect to ours."""

from datetime import UTC, datetime

import pytest

from apps.posts import services
from apps.posts.models import Post
from blog_project import addresses

pytestmark = pytest.mark.django_db

SITE = {
    "rss": """/feed/ /feed /feed/rss2/ /feed/rss/ /feed/rdf /rss/ /rss /rss2 /rss.xml /rss.xml/ /index.xml /Feed/ //feed//
        /blog/feed/ /blog/rss.xml /posts/index.xml /feed/index.xml /?feed=rss2
        /?feed=rss /?feed=rss2&before=x /?utm_source=x&feed=rdf""",
    "atom": "/feed.xml /atom.xml /atom/ /feed/atom/ /feed/atom /feed/feed.xml /?feed=atom",
    "json": "/feed/json/ /feed/json /?feed=json",
}
OF_ONE = {
    "/tags/sea-side/feed.rss": """/category/sea-side/feed/ /category/sea-side/feed /category/earth/sea-side/feed/
        /tag/sea-side/feed/ /tag/sea-side/feed/rss2/ /tag/sea-side/rss/ /tag/Sea-Side/rss /tags/sea-side/index.xml
        /tags/sea-side/rss.xml /categories/sea-side/index.xml /category/sea-side/?feed=rss2 /tags/sea-side/?feed=rss2
        /tag/coast/rss/ /tag/sea%20side/feed/""",
    "/tags/sea-side/feed.atom": """/category/sea-side/feed/atom/ /tag/sea-side/atom.xml /tags/sea-side/feed.xml
        /tag/sea-side/?feed=atom /blog/tag/sea-side/feed.xml""",
    "/authors/ann/feed.rss": """/author/ann/feed/ /author/ann/feed /author/ann/rss/ /authors/ann/index.xml
        /author/ann/?feed=rss2 /authors/ann/?feed=rss2 /author/anna/feed/""",
    "/authors/ann/feed.atom": "/author/ann/feed/atom/ /authors/ann/?feed=atom",
    "/comments/feed.rss": "/comments/feed/ /comments/feed/rss2 /blog/comments/feed/",
    "/comments/feed.atom": "/comments/feed/atom/",
}
EXPECTED = {f"/feed.{kind}": paths for kind, paths in SITE.items()} | OF_ONE

LISTS = {
    "/tags/sea-side/": """/tag/sea-side/ /category/sea-side/ /category/earth/sea-side/ /categories/sea-side/ /tag/Sea-Side
        /tag/sea-side/page/2/ /tags/sea-side/page/12 /category/earth/sea-side/page/3/ /blog/tag/sea-side/ /tag/coast/
        /blog/category/sea-side/page/2/ /tag/sea%20side/""",
    "/authors/ann/": "/author/ann/ /author/Ann /author/anna/ /author/ann/page/2/ /authors/ann/page/2/",
    "/archive/2020/05/": "/2020/05/ /2020/05/11/ /2020/05/page/2/ /blog/2020/05/",
    "/archive/2020/": "/2020/ /2020/page/2/ /blog/2020/page/3/",
    "/": "/blog/ /posts/ /page/2/ /blog/page/2/ /Posts/Page/2",
}


@pytest.fixture
def followed(make_post):
    """A post of a tag and an author who both had another slug."""
    tag = services.create_tag(name="Sea side", aliases=["coast"])
    author = services.create_author(name="Ann", aliases=["anna"])
    date = datetime(2020, 5, 11, 12, tzinfo=UTC)
    return make_post("A post", tags=[tag], authors=[author], published_at=date)


def redirect_of(client, path: str) -> tuple[int, str]:
    # A path that begins with two slashes would be taken for a host.
    response = client.get(path.replace("//", "/%2F", 1) if path.startswith("//") else path)
    return response.status_code, response.get("Location", "")


@pytest.mark.parametrize("target", EXPECTED)
def test_a_feed_at_another_system_s_address_redirects_in_one_step(client, followed, target):
    assert client.get(target).status_code == 200
    for path in EXPECTED[target].split():
        assert redirect_of(client, path) == (301, target), path


def test_the_redirect_may_be_cached_for_half_a_minute_and_has_no_query(client, followed):
    for path in ("/feed/", "/?feed=rss2", "/tag/sea-side/rss/?utm_source=x"):
        assert "s-maxage=30" in client.get(path)["Cache-Control"], path
        assert "?" not in client.get(path)["Location"], path


def test_feeds_of_unknown_tags_and_authors_and_of_comments_on_a_post_are_404s(client, followed):
    for path in (
        "/tag/nothing/feed/",
        "/author/nobody/rss/",
        "/tag/nothing/?feed=rss2",
        "/a-post/feed/",
        "/tags/feed/",
    ):
        assert client.get(path).status_code == 404, path


def test_an_unknown_format_is_ignored(client, followed):
    assert client.get("/?feed=nonsense").status_code == 200
    assert client.get("/tags/sea-side/?feed=").status_code == 200


@pytest.mark.parametrize("slug", ["rss", "atom"])
def test_a_page_with_such_an_address_takes_precedence(client, make_post, slug):
    post = make_post(slug.upper(), kind=Post.Kind.PAGE, slug=slug)
    assert client.get(f"/{slug}/").status_code == 200
    assert redirect_of(client, f"/{slug}") == (301, f"/{slug}/")
    services.trash_post(post, by=None, expected_version=post.version)
    assert client.get(f"/{slug}/").status_code == 410
    assert redirect_of(client, f"/{slug}") == (301, f"/{slug}/")


def test_a_draft_with_such_an_address_is_not_disclosed(client, make_post):
    make_post("RSS", slug="rss", status=Post.Status.DRAFT)
    for path in ("/rss/", "/rss"):
        assert redirect_of(client, path) == (301, "/feed.rss")


def test_an_alias_with_such_an_address_takes_precedence(client, make_post):
    make_post("All my feeds", aliases=["/rss.xml", "/feed/"])
    for path in ("/rss.xml", "/feed/", "/feed"):
        assert redirect_of(client, path) == (301, "/all-my-feeds/")
    assert redirect_of(client, "/rss/") == (301, "/feed.rss")


def test_only_get_and_head_are_redirected(client, db):
    assert client.head("/rss.xml").status_code == 301
    for path in ("/feed/", "/rss.xml"):
        assert client.post(path).status_code in (404, 405)


def test_every_format_of_the_parameter_is_one_of_ours():
    assert set(addresses.FEED_PARAMETER.values()) == set(addresses.FEED_KINDS)


@pytest.mark.parametrize("target", LISTS)
def test_a_list_at_another_system_s_address_redirects_in_one_step(client, followed, target):
    assert client.get(target).status_code == 200
    for path in LISTS[target].split():
        assert redirect_of(client, path) == (301, target), path


def test_a_list_without_a_slash_redirects_in_two_steps(client, followed):
    assert redirect_of(client, "/blog") == (301, "/blog/")
    assert redirect_of(client, "/2020") == (301, "/2020/")


def test_our_own_lists_keep_their_query_when_a_slash_is_missing(client, followed):
    assert redirect_of(client, "/tags/sea-side?before=x") == (301, "/tags/sea-side/?before=x")


def test_unknown_lists_are_404s(client, followed):
    for path in ("/tag/nothing/", "/category/nothing/page/2/", "/author/nobody/", "/2020/13/", "/page/x/", "/tag/"):
        assert client.get(path).status_code == 404, path


def test_a_page_or_an_alias_with_the_address_of_a_list_takes_precedence(client, make_post):
    make_post("Blog", kind=Post.Kind.PAGE, slug="blog")
    make_post("A year", slug="2020", aliases=["/page/2/", "/tag/sea-side/"])
    assert client.get("/blog/").status_code == client.get("/2020/").status_code == 200
    assert redirect_of(client, "/page/2/") == redirect_of(client, "/tag/sea-side/") == (301, "/2020/")
