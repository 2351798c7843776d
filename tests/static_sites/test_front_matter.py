"""Front matter in YAML, TOML and JSON, with each field in every form that generators use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.posts.models import Author, Post
from tests.media.files import jpeg

pytestmark = pytest.mark.any_database


def names(queryset) -> list[str]:
    return sorted(queryset.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yaml.md", '---\ntitle: "A: title"\ndate: 2026-02-03 04:05:06 +0000\ntags: [One, Two]\n---\nBody.\n'),
        ("toml.md", '+++\ntitle = "A: title"\ndate = 2026-02-03T04:05:06Z\ntags = ["One", "Two"]\n+++\nBody.\n'),
        (
            "json.md",
            '{\n"title": "A: title",\n"date": "2026-02-03T04:05:06Z",\n"tags": ["One", "Two"]\n}\nBody.\n',
        ),
    ],
)
def test_yaml_toml_and_json_give_the_same_post(folder, name, text):
    post = folder.post(name, text)
    assert post.title == "A: title"
    assert post.body == "Body."
    assert post.published_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert names(post.tags) == ["One", "Two"]
    assert post.status == Post.Status.PUBLISHED


def test_windows_line_endings_and_a_byte_order_mark_are_accepted(folder):
    folder.write(
        "a.md", b"\xef\xbb\xbf---\r\ntitle: From Windows\r\ndate: 2026-01-01\r\n---\r\n\r\nOne.\r\n\r\nTwo.\r\n"
    )
    assert folder.run().err == ""
    post = Post.objects.get()
    assert (post.title, post.body) == ("From Windows", "One.\n\nTwo.")


def test_code_at_the_beginning_of_the_body_keeps_its_indentation(yaml_post):
    assert yaml_post("title: T", "    indented = code").body == "    indented = code"


def test_a_thematic_break_at_the_beginning_is_not_front_matter(folder):
    assert folder.post("rule.md", "---\n\nAfter a rule.\n").body == "---\n\nAfter a rule."


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.10", "1.10"),
        ("No", "No"),
        ("2048", "2048"),
        ("2026-01-01", "2026-01-01"),
        ("'Quoted: yes'", "Quoted: yes"),
        ("Grüße  aus   Köln", "Grüße aus Köln"),
    ],
)
def test_a_title_is_read_as_text_whatever_type_yaml_infers(yaml_post, written, read):
    assert yaml_post(f"title: {written}").title == read


def test_without_a_title_the_first_heading_becomes_the_title(folder):
    post = folder.post("some-name.md", "# The *first* heading\n\nText.\n")
    assert (post.title, post.body) == ("The first heading", "Text.")


def test_a_leading_heading_that_repeats_the_title_is_removed(yaml_post):
    assert yaml_post("title: Twice told", "# Twice told\n\nText.").body == "Text."


def test_a_leading_heading_that_differs_from_the_title_stays(yaml_post):
    assert yaml_post("title: Title", "# Something else\n\nText.").body == "# Something else\n\nText."


def test_without_title_and_heading_the_file_name_becomes_the_title(folder):
    assert folder.post("2026-03-04-hello-my_world.md", "Text.\n").title == "Hello my world"


# Dates


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-04", "2026-03-04T00:00:00+00:00"),
        ("2026-03-04 05:06", "2026-03-04T05:06:00+00:00"),
        ("2026-03-04 05:06:07", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04T05:06:07.5+02:00", "2026-03-04T03:06:07.500000+00:00"),
        ("2026-03-04 05:06:07 -0800", "2026-03-04T13:06:07+00:00"),
        ("2026-03-04 05:06:07 +02:00", "2026-03-04T03:06:07+00:00"),
        ('"2026-03-04 9:08:38 +0200"', "2026-03-04T07:08:38+00:00"),
        ("2026-03-04 05:06:07 UTC", "2026-03-04T05:06:07+00:00"),
        ("2026/3/4", "2026-03-04T00:00:00+00:00"),
        ("Wed, 04 Mar 2026 05:06:07 +0000", "2026-03-04T05:06:07+00:00"),
    ],
)
def test_dates_are_read_in_every_common_format(yaml_post, written, read):
    assert yaml_post(f"title: T\ndate: {written}").published_at.isoformat() == read


def test_a_date_without_an_offset_is_in_the_sites_time_zone(yaml_post, settings):
    settings.TIME_ZONE = "Europe/Vienna"
    assert yaml_post("title: T\ndate: 2026-07-04 12:00").published_at == datetime(2026, 7, 4, 10, tzinfo=UTC)


def test_the_time_zone_of_the_configuration_comes_first(folder, yaml_post):
    folder.write("_config.yml", "timezone: America/New_York\n")
    assert yaml_post("title: T\ndate: 2026-07-04 12:00").published_at == datetime(2026, 7, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-03-04", "2026-03-04T00:00:00", "2026-03-04T00:00:00Z", '"2026-03-04"'])
def test_native_toml_dates_are_read(folder, value):
    post = folder.post("a.md", f'+++\ntitle = "T"\ndate = {value}\n+++\n')
    assert post.published_at == datetime(2026, 3, 4, tzinfo=UTC)


def test_a_post_without_a_date_gets_the_date_of_its_file_name(folder):
    post = folder.post("2013-05-06-slug.md", "---\ntitle: T\n---\n")
    assert post.published_at == datetime(2013, 5, 6, tzinfo=UTC)
    assert post.slug == "slug"


def test_text_after_a_date_is_ignored_with_a_warning(folder):
    folder.write("a.md", "---\ntitle: T\ndate: 2023-01-29 18:30:22 2023 -0800\n---\n")
    run = folder.run()
    assert run.status == 0
    assert "a.md:3: warning: `date` is '2023-01-29 18:30:22 2023 -0800'; read as 2023-01-29 18:30:22-08:00" in run.err
    assert Post.objects.get().published_at == datetime(2023, 1, 30, 2, 30, 22, tzinfo=UTC)


def test_a_post_with_a_future_date_is_scheduled(yaml_post):
    post = yaml_post("title: T\ndate: 2999-01-01")
    assert post.is_scheduled
    assert not post.is_public()


def test_creation_and_update_dates_are_taken_from_the_file(yaml_post):
    post = yaml_post("title: T\ndate: 2013-05-06\nlastmod: 2014-01-02")
    assert post.created_at == datetime(2013, 5, 6, tzinfo=UTC)
    assert post.updated_at == datetime(2014, 1, 2, tzinfo=UTC)


# Authors


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        ("author: Alice Adams", ["Alice Adams"]),
        ("author: Alice Adams, Bob Brown", ["Alice Adams", "Bob Brown"]),
        ("authors: [Alice Adams, Bob Brown]", ["Alice Adams", "Bob Brown"]),
        ("author: {name: Alice Adams, url: 'https://example.org/'}", ["Alice Adams"]),
        ("authors:\n  - name: Bob Brown\n  - Alice Adams", ["Bob Brown", "Alice Adams"]),
        ("authors: [Alice Adams, alice adams]", ["Alice Adams"]),
        ("extra:\n  author: Alice Adams", ["Alice Adams"]),
    ],
)
def test_authors_are_read_in_every_common_form_and_keep_their_order(yaml_post, front_matter, expected):
    assert [author.name for author in yaml_post(f"title: T\n{front_matter}").ordered_authors] == expected


def test_an_existing_author_is_reused(yaml_post, alice):
    post = yaml_post("title: T\nauthor: alice adams")
    assert [author.user for author in post.ordered_authors] == [alice]
    assert Author.objects.count() == 1


def test_authors_come_with_what_jekylls_authors_file_says_of_them(folder, yaml_post):
    folder.write("assets/ann.jpg", jpeg())
    folder.write(
        "_data/authors.yml",
        "Ann Adams:\n  bio: Writes.\n  avatar: /assets/ann.jpg\n"
        "  links:\n    - {label: Here, url: 'https://example.org/ann'}\n    - {url: 'javascript:alert(1)'}\n",
    )
    (author,) = yaml_post("title: T\nauthor: Ann Adams").ordered_authors
    assert (author.name, author.bio, author.link_list) == ("Ann Adams", "Writes.", ["https://example.org/ann"])
    assert author.picture.name == "ann.jpg"


def test_a_portrait_on_another_site_is_listed_and_not_fetched(folder, yaml_post):
    folder.write("_data/authors.yml", "ann:\n  name: Ann Adams\n  avatar: https://example.org/ann.jpg\n")
    folder.write("a.md", "---\ntitle: T\ndate: 2026-01-01\nauthor: ann\n---\nText.\n")
    result = folder.run()
    assert "https://example.org/ann.jpg" in result.err
    assert Author.objects.get().picture is None


def test_author_keys_are_resolved_with_jekylls_authors_file(folder, yaml_post):
    folder.write("_config.yml", "title: Old blog\n")
    folder.write("_data/authors.yml", "alice:\n  name: Alice Adams\n  web: https://example.org/alice\n")
    (author,) = yaml_post("title: T\nauthor: alice").ordered_authors
    assert (author.name, author.website) == ("Alice Adams", "https://example.org/alice")


def test_a_post_without_an_author_gets_the_author_of_the_configuration(folder, yaml_post):
    folder.write("_config.yml", "author:\n  name: Alice Adams\n")
    assert [author.name for author in yaml_post("title: T").ordered_authors] == ["Alice Adams"]


# Tags


@pytest.mark.parametrize(
    ("name", "front_matter", "expected"),
    [
        ("a.md", "tags: [One two, Three]", ["One two", "Three"]),
        ("a.md", "tags: One two, Three", ["One two", "Three"]),
        ("a.md", "tags: One two", ["One two"]),
        ("2026-01-01-a.md", "tags: one two", ["one", "two"]),
        ("2026-01-01-a.md", "category: One two", ["One two"]),
        ("a.md", "categories: [One]\ntags: [one, Two]", ["One", "Two"]),
        ("a.md", "tag: One\nkeywords: Two, Three", ["One", "Three", "Two"]),
        ("a.md", "tags:", []),
        ("a.md", "tags: [3.10, yes]", ["3.10", "yes"]),
    ],
)
def test_tags_and_categories_become_tags(yaml_post, name, front_matter, expected):
    assert names(yaml_post(f"title: T\n{front_matter}", "Text.", name).tags) == expected


def test_zolas_taxonomies_become_tags(folder):
    post = folder.post("a.md", '+++\ntitle = "T"\n[taxonomies]\ntags = ["One"]\ncategories = ["Two"]\n+++\n')
    assert names(post.tags) == ["One", "Two"]


def test_eleventys_collection_names_do_not_become_tags(folder, yaml_post):
    folder.write("eleventy.config.js", "export default function () {}\n")
    assert names(yaml_post("title: T\ntags: [posts, One]").tags) == ["One"]


def test_folders_above_posts_become_tags_as_jekylls_categories(folder):
    assert names(folder.post("news/_posts/2026-01-01-a.md", "---\ntitle: T\n---\n").tags) == ["news"]


# Slugs, status and kinds


@pytest.mark.parametrize(
    ("front_matter", "slug"),
    [
        ("slug: my-own", "my-own"),
        ("slug: Über uns", "uber-uns"),
        ("permalink: /2013/from-permalink.html", "from-permalink"),
        ("url: /old/from-url/", "from-url"),
        ("path: some/from-path", "from-path"),
        ("permalink: /:year/:title/", "a-post"),
        ("title: The title does not matter", "a-post"),
    ],
)
def test_slugs_come_from_the_front_matter_or_the_file(yaml_post, front_matter, slug):
    assert yaml_post(f"draft: false\n{front_matter}").slug == slug


def test_a_bundle_gets_the_slug_of_its_folder(folder):
    assert folder.post("posts/my-bundle/index.md", "---\ntitle: T\n---\n").slug == "my-bundle"


def test_equal_slugs_are_numbered_by_date(folder):
    folder.write("one/same.md", "---\ntitle: Later\ndate: 2020-01-01\n---\n")
    folder.write("two/same.md", "---\ntitle: Earlier\ndate: 2019-01-01\n---\n")
    folder.run()
    assert list(Post.objects.order_by("pk").values_list("title", "slug")) == [
        ("Earlier", "same"),
        ("Later", "same-2"),
    ]


def test_a_reserved_slug_is_numbered(folder):
    assert folder.post("search.md", "---\ntitle: On search\n---\n").slug == "search-2"


@pytest.mark.parametrize(
    ("front_matter", "status"),
    [
        ("draft: true", "draft"),
        ("draft: yes", "draft"),
        ("published: false", "draft"),
        ("status: draft", "draft"),
        ("draft: false", "published"),
        ("published: true", "published"),
    ],
)
def test_the_status_is_read_in_every_common_form(yaml_post, front_matter, status):
    assert yaml_post(f"title: T\n{front_matter}").status == status


def test_posts_in_the_drafts_folder_are_drafts(folder):
    assert folder.post("_drafts/idea.md", "---\ntitle: T\n---\n").status == "draft"


@pytest.mark.parametrize("field", ["description", "summary", "excerpt"])
def test_a_description_becomes_the_summary(yaml_post, field):
    assert yaml_post(f"title: T\n{field}: What it is about.").summary == "What it is about."


def test_a_description_that_is_too_long_is_cut_between_words(yaml_post):
    summary = yaml_post(f"title: T\ndescription: {'words ' * 200}").summary
    assert len(summary) <= 500
    assert summary.endswith("words…")


def test_the_layout_page_makes_a_page(yaml_post):
    assert yaml_post("title: T\nlayout: page").kind == Post.Kind.PAGE


@pytest.mark.parametrize(("line", "is_featured"), [("featured: true", True), ("featured: false", False), ("", False)])
def test_a_post_that_says_so_is_featured(folder, line, is_featured):
    assert folder.post("a.md", f"---\ntitle: A\n{line}\n---\nBody.\n").is_featured is is_featured
