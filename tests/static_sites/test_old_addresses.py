"""Old addresses redirect to the imported posts, and links between files are mapped to new addresses."""

from __future__ import annotations

import pytest

from apps.posts.models import Post, PostAlias
from tests.static_sites.conftest import NO_DATE

POST = "---\ntitle: My Post\ndate: 2013-05-06 12:30:00 -0800\ncategories: [News, Old]\n---\n"
NAME = "_posts/2013-05-06-my-Post.md"


def paths() -> list[str]:
    return sorted(PostAlias.objects.values_list("path", flat=True))


@pytest.mark.parametrize(
    ("permalink", "expected"),
    [
        (None, ["/news/old/2013/05/06/my-Post.html"]),
        ("pretty", ["/news/old/2013/05/06/my-Post/"]),
        ("ordinal", ["/news/old/2013/126/my-Post.html"]),
        ("none", ["/news/old/my-Post.html"]),
        ("/blog/:year/:i_month/:title/", ["/blog/2013/5/my-Post/"]),
        ("/:short_year/:slug:output_ext", ["/13/my-post.html"]),
    ],
)
def test_jekylls_permalinks_become_aliases(folder, permalink, expected):
    folder.write("_config.yml", f"permalink: {permalink}\n" if permalink else "title: Old blog\n")
    folder.post(NAME, POST)
    assert paths() == expected


def test_jekylls_addresses_have_hyphens_for_blanks_and_other_signs_in_a_file_s_name(folder):
    folder.post("_posts/2020-01-01-One two — (C#) a%b_c.md", "---\ntitle: T\n---\n")
    assert paths() == ["/2020/01/01/One-two-(C-)-a-b_c.html"]


@pytest.mark.parametrize(
    ("zone", "days"),
    [("", ["06", "07"]), ("UTC", ["06", "07"]), ("America/Los_Angeles", ["06"]), ("Asia/Tokyo", ["06", "07"])],
)
def test_jekylls_addresses_have_the_day_in_the_zone_of_the_site_which_may_have_been_that_of_the_author(
    folder, zone, days
):
    folder.write("_config.yml", f"timezone: {zone}\n" if zone else "title: Old blog\n")
    folder.post(NAME, "---\ntitle: My Post\ndate: 2013-05-06 23:30:00 -0700\n---\n")
    assert paths() == [f"/2013/05/{day}/my-Post.html" for day in days]


def test_without_a_configuration_jekylls_default_permalink_is_assumed(folder):
    folder.post(NAME, POST)
    assert paths() == ["/news/old/2013/05/06/my-Post.html"]


def test_the_base_path_of_the_old_site_is_part_of_the_alias(folder):
    folder.write("_config.yml", "baseurl: /blog\n")
    folder.post(NAME, POST)
    assert paths() == ["/blog/news/old/2013/05/06/my-Post.html"]


def test_different_dates_in_file_name_and_front_matter_give_two_aliases(folder):
    folder.post("2014-11-06-x.md", "---\ntitle: T\ndate: 2014-11-05 10:48:22 -0800\n---\n")
    assert paths() == ["/2014/11/05/x.html", "/2014/11/06/x.html"]


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        ("permalink: /old/place.html", ["/old/place.html"]),
        ("url: /old/place/", ["/old/place/"]),
        ("aliases: [/was/here/, /was/there]", ["/was/here/", "/was/there", "/was/there/"]),
        ("redirect_from: /was/here.html", ["/was/here.html"]),
        ("redirect_from:\n  - https://example.org/was/here/", ["/was/here/"]),
        ("aliases: ['/gr%C3%BC%C3%9Fe/']", ["/grüße/"]),
    ],
)
def test_addresses_in_the_front_matter_are_remembered_unquoted(folder, front_matter, expected):
    folder.post("a-post.md", f"---\ntitle: T\n{front_matter}\n---\n")
    assert paths() == expected


@pytest.mark.parametrize(
    ("config", "name", "front_matter", "expected"),
    [
        ('baseURL = "https://example.org/"', "posts/One Two.md", "", ["/posts/one-two/"]),
        ('baseURL = "https://example.org/blog/"', "posts/one.md", "", ["/blog/posts/one/"]),
        ('baseURL = "https://example.org/"', "posts/bundle/index.md", "", ["/posts/bundle/"]),
        (
            'baseURL = "https://example.org/"\n[permalinks]\nposts = "/:year/:month/:slug/"',
            "posts/one.md",
            "date = 2013-05-06",
            ["/2013/05/one/", "/2013/05/t/"],
        ),
        (
            'baseURL = "https://example.org/"',
            "posts/one.md",
            'aliases = ["old"]',
            ["/posts/old", "/posts/old/", "/posts/one/"],
        ),
    ],
)
def test_hugos_addresses_become_aliases(folder, config, name, front_matter, expected):
    folder.write("hugo.toml", config)
    folder.write(f"content/{name}", f'+++\ntitle = "T"\n{front_matter}\n+++\n')
    assert folder.run(folder="content").problems_beside(NO_DATE) == []
    assert paths() == expected


