"""What pages say of themselves to search engines and to those who show links to them."""

import json
import re
from html import unescape

import pytest
from django.utils import timezone

from apps.core import content_state
from apps.posts import services
from apps.posts.models import Post
from apps.site.models import Link, Site
from tests.frontend import reading

pytestmark = pytest.mark.django_db
ROOT = "http://testserver"


def graph(client, path):
    """Return what a page's JSON-LD says, by type."""
    page = client.get(path).content.decode()
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert len(found) == 1, path
    document = json.loads(found[0])
    assert document["@context"] == "https://schema.org"
    return {node["@type"]: node for node in document["@graph"]}


def metas(client, path):
    """Return the contents of a page's `meta` elements, by name or property; of several, the last."""
    page = client.get(path).content.decode()
    return {name: unescape(content) for name, content in re.findall(r'<meta \w+="([^"]+)" content="([^"]*)"', page)}


def links(client, path, rel):
    """Return the addresses of a page's `link` elements of a relation."""
    page = client.get(path).content.decode()
    return [unescape(href) for href in re.findall(rf'<link rel="{rel}" href="([^"]+)"', page)]


def trail(nodes):
    return [(item["name"], item["item"]) for item in nodes["BreadcrumbList"]["itemListElement"]]


@pytest.fixture
def post(alice, bob, make_post):
    services.update_author(alice.author, expected_version=1, bio="Writes.", website="https://alice.example.org/")
    return make_post(
        "A hyacinth",
        summary="About bulbs",
        body="![One](/media/hyacinth.jpg)\n\nTwo three four.",
        tags=[services.create_tag(name="Gardens", description="What grows.")],
        authors=[alice.author, bob.author],
    )


def set_site(**fields):
    site, _is_new = Site.objects.update_or_create(pk=1, defaults=fields)
    content_state.bump()
    return site


def test_a_post_says_who_wrote_what_when_and_for_whom(client, post):
    set_site(name="The Gazette", logo="/media/logo.png")
    nodes = graph(client, "/a-hyacinth/")
    posting = nodes["BlogPosting"]
    assert posting["headline"] == "A hyacinth"
    assert posting["description"] == "About bulbs"
    assert posting["url"] == posting["mainEntityOfPage"] == f"{ROOT}/a-hyacinth/"
    assert posting["datePublished"] == post.published_at.isoformat()
    assert posting["dateModified"] == max(post.updated_at, post.published_at).isoformat()
    assert posting["image"] == f"{ROOT}/media/hyacinth.jpg"
    assert posting["wordCount"] == post.word_count > 0
    assert posting["inLanguage"] == "en"
    assert posting["keywords"] == ["Gardens"]
    assert [(who["@type"], who["name"], who["url"]) for who in posting["author"]] == [
        ("Person", "Alice Adams", f"{ROOT}/authors/alice-adams/"),
        ("Person", "Bob Brown", f"{ROOT}/authors/bob-brown/"),
    ]
    assert posting["publisher"]["name"] == "The Gazette"
    assert posting["publisher"]["logo"]["url"] == f"{ROOT}/media/logo.png"
    assert trail(nodes) == [("Front page", f"{ROOT}/"), ("A hyacinth", f"{ROOT}/a-hyacinth/")]


def test_a_post_without_an_author_is_the_site_s(client, make_post):
    make_post("Ours")
    posting = graph(client, "/ours/")["BlogPosting"]
    assert posting["author"] == posting["publisher"]


def test_a_static_page_is_no_article(client, make_post):
    make_post("About", kind=Post.Kind.PAGE)
    assert graph(client, "/about/").keys() == {"WebPage", "BreadcrumbList"}
    assert metas(client, "/about/")["og:type"] == "website"


def test_the_front_page_says_what_the_site_is_and_how_to_search_it(client, post):
    site = set_site(name="The Gazette", tagline="Daily")
    Link.objects.create(site=site, menu=Link.Menu.SOCIAL, label="M", address="https://social.example.org/@g")
    content_state.bump()
    website = graph(client, "/")["WebSite"]
    assert (website["name"], website["description"], website["url"]) == ("The Gazette", "Daily", f"{ROOT}/")
    template = website["potentialAction"]["target"]["urlTemplate"]
    found = client.get(template.removeprefix(ROOT).format(search_term_string="hyacinth")).content.decode()
    assert 'name="q" value="hyacinth"' in found
    assert website["publisher"]["sameAs"] == ["https://social.example.org/@g"]
    assert links(client, "/", "me") == ["https://social.example.org/@g"]


def test_an_author_s_page_is_the_profile_of_a_person(client, post):
    nodes = graph(client, "/authors/alice-adams/")
    person = nodes["ProfilePage"]["mainEntity"]
    assert (person["@type"], person["name"], person["description"]) == ("Person", "Alice Adams", "Writes.")
    assert person["sameAs"] == ["https://alice.example.org/"]
    assert links(client, "/authors/alice-adams/", "me") == ["https://alice.example.org/"]
    assert metas(client, "/authors/alice-adams/")["og:type"] == "profile"


