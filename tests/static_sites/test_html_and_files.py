"""Embedded content, HTML that is not shown, pictures and other files beside Markdown: kept, or told with their lines."""

from __future__ import annotations

import unicodedata
from io import BytesIO

import pytest
from PIL import Image as Picture

from apps.posts.models import Post

pytestmark = pytest.mark.any_database

NAME = "_posts/2015-01-01-v.md"


def body_and_warnings(folder, text: str) -> tuple[str, list[str]]:
    """Import a Jekyll post with this text; return its body and its warnings with their lines."""
    folder.write(NAME, f"---\ntitle: V\n---\n{text}\n")
    run = folder.run()
    assert run.status == 0
    return Post.objects.get().body, [problem.partition(f"{NAME}:")[2] for problem in run.problems]


def picture(color: str = "red") -> bytes:
    file = BytesIO()
    Picture.new("RGB", (20, 20), color).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<iframe width="560" src="https://www.youtube.com/embed/abcdefghijk?rel=0" allowfullscreen></iframe>',
            "<https://www.youtube.com/watch?v=abcdefghijk>",
        ),
        ("<iframe src='//player.vimeo.com/video/123'></iframe>", "<https://vimeo.com/123>"),
        ("<iframe src=https://maps.example/x></iframe>", "<https://maps.example/x>"),
        (
            '<script src="https://gist.github.com/ann/0123456789abcdef.js"></script>',
            "<https://gist.github.com/ann/0123456789abcdef>",
        ),
        (
            '<script id="asciicast-14" src="https://asciinema.org/a/14.js" async></script>',
            "<https://asciinema.org/a/14>",
        ),
        ('<object data="https://www.youtube.com/v/x"></object>', "<https://www.youtube.com/watch?v=x>"),
        (
            '<object><param name="movie" value="https://www.youtube.com/v/x"></object>',
            "<https://www.youtube.com/watch?v=x>",
        ),
        ('<embed src="https://x.example/a.swf">', "<https://x.example/a.swf>"),
        (
            '<div class="video">\n<iframe src="https://www.youtube.com/embed/x"></iframe>\n</div>',
            '<div class="video">\n<a href="https://www.youtube.com/watch?v=x">https://www.youtube.com/watch?v=x</a>\n</div>',
        ),
    ],
)
def test_what_is_embedded_becomes_a_link(folder, html, expected):
    assert body_and_warnings(folder, html) == (expected, [])


@pytest.mark.parametrize(
    ("html", "warning"),
    [
        ('<script src="https://x.example/a.js"></script>', "<script> is left out: https://x.example/a.js"),
        ("<script>alert(1)</script>", "<script> is left out"),
        ("<style>p{color:red}</style>", "<style> is left out"),
        ('<form action="https://x.example"><input></form>', "<form> is not shown here; only its text stays"),
        ("<canvas></canvas>", "<canvas> is not shown here"),
        ('<iframe srcdoc="x"></iframe>', "<iframe> is left out"),
    ],
)
def test_what_is_not_shown_is_told_with_its_line(folder, html, warning):
    (problem,) = body_and_warnings(folder, f"One.\n\n{html}")[1]
    assert problem.startswith(f"6: warning: {warning}")


def test_html_in_code_is_not_touched(folder):
    text = "```html\n<iframe src='https://www.youtube.com/embed/x'></iframe>\n```\n\n`<style>` and\n\n    <script>x</script>"
    assert body_and_warnings(folder, text) == (text, [])


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("![chart](/files/chart.svg)", "/files/chart.svg is no picture and not kept here: its address will not answer"),
        ("[slides](/files/slides.pdf)", "/files/slides.pdf is no picture and not kept here"),
        ('<video controls src="/files/film.mp4"></video>', "/files/film.mp4 is no picture and not kept here"),
    ],
)
def test_files_that_do_not_come_along_are_told_with_their_line(folder, text, warning):
    folder.write("_config.yml", "url: https://old.example\n")
    for name in ("chart.svg", "slides.pdf", "film.mp4"):
        folder.write(f"files/{name}", b"x")
    (problem,) = body_and_warnings(folder, f"One.\n\n{text}")[1]
    assert problem.startswith(f"6: warning: {warning}")