@pytest.mark.parametrize(
    ("permalink", "name", "expected"),
    [
        ("date", "docs/a.md", "/docs/a.html"),
        ("pretty", "docs/a.md", "/docs/a/"),
        ("date", "_recipes/cake.md", "/recipes/cake.html"),
        ("date", "_notes/one.md", "/n/one/"),
    ],
)
def test_jekylls_pages_and_collections_have_the_addresses_of_their_files(folder, permalink, name, expected):
    collections = "collections: {recipes: {output: true}, notes: {output: true, permalink: '/n/:path/'}}"
    folder.write("_config.yml", f"permalink: {permalink}\n{collections}\n")
    folder.write(name, "---\ntitle: T\ndate: 2019-01-01\n---\n")
    folder.run()
    assert paths() == [expected]


def test_zolas_addresses_have_no_date(folder):
    folder.write("config.toml", 'base_url = "https://example.org"\n')
    folder.write("content/blog/2013-05-06-one.md", '+++\ntitle = "T"\n+++\n')
    folder.run(folder="content")
    assert paths() == ["/blog/one/"]


def test_an_old_address_redirects_to_the_post(folder, client):
    folder.post(NAME, POST)
    response = client.get("/news/old/2013/05/06/my-Post.html")
    assert (response.status_code, response["Location"]) == (301, "/my-post/")


def test_an_old_address_of_two_files_stays_with_the_first(folder):
    folder.write("a.md", "---\ntitle: A\ndate: 2020-01-01\naliases: [/x/]\n---\n")
    folder.write("b.md", "---\ntitle: B\ndate: 2020-01-02\naliases: [/x/, /a/]\n---\n")
    run = folder.run()
    assert "b.md:1: warning: the old address /x/ is another post's too; left to that one" in run.err
    assert "b.md:1: warning: the old address /a/ is another post's too; left to that one" in run.err
    assert PostAlias.objects.get().post.title == "A"


def test_an_old_address_that_is_too_long_is_left_out_with_a_warning(folder):
    folder.write("a.md", f"---\ntitle: A\naliases: [/{'x' * 300}/]\n---\n")
    assert "is longer than 255 characters; left out" in folder.run().err
    assert Post.objects.count() == 1


def test_links_between_files_are_mapped_to_new_addresses(folder):
    folder.write("_config.yml", "url: https://old.example\n")
    folder.write("_posts/2019-01-01-one.md", "---\ntitle: One\n---\n")
    folder.write(
        "_posts/2020-01-01-two.md",
        "---\ntitle: Two\n---\n"
        "[a](2019-01-01-one.md#part) [b](/2019/01/01/one.html?q=1) [c](https://old.example/2019/01/01/one.html)\n"
        '[d](./2019-01-01-one.md "Title") ![e](image.png) [f](https://example.org/2019/01/01/one.html) [g](#here)\n'
        '<a href="/2019/01/01/one.html">h</a> `[i](2019-01-01-one.md)` [j](missing.md) [k](/2019/01/01/one)\n\n'
        "[l]: 2019-01-01-one.md\n\n```\n[m](2019-01-01-one.md)\n```\n",
    )
    assert [problem.rpartition(": ")[2] for problem in folder.run().problems] == [
        *("1", "image.png"),  # pictures
        *("2", "/2019/01/01/one", "missing.md"),  # links
    ]
    assert Post.objects.get(slug="two").body == (
        "[a](/one/#part) [b](/one/?q=1) [c](/one/)\n"
        '[d](/one/ "Title") ![e](image.png) [f](https://example.org/2019/01/01/one.html) [g](#here)\n'
        '<a href="/one/">h</a> `[i](2019-01-01-one.md)` [j](missing.md) [k](/2019/01/01/one)\n\n'
        "[l]: /one/\n\n```\n[m](2019-01-01-one.md)\n```"
    )


def test_zolas_internal_links_are_mapped_to_new_addresses(folder):
    folder.write("config.toml", 'base_url = "https://example.org"\n')
    folder.write("content/blog/one.md", '+++\ntitle = "One"\n+++\n')
    folder.write("content/blog/two.md", '+++\ntitle = "Two"\n+++\n[a](@/blog/one.md#x)\n')
    assert folder.run(folder="content").problems_beside(NO_DATE) == []
    assert Post.objects.get(slug="two").body == "[a](/one/#x)"
