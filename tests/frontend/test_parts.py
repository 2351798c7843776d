"""Parts of pages that are rendered once: what they show is always what the page would show."""

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
def _none_is_kept():
    parts._rendered.cache_clear()


def rendered():
    return parts._rendered.cache_info().misses


def test_a_second_page_of_the_same_posts_renders_no_story_again(client, make_post, alice):
    make_post("A story", authors=[alice.author])
    first = client.get("/").text
    before = rendered()
    assert client.get("/").text == first
    assert rendered() == before
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
def test_a_story_shows_what_was_changed(client, make_post, alice, change):
    tag = services.create_tag(name="Moss")
    post = make_post("A story", tags=[tag], authors=[alice.author])
    assert "A new summary." not in client.get("/").text
    change(post, tag, alice.author)
    assert "A new summary." in client.get("/").text


def test_the_masthead_shows_what_the_site_is_called_by_now(client, make_post):
    make_post("A story")
    site = Site.objects.create(pk=1, name="The Old Name")
    assert "The Old Name" in client.get("/").text
    site_services.update_site(site, expected_version=site.version, name="The New Name")
    assert "The Old Name" not in client.get("/").text


def test_the_masthead_speaks_the_language_of_each_page(client, make_post):
    make_post("English", language="en")
    make_post("Deutsch", language="de")
    words = {"/english/": "Search the site", "/deutsch/": "Website durchsuchen"}
    for path in (*words, *words):
        shown = client.get(path).text
        assert [other for other, word in words.items() if word in shown] == [path]


def test_a_menu_marks_the_page_that_it_leads_to_and_no_other(client, make_post):
    make_post("A story")
    for path, marked in (("/", 2), ("/archive/", 1), ("/a-story/", 0), ("/tags/", 1)):
        assert client.get(path).text.count('aria-current="page"') == marked, path


def test_posts_are_the_same_where_all_that_was_read_of_them_is(make_post, alice):
    make_post("A story", tags=[services.create_tag(name="Moss")], authors=[alice.author])
    one, again = (Post.objects.for_listing().get() for _time in range(2))
    assert parts._AsRead(one) == parts._AsRead(again)
    again.title = "Another"
    assert parts._AsRead(one) != parts._AsRead(again)


def test_html_is_not_taken_for_the_text_that_it_equals(tmp_path):
    (tmp_path / "seen.html").write_text("{{ given }}")
    with override_settings(TEMPLATES=[{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]):
        template = engines["django"].from_string('{% load parts %}{% part "seen.html" given=given %}').template
        assert template.render(Context({"given": mark_safe("<b>")})) == "<b>"
        assert template.render(Context({"given": "<b>"})) == "&lt;b&gt;"


@pytest.mark.parametrize("given", [["a", "list"], Site(name="A row")])
def test_what_cannot_be_told_from_something_else_is_refused(given):
    template = engines["django"].from_string('{% load parts %}{% part "frontend/_assets.html" given=given %}').template
    with pytest.raises(TypeError, match="Give it posts, texts and numbers"):
        template.render(Context({"given": given}))


def test_a_part_sees_the_site_and_what_it_is_given_and_nothing_else(tmp_path):
    (tmp_path / "seen.html").write_text("{{ site.name }}|{{ given }}|{{ other }}")
    with override_settings(TEMPLATES=_with(tmp_path)), override("en"):
        template = engines["django"].from_string('{% load parts %}{% part "seen.html" given="this" %}')
        assert template.template.render(Context({"other": "that"})) == "Broadsheet|this|"


def _with(directory):
    (first, *rest) = settings.TEMPLATES
    return [first | {"DIRS": [directory]}, *rest]
