"""The check of links to the site itself: broken links and redirects of many posts, in a handful of queries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.markdown import rendering
from apps.posts import links, services
from apps.posts.models import PostAlias, Tag

pytestmark = pytest.mark.django_db


def broken(*hrefs: str, own: str = "/own/") -> dict[str, str]:
    """Return the problems of the links in a text, by href."""
    html = rendering.render("\n\n".join(f"[words]({href})" for href in hrefs)).html
    return {link.href: link.problem for link in links.find_broken_links({1: (own, html)}, user=None).get(1, [])}


@pytest.fixture
def site(make_post):
    tag = services.create_tag(name="Sea")
    author = services.create_author(name="Ada")
    moment = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    post = make_post("Out", tags=[tag], authors=[author], published_at=moment)
    services.update_post(post, by=None, expected_version=1, slug="moved")
    make_post("A page", kind="page", slug="about")
    make_post("Draft", status="draft")
    make_post("Soon", published_at=timezone.now() + timedelta(days=2))
    services.trash_post(make_post("Gone"), by=None, expected_version=1)
    return post


VALID = """/ /moved/ /about/ /moved/#part /moved/?x=1 /tags/ /tags/sea/ /tags/sea/feed.atom /authors/ada/ /archive/
    /archive/2026/ /archive/2026/05/ /search/?q=x /feed.atom /sitemap.xml /robots.txt /media/x.png ../about/
    https://example.org/nothing/ mailto:a@example.org //example.org/x/""".split()


def test_a_month_of_the_archive_has_the_posts_of_its_first_day_and_none_of_the_next_month(make_post):
    make_post("New year", published_at=datetime(2024, 1, 1, 12, tzinfo=UTC))
    assert broken("/archive/2023/12/") == {"/archive/2023/12/": "missing"}
    make_post("Advent", published_at=datetime(2023, 12, 1, 12, tzinfo=UTC))
    assert broken("/archive/2023/12/") == {}


@pytest.mark.parametrize("href", VALID)
def test_a_valid_link_has_no_problem(site, href):
    assert broken(href) == {}


@pytest.mark.parametrize(
    ("href", "problem"),
    [
        ("/nothing/", "missing"),
        ("/nothing/at/all.html", "missing"),
        ("nothing/", "missing"),
        ("/tags/nothing/", "missing"),
        ("/authors/nobody/", "missing"),
        ("/moved/feed.atom", "missing"),
        ("/archive/2025/", "missing"),
        ("/archive/2026/06/", "missing"),
        ("/gone/", "trashed"),
        ("/draft/", "draft"),
        ("/soon/", "scheduled"),
        ("/out/", "moved"),
        ("/out", "moved"),
        ("/moved", "moved"),
        ("/About/", "moved"),
        ("/tags/sea", "moved"),
        ("#nowhere", "fragment"),
    ],
)
def test_a_broken_link_is_reported_with_its_problem(site, href, problem):
    assert broken(href) == {href: problem}


def test_the_site_responds_as_the_check_predicts(site):
    client = Client()
    for href in [href for href in VALID if href.startswith("/") and "media" not in href and not href.startswith("//")]:
        assert client.get(href.partition("#")[0]).status_code == 200, href
    for href in ("/out/", "/out", "/moved", "/About/", "/tags/sea"):
        assert client.get(href).status_code == 301, href
    for href in ("/nothing/", "/draft/", "/soon/", "/tags/nothing/", "/archive/2025/", "/moved/feed.atom"):
        assert client.get(href).status_code == 404, href


def test_only_absolute_links_to_the_site_s_own_host_are_checked(site, settings):
    settings.SITE_URL = "https://blog.example.org"
    found = broken(
        "https://blog.example.org/nothing/", "http://blog.example.org/about/", "https://example.org/nothing/"
    )
    assert found == {"https://blog.example.org/nothing/": "missing"}


def test_a_link_to_a_moved_post_has_the_new_address(site):
    (link,) = links.find_broken_links({1: ("/own/", '<p><a href="/out/">x</a></p>')}, user=None)[1]
    assert link.better == "/moved/"
    assert link.reason == "it has another address now: /moved/"


def test_archive_pages_use_the_site_s_time_zone_not_the_editor_s(site, settings):
    with timezone.override("Asia/Tokyo"):
        assert broken("/archive/2026/05/", "/archive/2026/06/") == {"/archive/2026/06/": "missing"}


def test_fragments_of_the_text_and_of_the_page_are_valid(site):
    html = rendering.render("## A part\n\n[a](#a-part) [b](#comments) [c](#)\n\nA note.[^1]\n\n[^1]: Words.").html
    assert links.find_broken_links({1: ("/own/", html)}, user=None) == {}


def test_markup_in_attribute_values_is_not_read_as_links(site):
    html = '<p><a title="1 > 0" hreflang="de" href="/nothing/?a=1&amp;b=2">x</a> <b title="<a href=">y</b></p>'
    assert [link.href for link in links.find_broken_links({1: ("/own/", html)}, user=None)[1]] == ["/nothing/?a=1&b=2"]


@pytest.mark.parametrize("href", ["http://[nonsense/", "/%00/", "/%ff/", "/" + "a" * 3000 + "/", "///", "/a/../b/"])
def test_malformed_addresses_raise_nothing(site, href):
    links.find_broken_links({1: ("/own/", f'<p><a href="{href}">x</a></p>')}, user=None)


def test_the_number_of_queries_does_not_grow_with_posts_and_links(site, django_assert_max_num_queries):
    for number in range(300):
        PostAlias.objects.create(path=f"/old-{number}.html", post=site)
    html = "".join(
        f'<p><a href="/post-{n}/">a</a><a href="/tags/t-{n}/">b</a><a href="/authors/a-{n}/">c</a>'
        f'<a href="/old-{n}.html">d</a><a href="/archive/2026/0{n % 9 + 1}/">e</a></p>'
        for n in range(300)
    )
    texts = {key: (f"/own-{key}/", html) for key in range(50)}
    with django_assert_max_num_queries(8):
        found = links.find_broken_links(texts, user=None)
    assert len(found) == 50
    assert sum(link.problem == "moved" for link in found[0]) == 300


def test_a_link_to_a_former_slug_of_a_tag_is_reported_as_moved(site):
    tag = Tag.objects.get(slug="sea")
    services.update_tag(tag, by=None, expected_version=tag.version, slug="ocean")
    found = links.find_broken_links(
        {1: ("/own/", '<p><a href="/tags/sea/">x</a> <a href="/tags/ocean/">y</a></p>')}, user=None
    )
    assert [(link.href, link.problem, link.better) for link in found[1]] == [("/tags/sea/", "moved", "/tags/ocean/")]
