"""What the old site did not show is a draft here, with a warning; a post without a date is never published as now."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

import pytest

from apps.posts.models import Post

pytestmark = pytest.mark.any_database

DATE = "date: 2019-01-01"
HIDDEN = "the old site does not show this post: "


def write_post(folder, name: str, front_matter: str, text: str = "Text.") -> None:
    folder.write(name, f"---\ntitle: T\n{front_matter}\n---\n{text}\n")


@pytest.mark.parametrize(
    ("front_matter", "reason"),
    [
        (f"{DATE}\nexpiryDate: 2020-01-01", "it expired on 2020-01-01"),
        (f"{DATE}\nexpirydate: 2020-01-01", "it expired on 2020-01-01"),
        (f"{DATE}\nbuild:\n  render: never", "`build` keeps it from being rendered"),
        (f"{DATE}\n_build:\n  render: false", "`_build` keeps it from being rendered"),
        (f"{DATE}\nheadless: true", "it is headless"),
        (f"{DATE}\nrender: false", "it is not rendered"),
        (f"{DATE}\npermalink: {{build: false}}", "its `permalink` is false"),
        (f"{DATE}\npermalink: false", "its `permalink` is false"),
        (f"{DATE}\neleventyExcludeFromCollections: true", "it is excluded from all collections"),
    ],
)
def test_a_post_that_the_old_site_does_not_show_is_a_draft_with_a_warning(folder, front_matter, reason):
    write_post(folder, "a.md", front_matter)
    assert f"{HIDDEN}{reason}" in folder.run().err
    assert Post.objects.get().status == Post.Status.DRAFT


def test_hugos_publish_date_in_the_future_schedules_the_post(folder):
    write_post(folder, "a.md", f"{DATE}\npublishDate: 2999-01-01")
    folder.run()
    assert Post.objects.get().is_scheduled


def test_a_post_that_stands_in_no_list_of_hugo_is_a_page(folder):
    write_post(folder, "a.md", f"{DATE}\nbuild:\n  list: never")
    assert "stands in no list of the old site; a page here" in folder.run().err
    assert Post.objects.get().kind == Post.Kind.PAGE


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (
            {"_config.yml": "defaults:\n- scope: {path: _posts/old}\n  values: {published: false}\n"},
            "_posts/old/2019-01-01-a.md",
        ),
        ({"_config.yml": "exclude: [_posts/old]\n"}, "_posts/old/2019-01-01-a.md"),
        ({"_config.yml": "title: x\n"}, "_notes/2019-01-01-a.md"),
        ({"_config.yml": "title: x\n"}, "_posts/no-date.md"),
        ({"hugo.toml": "", "content/old/_index.md": "---\ncascade:\n  draft: true\n---\n"}, "content/old/a.md"),
        (
            {
                "hugo.toml": "",
                "content/_index.md": '+++\n[[cascade]]\n[cascade.target]\npath = "/old/**"\n[cascade.build]\nrender = "never"\n+++\n',
            },
            "content/old/a.md",
        ),
        ({"hugo.toml": "[cascade]\ndraft = true\n"}, "content/old/a.md"),
        ({"hugo.toml": 'ignoreFiles = ["old/"]\n'}, "content/old/a.md"),
        (
            {"config.toml": 'base_url = "https://z.example"\n', "content/old/_index.md": "+++\ndraft = true\n+++\n"},
            "content/old/a.md",
        ),
        ({".eleventy.js": "", "posts/posts.json": '{"permalink": false}'}, "posts/a.md"),
        ({".eleventy.js": "", "posts/posts.11tydata.json": '{"draft": true}'}, "posts/old/a.md"),
        ({".eleventy.js": "", "posts/posts.11tydata.js": "module.exports = { draft: true }"}, "posts/a.md"),
        ({".eleventy.js": "", ".eleventyignore": "posts/old\n"}, "posts/old/a.md"),
        ({}, "drafts/a.md"),
    ],
)
def test_what_folders_and_configurations_hide_is_a_draft(folder, files, name):
    for path, text in files.items():
        folder.write(path, text)
    write_post(folder, name, DATE)
    folder.run()
    assert Post.objects.get().status == Post.Status.DRAFT


def test_hugos_cascade_does_not_reach_other_pages_and_a_file_has_the_last_word(folder):
    folder.write("hugo.toml", "")
    folder.write("content/_index.md", "---\ncascade:\n  draft: true\n  target: {path: '/old/**'}\n---\n")
    write_post(folder, "content/new/a.md", DATE)
    write_post(folder, "content/old/b.md", f"{DATE}\ndraft: false")
    folder.run()
    assert set(Post.objects.values_list("status", flat=True)) == {Post.Status.PUBLISHED}


def test_the_program_of_a_folder_is_not_run_and_told(folder):
    folder.write("eleventy.config.js", "")
    folder.write("posts/posts.11tydata.js", "module.exports = { permalink: (data) => '/x/' }")
    write_post(folder, "posts/a.md", DATE)
    assert "posts.11tydata.js:1: warning: is a program and is not run" in folder.run().err


# Dates


@pytest.mark.parametrize(
    ("name", "front_matter", "words"),
    [
        ("a.md", "permalink: /2018/10/25/old/", "2018-10-25 is taken from its address"),
        ("a.md", "url: /blog/2018-10-25-old.html", "2018-10-25 is taken from its address"),
        ("blog/2018/10/25/a.md", "x: y", "2018-10-25 is taken from its address"),
    ],
)
def test_a_post_without_a_date_takes_it_from_its_address_with_a_warning(folder, name, front_matter, words):
    write_post(folder, name, front_matter)
    assert words in folder.run().err
    post = Post.objects.get()
    assert (post.status, post.published_at) == (Post.Status.PUBLISHED, datetime(2018, 10, 25, tzinfo=UTC))


@pytest.mark.parametrize("name", ["a.md", "2018-13-45-a.md", "blog/2018/a.md"])
def test_a_post_that_nothing_dates_is_a_draft_without_a_date(folder, name):
    write_post(folder, name, "permalink: /no/date/")
    assert "a draft here" in folder.run().err
    post = Post.objects.get()
    assert (post.status, post.published_at) == (Post.Status.DRAFT, None)


def git(folder, *arguments: str, date: str) -> None:
    environment = os.environ | {
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    identity = ["-c", "user.name=Writer", "-c", "user.email=writer@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder.path, env=environment, check=True, capture_output=True)


def test_a_post_without_a_date_takes_it_from_the_history_of_the_folder_under_its_former_name(folder):
    write_post(folder, "old name.md", "x: y", "A text that is long enough to be known again under another name.\n" * 3)
    git(folder, "init", date="2017-01-01T00:00:00Z")
    git(folder, "add", ".", date="2017-01-01T00:00:00Z")
    git(folder, "commit", "-m", "one", date="2017-02-03T04:05:06Z")
    git(folder, "mv", "old name.md", "neu-ä.md", date="2017-01-01T00:00:00Z")
    git(folder, "commit", "-m", "two", date="2019-02-03T04:05:06Z")
    assert "is taken from the history of the folder" in folder.run().err
    post = Post.objects.get()
    assert (post.status, post.published_at) == (Post.Status.PUBLISHED, datetime(2017, 2, 3, 4, 5, 6, tzinfo=UTC))


@pytest.mark.parametrize("word", ["Last Modified", "Created", "git Last Modified", "git created"])
def test_eleventys_words_for_a_date_are_guessed_from_the_file_with_a_warning(folder, word):
    write_post(folder, "a.md", f"date: {word}")
    os.utime(folder.path / "a.md", (1_500_000_000, 1_500_000_000))
    assert f"`date` is '{word}'; guessed from the file: 2017-07-14 02:40:00+00:00" in folder.run().err
    assert Post.objects.get().published_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)


def test_the_date_of_a_files_name_comes_before_the_times_of_the_file(folder):
    write_post(folder, "2018-01-02-a.md", "date: Last Modified")
    assert "the date of its name (2018-01-02) is taken instead" in folder.run().err
    assert Post.objects.get().published_at == datetime(2018, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("May 5, 2013", "2013-05-05T00:00:00+00:00"),
        ("5 May 2013", "2013-05-05T00:00:00+00:00"),
        ("Sunday, May 5th 2013", "2013-05-05T00:00:00+00:00"),
        ("2013-05-05 10:00 PM", "2013-05-05T22:00:00+00:00"),
        ("2013-05-05 12:30 am", "2013-05-05T00:30:00+00:00"),
        ("2013-05-05 10:00:00 EST", "2013-05-05T15:00:00+00:00"),
        ("2013-05-05 10:00:00 PDT", "2013-05-05T17:00:00+00:00"),
        ("2013-5-5 7:3", "2013-05-05T07:03:00+00:00"),
        ("2013-05-05 24:00", "2013-05-06T00:00:00+00:00"),
        ("20130505", "2013-05-05T00:00:00+00:00"),
        ("Sun May  5 10:00:00 2013", "2013-05-05T10:00:00+00:00"),
    ],
)
def test_dates_are_read_as_ruby_reads_them(yaml_post, written, read):
    assert yaml_post(f"title: T\ndate: {written}").published_at.isoformat() == read


def test_of_numbers_alone_the_day_comes_first_as_in_ruby_with_a_warning(folder):
    write_post(folder, "a.md", "date: 05/06/2013")
    assert "`date` is '05/06/2013'; read as 2013-06-05 00:00:00+00:00" in folder.run().err


@pytest.mark.parametrize(
    "written",
    [
        "05/13/2013",
        "2013-13-05",
        "5/6/13",
        "May 5",
        "10:00",
        "2013",
        "1367748000",
        "2013年5月5日",
        "5 mai 2013",
        "2013-05-05 10:00:00 CET",
        "2013-05-05 10:00:00 America/New_York",
        "2013-05-05 10:00:00 GMT+3",
        "2013-05-05 10h",
    ],
)
def test_what_could_mean_another_time_fails_with_advice(folder, written):
    write_post(folder, "a.md", f"date: {written}")
    run = folder.run()
    assert "a.md:3: `date` is" in run.err
    assert "which is no date; write it like 2026-03-31" in run.err
    assert run.status == 1
