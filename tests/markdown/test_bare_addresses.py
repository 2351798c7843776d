"""A bare address in a text becomes a link if it has a scheme of the web, and never within code or another link."""

import re

import pytest

from apps.markdown import rendering


def links(text: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(r'<a href="([^"#]*)"', rendering.render(text).html)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.org/a-b_c, or not.", "https://example.org/a-b_c"),
        ("(http://example.org/a_(b))", "http://example.org/a_(b)"),
        ("HTTPS://example.org", "HTTPS://example.org"),
        ("„https://example.org/?a=1&copy=2“", "https://example.org/?a=1&copy=2"),
        ("**https://example.org/x**", "https://example.org/x"),
        ("| a |\n|---|\n| https://example.org/x |", "https://example.org/x"),
        ("- https://example.org/x.", "https://example.org/x"),
        ("<b>https://example.org</b>", "https://example.org"),
    ],
)
def test_an_address_of_the_web_becomes_a_link(text, address):
    assert links(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "`https://example.org`",
        "```\nhttps://example.org\n```",
        "    https://example.org",
        "example.org and www.example.org",
        "somebody@example.org and mailto:somebody@example.org",
        "ftp://example.org/x and javascript://example.org/%0aalert(1)",
        "xhttp://example.org xhttps://example.org",
        "https:// and http://",
        "<pre>https://example.org</pre>",
        "![https://example.org](/a.png)",
    ],
)
def test_other_words_and_code_stay_as_they_are(text):
    assert links(text) == []


def test_a_link_keeps_its_own_address():
    assert links("[https://a.example](https://b.example) <a href='/c'>https://d.example</a>") == [
        "https://b.example",
        "/c",
    ]
