"""A file that cannot be imported is reported with its line, and all others are imported."""

from __future__ import annotations

import pytest

from apps.posts.models import BODY_LIMIT, Post

pytestmark = [pytest.mark.any_database, pytest.mark.slow]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\ntitle: T\ntags: [One\n---\nText.\n", 4, "YAML front matter cannot be read"),
        ("---\ntitle: A: title\n---\n", 2, "needs quotes around it"),
        ("---\ntitle: T\n\tdate: 2026-01-01\n---\n", 3, "YAML"),
        ("+++\ntitle = T\n+++\n", 2, 'name = "value"'),
        ('+++\ntitle = "T"\ndate = 2026-02-31\n+++\n', 3, "TOML"),
        ('{\n"title": "T",\n}\nText.\n', 3, "JSON front matter cannot be read"),
        ("---\ntitle: T\n\nText.\n", 1, "never closed. End it with a line that is only ---"),
        ("---\n- one\n- two\n---\n", 2, "not made of fields"),
        ("---\ntitle: T\ndate: yesterday\n---\n", 3, "`date` is 'yesterday', which is no date; write it like 2026-"),
        ("---\ntitle: T\ndate: 2026-02-31\n---\n", 3, "'2026-02-31', which is no date"),
        ("---\ntitle: T\ndate: 9999-12-31 23:59:59 -1400\n---\n", 3, "its year must be from 1000 to 9998"),
        ("---\ntitle: T\nupdated: 0001-01-01 00:00:00 +0900\n---\n", 3, "its year must be from 1000 to 9998"),
        ("---\ntitle: [a, b]\n---\n", 2, "`title` is a list; it should be one text"),
        (f"---\ndraft: no\ntitle: {'x' * 201}\n---\n", 3, "at most 200 characters"),
        ("---\ntitle: T\ncanonical_url: nowhere\n---\n", 3, "canonical_url"),
        ("---\ntitle: T\nlayout: post\n---\n{% raw %}x{% endraw %}\n\n{{ open\n", 7, "Liquid cannot be read"),
        ("---\ntitle: T\n---\n{% raw %}{% endraw %}\n{% if page.x %}\nnever closed\n", 5, "Liquid cannot be read"),
        (
            "---\ntitle: T\n---\n{% raw %}{% endraw %}{% for i in (1..999999999) %}x{% endfor %}",
            4,
            "Liquid takes too much work",
        ),
        ("[" * 5000, 1, ""),
        (
            '+++\ntitle = "T"\n+++\n'
            + "".join(f"{{{{< a{n} >}}}}" for n in range(2000))
            + "".join(f"{{{{< /a{n} >}}}}" for n in reversed(range(2000))),
            1,
            "nested too deeply",
        ),
        ('+++\ntitle = "T"\ntags = [one]\n+++\n', 3, "Invalid value"),
    ],
)
def test_a_bad_file_is_reported_with_its_line_and_a_remedy(folder, text, line, words):
    folder.write("bad.md", text)
    folder.write("good.md", "---\ntitle: Good\ndate: 2026-01-01\n---\n")
    run = folder.run()
    if not words:  # The file may be valid or not, but must not stop the run.
        assert run.last_line.endswith(("2 created, 0 updated, 0 unchanged, 0 failed", "0 unchanged, 1 failed"))
        return
    (problem,) = run.problems
    assert problem.startswith(f"{folder.path / 'bad.md'}:{line}: ")
    assert words in problem
    assert run.status == 1
    assert run.last_line == "posts: 1 created, 0 updated, 0 unchanged, 1 failed"
    assert Post.objects.get().title == "Good"


def test_a_file_that_is_not_utf_8_is_reported_with_its_line(folder):
    folder.write("latin.md", "---\ntitle: T\n---\n\nGrüße\n".encode("latin-1"))
    run = folder.run()
    assert f"{folder.path / 'latin.md'}:5: The byte 0xfc is not UTF-8." in run.err
    assert run.status == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_with_a_mark_of_its_encoding_is_read(folder, encoding, newline):
    text = "---\ntitle: Grüße\ndate: 2026-01-01\n---\nText.\n".replace("\n", newline)
    folder.write("a.md", text.encode(encoding))
    assert folder.run().err == ""
    assert Post.objects.get().title == "Grüße"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"---\ntitle: T\ndate: 2026-01-01\n---\na\0b\n", "a.md:5: warning: has characters U+0000, which are not text"),
        ("---\ntitle: T\n---\n".encode("utf-16-le"), "a.md:1: The file is UTF-16 without its mark, or no text."),
        (b"\xff\xfe-\0-", "a.md:1: The file is not whole UTF-16."),
        (
            b"---\ntitle: T\ntags:\n\t- a\n---\n",
            "a.md:4: The YAML front matter cannot be read: it is indented with a tab.",
        ),
    ],
)
def test_what_is_wrong_with_the_characters_of_a_file_is_said(folder, text, words):
    folder.write("a.md", text)
    assert words in folder.run().err


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "T", "date": "2026-01-01"}\n\nBody',
        '{ "title": "T",\n"date": "2026-01-01" }\nBody',
        "---\ntitle: T\ndate: 2026-01-01\n...\n\nBody",
        "---  \ntitle: T\ndate: 2026-01-01\n---\t\nBody",
    ],
)
def test_front_matter_is_found_in_every_form_that_the_generators_read(folder, text):
    folder.write("a.md", text)
    assert folder.run().err == ""
    post = Post.objects.get()
    assert (post.title, post.body) == ("T", "Body")


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 3 * BODY_LIMIT])
def test_a_file_that_is_too_large_is_refused(folder, size):
    folder.write("large.md", "---\ntitle: T\n---\n" + "word " * (size // 5 + 1))
    run = folder.run()
    assert "a post can have at most 1,000,000 (1 MB). Split it" in run.err
    assert run.last_line == "posts: 0 created, 0 updated, 0 unchanged, 1 failed"


def test_a_symbolic_link_out_of_the_folder_is_skipped(folder):
    path = folder.write("gone.md", "---\ntitle: T\n---\n")
    path.unlink()
    path.mkdir()
    folder.write("link.md", "Text.")
    (folder.path / "out.md").symlink_to(folder.path.parent / "outside.md")
    (folder.path.parent / "outside.md").write_text("Not in the folder.")
    run = folder.run()
    assert "out.md:1: warning: is a link out of the folder; not read" in run.err
    assert run.last_line == "posts: 1 created, 0 updated, 0 unchanged, 0 failed"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--config", "nowhere.yml"], "There is no file nowhere.yml"),
        (["--generator", "wordpress"], "invalid choice"),
    ],
)
def test_invalid_options_are_reported(folder, options, words):
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match=words):
        folder.run(*options)


def test_a_missing_folder_is_reported(folder):
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="There is no folder .*nowhere"):
        folder.run(folder="nowhere")


@pytest.mark.parametrize(
    ("text", "words"), [("a: [1\n", "_config.yml cannot be read"), ("timezone: Mars/Base\n", "time zone is unknown")]
)
def test_an_invalid_configuration_is_reported(folder, text, words):
    from django.core.management.base import CommandError

    folder.write("_config.yml", text)
    with pytest.raises(CommandError, match=words):
        folder.run()