@pytest.mark.parametrize(
    ("text", "title", "address"),
    [
        ("![gone](/files/gone.png)", "Pictures that are not at hand", "/files/gone.png"),
        ("![gone](https://old.example/gone.png)", "Pictures that are not at hand", "https://old.example/gone.png"),
        ("[there](/no/where/)", "Links that lead to nothing here", "/no/where/"),
    ],
)
def test_missing_pictures_and_links_are_listed_at_the_end_with_their_line(folder, text, title, address):
    folder.write("_config.yml", "url: https://old.example\n")
    folder.write(NAME, f"---\ntitle: V\n---\nOne.\n\n{text}\n")
    listed, entry = folder.run().problems
    assert listed == f"{title}: 1"
    assert entry.endswith(f"{NAME}:6: {address}")


@pytest.mark.parametrize("text", ["[a](https://other.example/x.pdf)", "[b](#top)", "[c](mailto:a@b.example)", "[d](/)"])
def test_other_addresses_are_no_business_of_the_import(folder, text):
    assert body_and_warnings(folder, text) == (text, [])


@pytest.mark.parametrize(
    "text",
    [
        "![x](/img/my%20pic.png)",
        "![x](</img/my pic.png>)",
        "![x](/img/my pic.png)",
        "![x](/base/img/my%20pic.png)",
        "![x](https://old.example/base/img/my%20pic.png)",
        "![x]({{ site.baseurl }}/img/my%20pic.png)",
        "![x](/img/My%20Pic.PNG)",
        "![x](../../../../img/my%20pic.png)",
        "<img src='/img/my pic.png'>",
        "<img src=/img/my%20pic.png alt=x>",
        '<img class="lazy" data-src="/img/my%20pic.png">',
        '<picture><source srcset="/img/my%20pic.png 2x"><img src="/img/my%20pic.png"></picture>',
        '<video poster="/img/my%20pic.png" src="https://x.example/a.mp4"></video>',
        "[x]: </img/my pic.png>",
    ],
)
def test_pictures_at_hand_are_found_however_they_are_written(folder, text):
    folder.write("_config.yml", "url: https://old.example\nbaseurl: /base\n")
    folder.write("img/my pic.png", picture())
    body, warnings = body_and_warnings(folder, text)
    assert warnings == []
    assert "/media/" in body
    assert "pic.png" not in body.lower()


@pytest.mark.parametrize(("stored", "written"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_names_are_found_in_both_forms_of_their_accents(folder, stored, written):
    name = unicodedata.normalize(stored, "été")
    folder.write(f"{name}.png", picture())
    folder.write(f"{name}.md", "---\ntitle: One\ndate: 2019-01-01\n---\n")
    link = unicodedata.normalize(written, "été")
    folder.write("two.md", f"---\ntitle: Two\ndate: 2020-01-01\n---\n[a]({link}.md) ![b]({link}.png)\n")
    assert folder.run().err == ""
    body = Post.objects.get(title="Two").body
    assert body.startswith("[a](/ete/) ![b](/media/")


def test_a_name_with_a_percent_sign_is_found(folder):
    folder.write("100%25.png", picture())
    folder.write("a.md", "---\ntitle: A\ndate: 2019-01-01\n---\n![x](100%25.png)\n")
    assert folder.run().err == ""
    assert "/media/" in Post.objects.get().body


@pytest.mark.parametrize("suffix", ["md", "markdown", "mkd", "mkdn", "mkdown", "html", "htm"])
def test_every_suffix_of_jekylls_posts_is_read(folder, suffix):
    folder.write(f"_posts/2013-05-06-a.{suffix}", "---\ntitle: A\n---\nText.\n")
    folder.write("_config.yml", "title: x\n")
    assert folder.run().last_line.startswith("posts: 1 created")


def test_formats_that_cannot_be_read_and_pages_of_html_are_told(folder):
    folder.write("_config.yml", "title: x\n")
    folder.write("_posts/2013-05-06-a.textile", "---\ntitle: A\n---\nh1. Text\n")
    folder.write("index.html", "---\nlayout: default\n---\n{% for post in site.posts %}{% endfor %}\n")
    problems = folder.run().err
    assert "a.textile:1: warning: is Textile, which cannot be read; convert it to Markdown" in problems
    assert "index.html:1: note: is HTML outside of the folders of posts; not read" in problems
