"""Emphasis and code look in the rendered Markdown as in the HTML, whatever stands beside them."""

from __future__ import annotations

import pytest

from apps.markdown.conversion import from_html
from tests.importing.structure import differences

pytestmark = [pytest.mark.any_database, pytest.mark.slow]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<b>One </b><b>Two</b>", "**One** **Two**"),
        ("<i>a</i><b>b</b>", "*a*__b__"),
        ("x<b>y</b>z", "x**y**z"),
        ("<b><i>x</i></b>", "**_x_**"),
        ("<b>Note:</b>text", "<strong>Note:</strong>text"),
        ("<b>(403)，</b>有图", "<strong>(403)，</strong>有图"),
        ("<code>a</code><code>b</code>", "`a`<code>b</code>"),
        ("<b>a<br></b>b", "**a**\\\nb"),
        ("<b><p>a</p><p>b</p></b>", "**a**\n\n**b**"),
    ],
)
def test_signs_are_used_where_they_are_read_and_else_tags(html, expected):
    assert from_html.to_markdown(from_html.parse_html(html)) == expected


BESIDE = ["", " ", "a", "*", "_", "`", "(", ")", "]", "”", "，", "「", "字", "\\", "~", "!"]
INSIDE = [
    "a",
    "(a)",
    "“a”",
    "「字」",
    "a*",
    "*a",
    "a_",
    "a b",
    " a ",
    "a：",
    "<i>a</i>",
    "<i>a</i>b",
    "<code>a</code>",
    "a<br>b",
]


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("name", ["strong", "em", "s", "code"])
def test_the_same_words_are_emphasised_beside_any_character(name, inside):
    pairs = [(before, after) for one in BESIDE for before, after in ((one, ""), ("", one), (one, "a"), ("a", one))]
    pieces = [f"<p>{before}<{name}>{inside}</{name}>{after}</p>" for before, after in pairs]
    html = "".join(pieces)
    markdown = from_html.to_markdown(from_html.parse_html(html))
    assert differences(from_html.parse_html(html), markdown) == []


def test_two_elements_without_a_space_between_them_stay_two():
    elements = [f"<{name}>a</{name}>" for name in ("strong", "em", "s", "code", "u", "a href=/x")]
    html = "".join(f"<p>{one}{two}{one}</p>" for one in elements for two in elements).replace("</a href=/x>", "</a>")
    markdown = from_html.to_markdown(from_html.parse_html(html))
    assert differences(from_html.parse_html(html), markdown) == []


def test_two_lists_that_follow_each_other_stay_two():
    html = "<ul><li>a</li></ul><ul><li>b</li></ul><ol><li>c</li></ol><ol><li>d<ol><li>e</li></ol></li></ol>"
    markdown = from_html.to_markdown(from_html.parse_html(html))
    assert differences(from_html.parse_html(html), markdown) == []
