"""The cached `{% part %}` tag: it is rendered once and never shows stale content."""

import pytest
from django.conf import settings
from django.template import Context, engines
from django.test import override_settings
from django.utils.safestring import mark_safe
from django.utils.translation import override

from apps.frontend.templatetags import parts
from apps.posts import services
from apps.posts.models import Post
from apps.site import services as site_services
from apps.site.models import Site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    parts._render_part.cache_clear()


def render_count():
    return parts._render_part.cache_info().misses


def test_a_second_request_uses_the_cached_parts(client, make_post, alice):
    make_post("A story", authors=[alice.author])
    first = client.get("/").text
    before = render_count()
    assert client.get("/").text == first
    assert render_count() == before
    assert "A story" in client.get("/authors/alice-adams/").text


@pytest.mark.parametrize(
    "change",
    [
        lambda post, tag, author: services.update_post(
            post, by=None, expected_version=post.version, summary="A new summary."
        ),
        lambda post, tag, author: services.update_tag(tag, expected_version=tag.version, name="A new summary."),
        lambda post, tag, author: services.update_author(
            author, expected_version=author.version, name="A new summary."
        ),
    ],
    ids=["the post", "its tag", "its author"],
)
def test_a_changed_post_tag_or_author_is_rendered_anew(client, make_post, alice, change):
    tag = services.create_tag(name="Moss")
    post = make_post("A story", tags=[tag], authors=[alice.author])
    assert "A new summary." not in client.get("/").text
    change(post, tag, alice.author)
    assert "A new summary." in client.get("/").text


def test_the_masthead_shows_a_changed_site_name(client, make_post):
    make_post("A story")
    site = Site.objects.create(pk=1, name="The Old Name")
    assert "The Old Name" in client.get("/").text
    site_services.update_site(site, expected_version=site.version, name="The New Name")
    assert "The Old Name" not in client.get("/").text


def test_the_masthead_is_in_the_language_of_each_page(client, make_post):
    make_post("English", language="en")
    make_post("Deutsch", language="de")
    words = {"/english/": "Search the site", "/deutsch/": "Website durchsuchen"}
    for path in (*words, *words):
        shown = client.get(path).text
        assert [other for other, word in words.items() if word in shown] == [path]


def test_a_menu_marks_only_the_current_page(client, make_post):
    make_post("A story")
    for path, marked in (("/", 2), ("/archive/", 1), ("/a-story/", 0), ("/tags/", 1)):
        assert client.get(path).text.count('aria-current="page"') == marked, path


def test_posts_with_equal_values_have_equal_cache_keys(make_post, alice):
    make_post("A story", tags=[services.create_tag(name="Moss")], authors=[alice.author])
    one, same = (Post.objects.for_listing().get() for _time in range(2))
    assert parts._PostKey(one) == parts._PostKey(same)
    same.title = "Another"
    assert parts._PostKey(one) != parts._PostKey(same)


def test_safe_html_and_equal_text_have_different_cache_keys(tmp_path):
    (tmp_path / "seen.html").write_text("{{ given }}")
    with override_settings(TEMPLATES=[{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]):
        template = engines["django"].from_string('{% load parts %}{% part "seen.html" given=given %}').template
        assert template.render(Context({"given": mark_safe("<b>")})) == "<b>"
        assert template.render(Context({"given": "<b>"})) == "&lt;b&gt;"


@pytest.mark.parametrize("given", [["a", "list"], Site(name="A row")])
def test_arguments_that_cannot_be_cache_keys_are_a_type_error(given):
    template = engines["django"].from_string('{% load parts %}{% part "frontend/_assets.html" given=given %}').template
    with pytest.raises(TypeError, match="Give it posts, texts and numbers"):
        template.render(Context({"given": given}))


def test_a_part_sees_only_the_site_and_its_arguments(tmp_path):
    (tmp_path / "seen.html").write_text("{{ site.name }}|{{ given }}|{{ other }}")
    with override_settings(TEMPLATES=_templates_with(tmp_path)), override("en"):
        template = engines["django"].from_string('{% load parts %}{% part "seen.html" given="this" %}')
        assert template.template.render(Context({"other": "that"})) == "Broadsheet|this|"


def _templates_with(directory):
    (first, *rest) = settings.TEMPLATES
    return [first | {"DIRS": [directory]}, *rest]
