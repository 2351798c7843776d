"""The end of an import says exactly what is missing, on the terminal and as JSON."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError

from apps.markdown.conversion import from_html
from tests.importing import wxr
from tests.importing.conftest import run
from tests.importing.wxr import item

HTML = (
    '<p><img src="https://old.example/wp-content/uploads/a.png"> <a href="https://old.example/gone/">x</a> '
    '<a href="https://old.example/two/">y</a> <a href="https://old.example/">home</a> '
    '<a href="https://x.example/">z</a> <img src="https://x.example/b.png"> <a href="#part">p</a></p>'
)


def test_pictures_and_links_are_listed_with_file_and_line(wordpress, tmp_path):
    items = [item(1, "One", HTML), item(2, "Two", link="https://old.example/two/")]
    err = wordpress(*items, options=["--report", str(tmp_path / "report.json")]).err
    line = wxr.HEAD.count("\n") + 1
    place = f"{tmp_path}/old.xml:{line}: post 1 “One”: https://old.example/"
    assert f"Pictures that are not at hand: 1\n  {place}wp-content/uploads/a.png\n" in err
    assert f"Links that lead to nothing here: 1\n  {place}gone/\n" in err
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["counts"]["posts"] == {"created": 2, "updated": 0, "unchanged": 0, "failed": 0}
    assert report["subjects"] == {"picture": 1, "link": 1, "date": 0, "content": 0}
    found = next(entry for entry in report["messages"] if entry.get("subject") == "picture")
    assert (found["file"], found["line"]) == (f"{tmp_path}/old.xml", line)


def test_a_date_that_was_guessed_is_listed(wordpress):
    err = wordpress(item(1, "One", post_date_gmt="0000-00-00 00:00:00")).err
    assert "Dates that were guessed: 1" in err
    assert "its date 2015-03-01 10:00:00 has no time zone; taken as" in err


def test_nothing_is_said_of_pictures_where_there_are_none(wordpress):
    assert wordpress(item(1, "One", '<p><a href="/?p=2">two</a></p>'), item(2, "Two")).err == ""


def test_very_long_lists_are_cut_on_the_terminal_and_whole_in_the_file(wordpress, tmp_path):
    html = "".join(f'<img src="/wp-content/uploads/{number}.png">' for number in range(50))
    err = wordpress(item(1, "One", html), options=["--report", str(tmp_path / "report.json")]).err
    assert err.count("uploads/") == 20
    assert "and 30 more; --report FILE lists all" in err
    assert json.loads((tmp_path / "report.json").read_text())["subjects"]["picture"] == 50


def test_every_import_writes_its_report_also_when_it_fails(db, tmp_path):
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog" / "a.md").write_text("---\ntitle: A\ndate: never\n---\n")
    (tmp_path / "bad.json").write_text("{")
    report = tmp_path / "report.json"
    run("import_markdown", str(tmp_path / "blog"), "--report", str(report))
    assert json.loads(report.read_text())["messages"][0]["file"].endswith("a.md")
    with pytest.raises(CommandError):
        run("import_ghost", str(tmp_path / "bad.json"), "--report", str(report))
    assert "is no whole JSON" in json.loads(report.read_text())["messages"][-1]["message"]


def test_a_report_that_cannot_be_written_is_told_before_the_import(wordpress, tmp_path):
    with pytest.raises(CommandError, match="The report cannot be written"):
        wordpress(item(), options=["--report", str(tmp_path / "none" / "report.json")])


@pytest.fixture
def conversions(monkeypatch) -> list[int]:
    """The conversions to Markdown that were made, as a list that grows."""
    made: list[int] = []
    original = from_html.to_markdown

    def counted(*given):
        made.append(1)
        return original(*given)

    monkeypatch.setattr(from_html, "to_markdown", counted)
    return made


def test_what_has_not_changed_in_the_file_is_not_converted_again(wordpress, conversions):
    items = [item(1, "One", HTML), item(2, "Two", "<p>a</p>", wxr.comment(1))]
    wordpress(*items)
    first = len(conversions)
    assert wordpress(*items).out == (
        "comments: 0 created, 0 updated, 1 unchanged, 0 failed\nposts: 0 created, 0 updated, 2 unchanged, 0 failed\n"
    )
    assert len(conversions) == first
    items[1] = item(2, "Two", "<p>a</p>", wxr.comment(1), wxr.comment(2))
    assert wordpress(*items).out.startswith("comments: 1 created, 0 updated, 1 unchanged, 0 failed")
    assert len(conversions) == first + 1
    wordpress(*items)
    assert len(conversions) == first + 1


def test_a_post_is_converted_again_when_what_it_refers_to_is_there_now(wordpress, conversions):
    one = item(1, "One", '<p><a href="https://old.example/?p=2">two</a></p>')
    wordpress(one)
    result = wordpress(one, item(2, "Two"))
    assert result.last_line == "posts: 1 created, 1 updated, 0 unchanged, 0 failed"
    assert len(conversions) == 3
