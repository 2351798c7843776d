"""The metadata of pages: JSON-LD, OpenGraph, canonical addresses and link relations."""

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
    """Return the objects of a page's JSON-LD, by type."""
    page = client.get(path).content.decode()
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert len(found) == 1, path
    document = json.loads(found[0])
    assert document["@context"] == "https://schema.org"
    return {node["@type"]: node for node in document["@graph"]}


def metas(client, path):
    """Return the contents of a page's `meta` elements, by name or property; the last of several."""
    page = client.get(path).content.decode()
    return {name: unescape(content) for name, content in re.findall(r'<meta \w+="([^"]+)" content="([^"]*)"', page)}


def links(client, path, rel):
    """Return the addresses of a page's `link` elements with a relation."""
    page = client.get(path).content.decode()
    return [unescape(href) for href in re.findall(rf'<link rel="{rel}" href="([^"]+)"', page)]


def breadcrumbs(nodes):
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


def test_a_post_has_the_schema_org_fields_of_a_blog_posting(client, post):
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
    assert breadcrumbs(nodes) == [("Front page", f"{ROOT}/"), ("A hyacinth", f"{ROOT}/a-hyacinth/")]


def test_the_publisher_is_the_author_of_a_post_without_authors(client, make_post):
    make_post("Ours")
    posting = graph(client, "/ours/")["BlogPosting"]
    assert posting["author"] == posting["publisher"]


def test_a_static_page_is_a_web_page_and_not_an_article(client, make_post):
    make_post("About", kind=Post.Kind.PAGE)
    assert graph(client, "/about/").keys() == {"WebPage", "BreadcrumbList"}
    assert metas(client, "/about/")["og:type"] == "website"


def test_the_front_page_describes_the_site_and_its_search(client, post):
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


def test_lists_have_breadcrumbs(client, post):
    day = timezone.localtime(post.published_at)
    year = (f"{day:%Y}", f"{ROOT}/archive/{day:%Y}/")
    archive = ("Archive", f"{ROOT}/archive/")
    front = ("Front page", f"{ROOT}/")
    assert breadcrumbs(graph(client, "/tags/gardens/")) == [
        front, ("Tags", f"{ROOT}/tags/"), ("Gardens", f"{ROOT}/tags/gardens/"),
    ]  # fmt: skip
    assert breadcrumbs(graph(client, "/archive/")) == [front, archive]
    assert breadcrumbs(graph(client, f"/archive/{day:%Y}/")) == [front, archive, year]
    month = (f"{day:%B %Y}", f"{ROOT}/archive/{day:%Y/%m}/")
    assert breadcrumbs(graph(client, f"/archive/{day:%Y/%m}/")) == [front, archive, year, month]


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!-- <script>", "a & b", "\u2028 \" ' \\"])
def test_no_text_can_end_the_json_ld_script(client, make_post, text):
    make_post("A post", slug="a-post", seo_description=text, summary=text)
    page = client.get("/a-post/").content.decode()
    data = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert not set("<>&") & set(data)
    assert json.loads(data)["@graph"][0]["description"] == " ".join(text.split())


def test_a_post_has_opengraph_with_its_picture(client, post):
    properties = metas(client, "/a-hyacinth/")
    assert properties["og:title"] == "A hyacinth"
    assert properties["og:description"] == properties["description"] == "About bulbs"
    assert properties["og:image"] == f"{ROOT}/media/hyacinth.jpg"
    assert properties["og:url"] == f"{ROOT}/a-hyacinth/"
    assert properties["og:site_name"] == "Broadsheet"
    assert properties["og:type"] == "article"
    assert properties["twitter:card"] == "summary_large_image"
    assert properties["article:tag"] == "Gardens"


def test_a_page_without_a_picture_has_the_logo_unless_it_is_an_svg(client, make_post):
    make_post("Words", tags=[services.create_tag(name="Gardens")])
    for logo, shown in (("", None), ("/media/logo.svg", None), ("/media/logo.png", f"{ROOT}/media/logo.png")):
        set_site(logo=logo)
        properties = metas(client, "/tags/gardens/")
        assert properties.get("og:image") == shown
        assert properties["twitter:card"] == "summary"


