"""A megabyte of hostile text is rendered or refused within the limits on steps.

With the libraries alone, each of these texts takes minutes or all memory. A test that hangs has failed.
"""

import pytest

from apps.markdown import rendering
from apps.markdown.rendering import limits

pytestmark = pytest.mark.slow

MEGABYTE = 1_000_000


def fill(text: str) -> str:
    return text * (MEGABYTE // len(text.encode()))


REFUSED = {
    "quotes": ">" * MEGABYTE,
    "lazy quotes": ">" * 39 + "a\n" + fill("b\n"),
    "nested lists": "".join("  " * level + "- a\n" for level in range(1000)),
    "brackets": "[" * MEGABYTE,
    "closed brackets": "[" * 100_000 + "]" * 100_000,
    "images": fill("!["),
    "nested definitions": fill(": "),
    "elements": fill("<div>"),
    "open formatting": "".join(f"<b id=x{number}>" for number in range(30_000)) + "\n\n" + "a\n\n" * 100_000,
    "headings": fill("<h2>x"),
    "mail addresses": fill("<a@b.c> "),
    "bare addresses": fill("http://a.b "),
    "schemes": fill("http://"),
    "addresses of videos": fill("https://vimeo.com/1\n"),
    "many footnotes": fill("[^1] ") + "\n\n[^1]: x",
    "open footnotes": "[^a]: x\n\n" + fill("[^"),
    "a wide table": fill("|a") + "\n" + fill("|-"),
    "a long table": "|a|b|\n|-|-|\n" + fill("|c|d|\n"),
    "empty cells": "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + fill("a\n"),
    "small listings": fill("```python\nx\n```\n"),
    "flat list": fill("- a\n"),
    "a tag of many attributes": "<p" + fill(" a=b") + ">",
    "attributes of a picture": "![a](b)" + fill("{a=b}"),
    "ever longer runs of stars": " a ".join("*" * length for length in range(1, 1400)),
    "ever longer runs of tildes": " a ".join("~" * length for length in range(1, 1400)),
}
RENDERED = {
    "backticks": "".join("`" * length + " " for length in range(1, 1400)),
    "stars": "*" * MEGABYTE,
    "comments": fill("<!--"),
    "instructions": "<?" * 100_000,
    "one long line": "a" * MEGABYTE,
    "a long address": f"[a]({'é' * 500_000})",
    "a long bare address": "http://a.b/" + "é" * 500_000,
    "a bare address of many names": "http://" + "a." * 500_000 + "_",
    "a bare address with open brackets": "http://a.b/" + "(" * 500_000,
    "a long heading": "# " + "a" * MEGABYTE,
    "empty lines": fill("\n"),
    "slow code": "```java\n" + "a\n" * 24_000 + "```",
    "unclosed scripts": fill("<script>"),
    "prose": fill("The quick brown fox jumps over the *lazy* dog, and goes home to its den for the night.\n\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_that_exceeds_the_limits_is_refused(name):
    with pytest.raises(rendering.TooComplex, match="Split it|Take some levels out"):
        rendering.render(REFUSED[name])


@pytest.mark.parametrize("name", RENDERED)
def test_a_long_text_within_the_limits_is_rendered(name):
    rendering.render(RENDERED[name])


def test_ordinary_nesting_is_allowed():
    assert rendering.render("> " * 10 + "a").html.count("<blockquote>") == 10
    assert rendering.render("".join("  " * level + "- a\n" for level in range(15))).html.count("<ul>") == 15


def test_spending_more_steps_than_the_budget_has_raises():
    budget = limits.Budget(2)
    budget.spend(2)
    with pytest.raises(rendering.TooComplex):
        budget.spend()