def test_lists_say_where_they_are(client, post):
    day = timezone.localtime(post.published_at)
    year = (f"{day:%Y}", f"{ROOT}/archive/{day:%Y}/")
    archive = ("Archive", f"{ROOT}/archive/")
    front = ("Front page", f"{ROOT}/")
    assert trail(graph(client, "/tags/gardens/")) == [
        front, ("Tags", f"{ROOT}/tags/"), ("Gardens", f"{ROOT}/tags/gardens/"),
    ]  # fmt: skip
    assert trail(graph(client, "/archive/")) == [front, archive]
    assert trail(graph(client, f"/archive/{day:%Y}/")) == [front, archive, year]
    month = (f"{day:%B %Y}", f"{ROOT}/archive/{day:%Y/%m}/")
    assert trail(graph(client, f"/archive/{day:%Y/%m}/")) == [front, archive, year, month]


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!-- <script>", "a & b", "\u2028 \" ' \\"])
def test_no_text_ends_the_data(client, make_post, text):
    make_post("A post", slug="a-post", seo_description=text, summary=text)
    page = client.get("/a-post/").content.decode()
    data = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert not set("<>&") & set(data)
    assert json.loads(data)["@graph"][0]["description"] == " ".join(text.split())


def test_a_link_to_a_post_can_be_shown_with_its_picture(client, post):
    said = metas(client, "/a-hyacinth/")
    assert said["og:title"] == "A hyacinth"
    assert said["og:description"] == said["description"] == "About bulbs"
    assert said["og:image"] == f"{ROOT}/media/hyacinth.jpg"
    assert said["og:url"] == f"{ROOT}/a-hyacinth/"
    assert said["og:site_name"] == "Broadsheet"
    assert said["og:type"] == "article"
    assert said["twitter:card"] == "summary_large_image"
    assert said["article:tag"] == "Gardens"


def test_a_link_without_a_picture_has_the_logo_unless_it_is_a_drawing(client, make_post):
    make_post("Words")
    for logo, shown in (("", None), ("/media/logo.svg", None), ("/media/logo.png", f"{ROOT}/media/logo.png")):
        set_site(logo=logo)
        said = metas(client, "/words/")
        assert said.get("og:image") == shown
        assert said["twitter:card"] == "summary"


def test_search_engines_get_the_words_that_were_written_for_them(client, make_post):
    make_post("A post", seo_title="Bulbs", seo_description="For them", canonical_url="https://example.org/first/")
    page = client.get("/a-post/").content.decode()
    assert "<title>Bulbs · Broadsheet</title>" in page
    assert metas(client, "/a-post/")["description"] == "For them"
    assert links(client, "/a-post/", "canonical") == ["https://example.org/first/"]


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [("/?utm_source=x", "/"), ("/a-hyacinth/?fbclid=1", "/a-hyacinth/"), ("/tags/gardens/?page=2", "/tags/gardens/")],
)
def test_an_unknown_parameter_changes_nothing_and_is_not_in_the_canonical_address(client, post, asked, canonical):
    assert links(client, asked, "canonical") == [ROOT + canonical]
    assert client.get(asked).content == client.get(canonical).content


def test_posts_and_pages_of_lists_lead_on_to_their_neighbours(client, make_post):
    for number in range(21):
        make_post(f"Post {number}")
    assert links(client, "/post-1/", "prev") == [f"{ROOT}/post-0/"]
    assert links(client, "/post-1/", "next") == [f"{ROOT}/post-2/"]
    older = reading.older(client.get("/"))
    assert links(client, "/", "next") == [ROOT + older]
    assert links(client, older, "canonical") == [ROOT + older]
    assert links(client, older, "next") == []


def test_translations_name_each_other_and_themselves(client, make_post):
    original = make_post("Bulbs")
    make_post("Zwiebeln", language="de", translation_of=original)
    expected = {"en": f"{ROOT}/bulbs/", "de": f"{ROOT}/zwiebeln/"}
    for path in ("/bulbs/", "/zwiebeln/"):
        page = client.get(path).content.decode()
        found = re.findall(r'<link rel="alternate" href="([^"]+)" hreflang="([^"]+)"', page)
        assert {language: href for href, language in found} == expected, path
    assert graph(client, "/zwiebeln/")["BlogPosting"]["inLanguage"] == "de"


@pytest.mark.parametrize("path", ["/search/", "/search/?q=bulbs", "/nope/", "/gone/", "/?before=bad"])
def test_what_is_not_for_search_engines_says_so_and_no_more(client, make_post, path):
    services.trash_post(make_post("Gone"), by=None, expected_version=1)
    page = client.get(path).content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert "og:" not in page.partition("<head>")[2].partition("</head>")[0]
    assert "application/ld+json" not in page
    assert links(client, path, "canonical") == []


def test_a_preview_is_not_for_search_engines(admin_client, make_post):
    post = make_post("Draft", status=Post.Status.DRAFT)
    page = admin_client.get(f"/preview/{post.pk}/").content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert 'rel="canonical"' not in page
