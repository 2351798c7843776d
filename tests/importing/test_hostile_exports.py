"""Damaged and malicious exports are refused with a message; large ones are streamed."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from django.core.management import CommandError

from apps.importing.ghost import Ghost
from apps.importing.wordpress import WordPress
from apps.media.models import Image
from apps.posts.models import Post
from tests.importing import wxr
from tests.importing.conftest import run
from tests.media import files

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><rss><channel><title>&j;</title></channel></rss>"
)
EXTERNAL_ENTITY = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><channel><title>&a;</title></channel></rss>'
DTD = '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://192.0.2.1/x.dtd"><rss><channel></channel></rss>'


@pytest.mark.parametrize("text", [BOMB, EXTERNAL_ENTITY, DTD])
def test_xml_that_declares_a_document_type_is_refused(db, tmp_path, text):
    (tmp_path / "old.xml").write_text(text)
    with pytest.raises(CommandError, match="declares a document type or entities"):
        run("import_wordpress", str(tmp_path / "old.xml"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (wxr.export(wxr.item())[:-30], r"old\.xml:\d+: The file ends in the middle .* It was cut off"),
        (wxr.export(wxr.item(), wxr.item(2))[:1900], r"old\.xml:\d+: The file ends in the middle"),
        ("", "ends in the middle"),
        ('{"db": []}', "old.xml:1: This line is not valid XML"),
        ("<html><body></body></html>", "it begins with <html>, not with <rss>"),
        ("<rss><channel><title>A feed</title><item></item></channel></rss>", "it names no wxr_version"),
        ("<rss><channel></channel></rss>", "it names no wxr_version"),
        ('<?xml version="1.0" encoding="nonsense"?><rss/>', "it names no wxr_version"),
        ("<a>" * 200_000, "begins with <a>"),
        (f"<rss><channel>{'<a>' * 200_000}", "ends in the middle"),
    ],
)
def test_a_file_that_is_not_a_wordpress_export_is_refused(db, tmp_path, text, problem):
    (tmp_path / "old.xml").write_text(text)
    with pytest.raises(CommandError, match=problem):
        run("import_wordpress", str(tmp_path / "old.xml"))
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"db": [{"data": {"posts": [{"id": 1, "status": "published", "title"', "is no whole JSON"),
        ('{"db": [{"data": {"posts": [{"id": 1, "status": "published"}]', "is no whole JSON"),
        ("", "is no whole JSON"),
        ("<rss/>", "is no whole JSON"),
        ('{"posts": []}', "This is no export of Ghost"),
        ("[1, 2]", "This is no export of Ghost"),
        ('{"db": [{"data": {"posts": {}}}]}', "This is no export of Ghost"),
        ('{"db": ' + "[" * 200_000, "is nested too deeply to be an export"),
        (b'{"db": [{"data": {"posts": [{"title": "\xff"}]}}]}', "is no whole JSON"),
    ],
)
def test_a_file_that_is_not_a_ghost_export_is_refused(db, tmp_path, text, problem):
    (tmp_path / "old.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CommandError, match=problem):
        run("import_ghost", str(tmp_path / "old.json"))
    assert not Post.objects.exists()


def test_fields_of_unexpected_types_in_a_ghost_export_are_tolerated(ghost):
    row = {
        "status": "published",
        "published_at": [],
        "title": {"a": 1},
        "html": ["x"],
        "slug": 7,
        "uuid": {},
        "tags": 3,
    }
    ghost(
        posts=[row, 3, None],
        users=[{"name": []}],
        tags=[{"id": {}}],
        posts_tags=[{"sort_order": None}],
        posts_meta=[{}],
    )
    assert Post.objects.get().status == "draft"


def test_control_characters_in_a_wordpress_export_are_removed(db, tmp_path):
    (tmp_path / "old.xml").write_text(wxr.export(wxr.item(1, "A post", "<p>Te\x0bxt\x00.</p>")))
    assert run("import_wordpress", str(tmp_path / "old.xml")).err == ""
    assert Post.objects.get().body == "Text."


def test_an_invalid_post_is_reported_and_the_others_are_imported(wordpress):
    result = wordpress(
        wxr.item(1, "Deep", "<div>" * 5000),
        wxr.item(2, "Long", "<p>" + "word " * 500_000),
        wxr.item(3, "Large", "<p>" + "word " * 210_000),
        wxr.item(4, "Good"),
    )
    assert result.last_line == "posts: 1 created, 0 updated, 0 unchanged, 3 failed"
    assert result.status == 1
    assert "post 1 “Deep”: The HTML is nested too deeply" in result.err
    assert "post 2 “Long”: The text is longer than a post can be" in result.err
    assert "post 3 “Large”: body: The body has" in result.err


def test_scripts_in_a_post_are_not_executed_for_readers(wordpress, client):
    wordpress(
        wxr.item(
            1,
            "A post",
            '<p onclick="x">a</p><script>alert(1)</script><a href="javascript:alert(2)">b</a><img src=x onerror=alert(3)>',
        )
    )
    html = Post.objects.get().body_html
    assert not [
        word for word in ("onclick", "script", "alert", "onerror") if word in html.replace("javascript:alert", "")
    ]
    assert "javascript" not in html


def _peak(work: Callable[[], Iterable]) -> int:
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's defaults, which commands use; the tests collect garbage less often.
    tracemalloc.start()
    try:
        for _item in work():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*thresholds)


def _wordpress(path: Path, count: int) -> Path:
    with path.open("w") as file:
        file.write(wxr.HEAD)
        for number in range(count):
            file.write(wxr.item(number, f"Post {number}", "<p>Some words of a text.</p>\n" * 4000))
        file.write(wxr.TAIL)
    return path


def _ghost(path: Path, count: int) -> Path:
    with path.open("w") as file:
        file.write('{"db": [{"data": {"posts": [')
        for number in range(count):
            row = {"id": str(number), "status": "draft", "title": "T", "html": "<p>Some words of a text.</p>\n" * 4000}
            file.write(("," if number else "") + json.dumps(row))
        file.write("]}}]}")
    return path


@pytest.mark.heavy
@pytest.mark.parametrize(("write", "reader"), [(_wordpress, WordPress), (_ghost, Ghost)])
def test_memory_use_does_not_grow_with_the_size_of_the_file(tmp_path, write, reader):
    def read(path: Path) -> Iterable:
        export = reader(path)
        yield from export.entries()
        yield from (item.read() for item in export.items())

    small, large = write(tmp_path / "small", 5), write(tmp_path / "large", 100)
    assert large.stat().st_size > 19 * small.stat().st_size > 9_000_000
    _peak(lambda: read(small))
    assert _peak(lambda: read(large)) < 1.5 * _peak(lambda: read(small))


def test_a_link_out_of_the_folder_of_pictures_is_not_read_and_is_named(wordpress, tmp_path):
    for name in ("uploads", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "a.png").write_bytes(files.encode(files.photo(20, 10), "PNG"))
    (tmp_path / "uploads" / "2020").symlink_to(tmp_path / "outside")
    html = '<img src="https://old.example/wp-content/uploads/2020/a.png">'
    result = wordpress(wxr.item(1, "A post", html), options=["--images", str(tmp_path / "uploads")])
    assert f"{tmp_path / 'uploads' / '2020'}:1: warning: is a link out of the folder; not read" in result.err
    assert not Image.objects.exists()
