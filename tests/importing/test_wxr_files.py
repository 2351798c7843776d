"""Exports of WordPress are read as they are found: packed, in parts, in other encodings, with what XML forbids."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError

from apps.posts.models import Post
from tests.importing import wxr
from tests.importing.conftest import CommandResult, run

TEXT = wxr.export(wxr.item(1, "Café", "<p>Déjà vu</p>"))


@pytest.fixture
def import_bytes(db, tmp_path):
    """Import a file with this content."""

    def import_(content: bytes | str) -> CommandResult:
        path = tmp_path / "old.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return run("import_wordpress", str(path))

    return import_


LINE = TEXT[: TEXT.index("Café")].count("\n") + 1
LATIN = TEXT.replace("UTF-8", "ISO-8859-1")


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        "\n\n  \n" + TEXT,
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"\xef\xbb\xbf\r\n" + TEXT.encode(),
        TEXT.encode("utf-16"),
        LATIN.encode("latin-1"),
        LATIN,  # It says Latin-1, and is UTF-8.
        gzip.compress(TEXT.encode()),
    ],
)
def test_a_file_is_read_in_whatever_form_it_comes(import_bytes, content):
    assert import_bytes(content).err == ""
    post = Post.objects.get()
    assert (post.title, post.body) == ("Café", "Déjà vu")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A&#8;B", "AB"),
        ("A&#x1F;B&#xFFFF;", "AB"),
        ("A\x0bB\x1f", "AB"),
        ("A &amp; B", "A & B"),
        ("A & B", "A & B"),
        ("A&copy;B&nbsp;C", "A©B C"),
        ("A&#66;", "AB"),
        ("A\ufffeB", "AB"),
        ("A &AMP; B", "A & B"),
        ("A &LT; B &GT; C &QUOT;D&QUOT;", 'A < B > C "D"'),
        (f"A&#{'9' * 5000};B", "AB"),
        (f"A&#{'0' * 5000}66;", "AB"),
        (f"A&#x{'f' * 5000};B", "AB"),
    ],
)
def test_what_xml_forbids_is_repaired(import_bytes, title, expected):
    assert import_bytes(TEXT.replace("<![CDATA[Café]]>", title)).err == ""
    assert Post.objects.get().title == expected


def test_characters_written_as_two_surrogates_are_one(import_bytes):
    import_bytes(TEXT.encode().replace("Café".encode(), b"\xed\xa0\xbd\xed\xb8\x80"))
    assert Post.objects.get().title == "😀"


def test_code_in_a_text_is_not_repaired(import_bytes):
    html = "<pre>a & b &amp;nbsp; &amp;#8; &lt;![CDATA[</pre>"
    import_bytes(wxr.export(wxr.item(1, "A post", html)))
    assert Post.objects.get().body == "```\na & b &nbsp; &#8; <![CDATA[\n```"


def test_prefixes_that_a_plugin_did_not_declare_are_no_obstacle(import_bytes):
    inside = '<media:thumbnail url="x" xlink:href="y"/><itunes:author>Z</itunes:author>'
    assert import_bytes(wxr.export(wxr.item(1, "A post", "<p>Text.</p>", inside))).err == ""
    assert Post.objects.get().body == "Text."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            TEXT.encode("latin-1"),
            rf"old\.xml:{LINE}: This line is not in UTF-8, as the file says it is\. .*windows-1252",
        ),
        (TEXT.replace("UTF-8", "klingon").encode("latin-1"), r"old\.xml:1: The file names the encoding “klingon”"),
        (TEXT.replace("</title>", "</titel>", 1), r"old\.xml:7: This line is not valid XML \(mismatched tag\)"),
        ("\n\n" + TEXT.replace("</title>", "</titel>", 1), r"old\.xml:9: This line is not valid XML"),
        (TEXT[:-200], r"old\.xml:\d+: The file ends in the middle .* It was cut off: export it again"),
        (gzip.compress(TEXT.encode())[:-50], r"old\.xml: The archive cannot be unpacked"),
        (b"PK\x03\x04 and no more", r"old\.xml: The archive cannot be unpacked"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line_and_what_to_do(import_bytes, content, message):
    with pytest.raises(CommandError, match=message):
        import_bytes(content)
    assert not Post.objects.exists()


def test_the_parts_of_an_export_are_imported_together(db, tmp_path):
    parts = [
        wxr.export(wxr.item(1, "One", '<p><a href="https://old.example/?p=2">two</a>[gallery ids="3"]</p>')),
        wxr.export(wxr.item(2, "Two"), wxr.item(1, "One")),
        wxr.export(wxr.attachment(3, "https://old.example/wp-content/uploads/a.jpg")),
    ]
    paths = [tmp_path / f"part{number}.xml" for number in range(3)]
    for path, part in zip(paths, parts, strict=True):
        path.write_text(part)
    result = run("import_wordpress", *map(str, paths))
    assert result.last_line == "posts: 2 created, 0 updated, 0 unchanged, 0 failed"
    assert "1 × post that is in the files twice; left out" in result.err
    assert "[two](/two/)" in Post.objects.get(slug="one").body
    assert "uploads/a.jpg" in Post.objects.get(slug="one").body
    Post.objects.all().delete()
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in paths:
            file.write(path, f"export/{path.name}")
    assert run("import_wordpress", str(archive)).last_line == "posts: 2 created, 0 updated, 0 unchanged, 0 failed"


def test_an_error_in_a_part_names_the_part(db, tmp_path):
    (tmp_path / "a.xml").write_text(TEXT)
    (tmp_path / "b.xml").write_text(TEXT.replace("</channel>", "</chanel>"))
    with pytest.raises(CommandError, match=r"b\.xml:\d+: "):
        run("import_wordpress", str(tmp_path / "a.xml"), str(tmp_path / "b.xml"))


def test_reports_name_the_line_at_which_a_post_begins(db, tmp_path):
    path = Path(tmp_path / "old.xml")
    text = "\n" + wxr.export(wxr.item(1, "One", "<p>a</p>\n" * 9000), wxr.item(2, "Two", status="private"))
    path.write_text(text)
    line = text[: text.index("<item><title><![CDATA[Two")].count("\n") + 1
    assert f"old.xml:{line}: warning: post 2 “Two”: was private" in run("import_wordpress", str(path)).err


@pytest.mark.parametrize("before", range(6))
def test_a_prefix_that_is_not_declared_is_found_on_the_border_of_two_blocks(import_bytes, before):
    place = TEXT.index("</item>")
    padding = "x" * (65536 - len(TEXT[:place].encode()) - before - len("<y></y>"))
    content = f"{TEXT[:place]}<y>{padding}</y><zz:a>b</zz:a>{TEXT[place:]}"
    assert import_bytes(content).err == ""
    assert Post.objects.get().title == "Café"


def test_the_usual_prefixes_are_found_among_very_many(import_bytes):
    others = "".join(f"<a{number}:b/>" for number in range(1200))
    content = TEXT.replace(' xmlns:wp="http://wordpress.org/export/1.2/"', "")
    content = content.replace(
        "<item>", f"<item><content:encoded><![CDATA[{others.replace('<', ' ')}]]></content:encoded>"
    )
    assert import_bytes(content).err == ""
    assert Post.objects.get().title == "Café"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (TEXT.encode("utf-16")[:-1], TEXT.count("\n")),
        (TEXT.replace("UTF-8", "UTF-16").encode("latin-1"), 1),
        (TEXT.replace("UTF-8", "UTF-32").encode("latin-1"), 1),
        (TEXT.replace("UTF-8", "undefined").encode("latin-1"), 1),
        (TEXT.replace("UTF-8", "idna").encode("latin-1"), 1),
    ],
)
def test_text_that_is_not_in_its_encoding_is_refused_with_its_line(import_bytes, content, line):
    with pytest.raises(CommandError, match=f"old.xml:{line}: .*ncoding"):
        import_bytes(content)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_damaged_archive_is_refused(db, tmp_path, method):
    path = tmp_path / "old.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("old.xml", TEXT)
    content = bytearray(path.read_bytes())
    content[60:160] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(CommandError, match="cannot be unpacked"):
        run("import_wordpress", str(path))


def test_an_item_that_would_fill_the_memory_is_refused(import_bytes, monkeypatch):
    monkeypatch.setattr("apps.importing.wxr_file.MAX_ITEM", 1_000_000)
    small = "".join(wxr.item(number, f"Post {number}", "x" * 1000) for number in range(1, 3))
    assert import_bytes(wxr.export(small, wxr.item(3, "Post 3", "x" * 900_000))).err == ""
    with pytest.raises(CommandError, match="more than 1 million characters"):
        import_bytes(wxr.export(small, wxr.item(4, "Post 4", "<item" * 300_000)))
