"""The last step of a conversion changes only links and attribute lists of any text, in bounded time."""

from __future__ import annotations

import multiprocessing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.static_sites import bare_addresses, code_in_markdown, kramdown, markdown_cleanup, markdown_embeds

TIMEOUT = 120
"""Seconds after which a conversion counts as endless; only a failing test takes that long."""
LIST_ITEM = "* a\n"
"""The Markdown parser takes so long for each of them that a quarter of the size is enough."""
PIECES = st.lists(
    st.sampled_from(
        [
            "`",
            "``",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "    ",
            "- ",
            "> ",
            "[a]",
            "(b)",
            "<c>",
            "\\",
            "{",
            "}",
            ":",
            "#",
            " ",
            "x",
        ]
    ),
    max_size=60,
).map("".join)


def ignore(*_arguments) -> None:
    """Resolve no address and ignore warnings."""


@settings(max_examples=300, deadline=None)
@given(PIECES | st.text(max_size=200))
def test_a_text_without_resolvable_links_is_not_changed(text):
    assert markdown_cleanup.finish(text, resolve=ignore, warn=ignore, kramdown=False) == markdown_cleanup.strip_marks(
        text
    )


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_code_is_not_changed(text):
    code = "````\n[a](b) {: .c}\n````"
    clean = text.replace("`", "").replace("~", "").replace("<", "")
    cleaned = markdown_cleanup.finish(f"{clean}\n\n{code}\n", resolve=lambda target: "/new/", warn=ignore)
    assert "[a](b) {: .c}" in cleaned


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![a](",
        "<a ",
        "<a href=",
        "`",
        "{: a",
        "{::comment}",
        " ",
        "[a][",
        "[a]: ",
        "# x {#",
        LIST_ITEM,
        "(",
        "`` ",
        "$$",
        "<div markdown=1>\n",
        "<<a",
        "<iframe ",
        "| a |\n",
        "*[a]: b\n",
        "<pre>",
        "www.a.",
        "[a](b ",
    ],
)
def test_a_megabyte_of_repeated_markup_is_processed_in_linear_time(piece):
    """A linear algorithm takes seconds here; a quadratic one would take hours."""
    size = 1_000_000 if piece != LIST_ITEM else 250_000
    text = piece * (size // len(piece)) + markdown_cleanup.unresolved("{{ x }}", 1)

    def work() -> None:
        masked = code_in_markdown.mask_spans(text, lambda code: "")
        masked = bare_addresses.link(kramdown.convert(masked, mask=str, line_of=len, warn=ignore))
        masked = markdown_embeds.replace_html(kramdown.without_attributes(masked), len, ignore)
        markdown_cleanup.without_unresolved(masked, ignore)
        markdown_cleanup._map_links(text, ignore)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(TIMEOUT)
    child.kill()
    child.join()
    assert child.exitcode == 0
