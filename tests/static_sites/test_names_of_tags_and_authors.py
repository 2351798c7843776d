"""Each tag and each author comes in under its own name; what is cut or left out is told."""

from __future__ import annotations

import pytest

from apps.static_sites import names


def tag_names(*items) -> tuple[list[str], list[str]]:
    warnings: list[str] = []
    return names.tag_names(items, warnings.append), warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann", ["Ann"]),
        ("Ann, Ben", ["Ann", "Ben"]),
        ("Ann, Ben, and Carl", ["Ann", "Ben", "Carl"]),
        ("Ann, Ben and Carl", ["Ann", "Ben", "Carl"]),
        ("Ann, Ben & Carl", ["Ann", "Ben", "Carl"]),
        ("Smith, John; Doe, Jane", ["Smith, John", "Doe, Jane"]),
        ("Martin Luther King, Jr.", ["Martin Luther King, Jr."]),
        ("Ann, Martin Luther King, Jr., and Ben", ["Ann", "Martin Luther King, Jr.", "Ben"]),
        ("ACME, Inc.", ["ACME, Inc."]),
        ("Ann, Ph.D., Ben, GmbH", ["Ann, Ph.D.", "Ben, GmbH"]),
        ("Simon and Schuster", ["Simon and Schuster"]),
        ("Anderson, Sandy", ["Anderson", "Sandy"]),
        ("", []),
    ],
)
def test_a_text_of_authors_is_split_into_its_names(text, expected):
    assert names.split_authors(text) == expected


@pytest.mark.any_database
def test_an_item_of_a_list_is_one_author(yaml_post):
    post = yaml_post('title: T\nauthors: ["Smith, John", "Ann B. and Carl C."]')
    assert [author.name for author in post.ordered_authors] == ["Smith, John", "Ann B. and Carl C."]


def test_each_tag_has_its_own_name():
    written = ["C", "C++", "C#", ".NET", "日本", "二本", "🎉", 2015, True, "a, b", "C/C++", None, "", "  sp  ace "]
    assert tag_names(*written) == (
        ["C", "C++", "C#", ".NET", "日本", "二本", "🎉", "2015", "true", "a, b", "C/C++", "sp ace"],
        [],
    )


def test_tags_that_differ_only_in_case_or_form_are_one():
    assert tag_names("node.js", "Node.js", "cafe\u0301", "caf\u00e9")[0] == ["node.js", "café"]


def test_lists_and_mappings_of_tags_are_named_and_one_without_a_name_is_told():
    assert tag_names(["nested", ["deeper"]], {"name": "Dict"}, {"k": "v"}) == (
        ["nested", "deeper", "Dict"],
        ["a tag has no name (k); left out"],
    )


def test_a_tag_that_is_too_long_is_cut_after_a_word_with_a_warning():
    (name,), (warning,) = tag_names("long " * 30)
    assert name == ("long " * 20).strip()
    assert "is longer than 100 characters; cut off" in warning


@pytest.mark.any_database
def test_a_post_with_a_tag_that_is_too_long_does_not_fail(folder):
    folder.write("a.md", f"---\ntitle: T\ndate: 2026-01-01\ntags: [{'x' * 101}]\n---\n")
    run = folder.run()
    assert (run.status, "a.md:4: warning: the tag" in run.err) == (0, True)
