"""Eleventy's sites: data of folders, fields as variables, addresses from templates, formats beside Markdown."""

from __future__ import annotations

import pytest

from apps.posts.models import Post, PostAlias

pytestmark = pytest.mark.any_database

DATED = "title: A title\ndate: 2019-01-01\n"


@pytest.fixture
def eleventy(folder):
    """A folder with a configuration of Eleventy."""
    folder.write("eleventy.config.js", 'export default () => ({ dir: { input: "src" } })\n')
    return folder


def post(folder, front_matter: str = "", text: str = "Text.", name: str = "src/posts/2019-01-01-a.md") -> Post:
    folder.write(name, f"---\n{DATED}{front_matter}\n---\n{text}\n")
    run = folder.run()
    assert (run.status, run.err) == (0, "")
    return Post.objects.get()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[it]({{ external }})", "[it](https://x.example/)"),
        ("{{ title }}, {{ page.fileSlug }}", "A title, a"),
        ('{{ page.date | date: "%Y" }}', "2019"),
        ("{% if external %}has{% endif %}", "has"),
        ("{% set x = 1 %}{{ x }}", "1"),
        ('{{ title | replace("A", "The") }}', "The title"),
        ("{{ metadata.name }}", "Old blog"),
    ],
)
def test_fields_and_data_are_variables_of_their_own(eleventy, text, expected):
    eleventy.write("src/_data/metadata.json", '{"name": "Old blog"}')
    assert post(eleventy, "external: https://x.example/", text).body == expected


@pytest.mark.parametrize(
    ("files", "front_matter", "expected"),
    [
        ({}, "", "/posts/a/"),
        ({"src/posts/posts.json": '{"permalink": "/writing/{{ page.fileSlug }}/"}'}, "", "/writing/a/"),
        ({"src/src.11tydata.json": '{"permalink": "/w/{{ title | slugify }}/index.html"}'}, "", "/w/a-title/"),
        (
            {"src/posts/posts.json": '{"permalink": "/x/"}'},
            "permalink: \"/own/{{ page.date | date: '%Y' }}/\"",
            "/own/2019/",
        ),
    ],
)
def test_the_old_address_comes_from_data_and_templates(eleventy, files, front_matter, expected):
    for name, text in files.items():
        eleventy.write(name, text)
    post(eleventy, front_matter)
    assert list(PostAlias.objects.values_list("path", flat=True)) == [expected]


def test_an_old_address_that_depends_on_what_is_not_known_is_told(eleventy):
    eleventy.write("src/a.md", f'---\n{DATED}permalink: "/{{{{ lost }}}}/x/"\n---\n')
    assert "its old address (/{{ lost }}/x/) is not known" in eleventy.run().err
    assert PostAlias.objects.count() == 0


def test_tags_of_the_folder_are_joined_with_those_of_the_file(eleventy):
    eleventy.write("src/posts/posts.json", '{"tags": ["posts", "Writing"], "lang": "de"}')
    written = post(eleventy, "tags: [cats]")
    assert sorted(tag.name for tag in written.tags.all()) == ["Writing", "cats"]
    assert written.language == "de"


def test_nunjucks_in_code_and_comments(folder):
    folder.write("eleventy.config.js", 'export default () => ({ markdownTemplateEngine: "njk" })\n')
    text = "One{# gone #}\n\n```\n{# kept #} {% set x = 1 %} {{ x | join(',') }}\n```"
    folder.write("a.md", f"---\n{DATED}---\n{text}\n")
    folder.run()
    assert Post.objects.get().body == text.replace("{# gone #}", "")


def test_what_is_outside_of_the_input_folder_is_not_read(eleventy):
    eleventy.write("README.md", f"---\n{DATED}---\nText.\n")
    assert "README.md:1: note: is outside of the folder of content; not read" in eleventy.run().err
    assert not Post.objects.exists()


@pytest.mark.parametrize("suffix", ["njk", "liquid", "html"])
def test_a_plain_template_is_a_post_and_one_that_makes_more_is_told(eleventy, suffix):
    eleventy.write(f"src/list.{suffix}", "---\ntitle: List\n---\n{% for post in collections.posts %}{% endfor %}\n")
    eleventy.write(f"src/posts/a.{suffix}", f"---\n{DATED}---\n<p>Hello <b>{{{{ title }}}}</b></p>\n")
    assert "is a template that makes more than a post; not read" in eleventy.run().err
    assert Post.objects.get().body == "Hello **A title**"