def test_seo_title_and_description_replace_title_and_summary(client, make_post):
    make_post("A post", seo_title="Bulbs", seo_description="For them", canonical_url="https://example.org/first/")
    page = client.get("/a-post/").content.decode()
    assert "<title>Bulbs · Broadsheet</title>" in page
    assert metas(client, "/a-post/")["description"] == "For them"
    assert links(client, "/a-post/", "canonical") == ["https://example.org/first/"]


@pytest.mark.parametrize(
    ("requested", "canonical"),
    [("/?utm_source=x", "/"), ("/a-hyacinth/?fbclid=1", "/a-hyacinth/"), ("/tags/gardens/?page=2", "/tags/gardens/")],
)
def test_an_unknown_parameter_is_not_in_the_canonical_address(client, post, requested, canonical):
    assert links(client, requested, "canonical") == [ROOT + canonical]
    assert client.get(requested).content == client.get(canonical).content


def test_posts_and_pages_of_lists_link_to_their_neighbours(client, make_post):
    for number in range(21):
        make_post(f"Post {number}")
    assert links(client, "/post-1/", "prev") == [f"{ROOT}/post-0/"]
    assert links(client, "/post-1/", "next") == [f"{ROOT}/post-2/"]
    older = reading.older(client.get("/"))
    assert links(client, "/", "next") == [ROOT + older]
    assert links(client, older, "canonical") == [ROOT + older]
    assert links(client, older, "next") == []


def test_translations_have_hreflang_links_to_each_other_and_themselves(client, make_post):
    original = make_post("Bulbs")
    make_post("Zwiebeln", language="de", translation_of=original)
    expected = {"en": f"{ROOT}/bulbs/", "de": f"{ROOT}/zwiebeln/"}
    for path in ("/bulbs/", "/zwiebeln/"):
        page = client.get(path).content.decode()
        found = re.findall(r'<link rel="alternate" href="([^"]+)" hreflang="([^"]+)"', page)
        assert {language: href for href, language in found} == expected, path
    assert graph(client, "/zwiebeln/")["BlogPosting"]["inLanguage"] == "de"


@pytest.mark.parametrize("canonical_url", ["", "https://elsewhere.example/first-published-here/"])
def test_og_url_is_the_canonical_address(client, make_post, canonical_url):
    path = make_post(canonical_url=canonical_url).get_absolute_url()
    for requested in ("/", path, f"{path}?utm_source=letter"):
        assert [metas(client, requested)["og:url"]] == links(client, requested, "canonical"), requested
    assert metas(client, path)["og:url"] == (canonical_url or f"{ROOT}{path}")


def test_robots_txt_excludes_no_page_that_has_noindex(admin_client, make_post):
    draft = make_post("Draft", status=Post.Status.DRAFT)
    lines = admin_client.get("/robots.txt").content.decode().splitlines()
    excluded = tuple(line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: "))
    assert excluded == ("/admin/",)
    form = "/api/v1/comments/unsubscribe/x/"
    for path in ("/search/", "/search/?q=draft", "/nope/", f"/preview/{draft.pk}/", form):
        response = admin_client.get(path)
        assert "noindex" in response.get("X-Robots-Tag", "") + response.content.decode(), path
        assert not path.startswith(excluded)


@pytest.mark.parametrize("path", ["/search/", "/search/?q=bulbs", "/nope/", "/gone/", "/?before=bad"])
def test_search_and_error_pages_have_noindex_and_no_other_metadata(client, make_post, path):
    services.trash_post(make_post("Gone"), by=None, expected_version=1)
    page = client.get(path).content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert "og:" not in page.partition("<head>")[2].partition("</head>")[0]
    assert "application/ld+json" not in page
    assert links(client, path, "canonical") == []


def test_a_preview_has_noindex(admin_client, make_post):
    post = make_post("Draft", status=Post.Status.DRAFT)
    page = admin_client.get(f"/preview/{post.pk}/").content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert 'rel="canonical"' not in page
