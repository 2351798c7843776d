"""Whatever a text holds, the last step changes links and attribute lists and nothing else, in bounded time."""

from __future__ import annotations

import multiprocessing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.importing import markdown_cleanup

PATIENCE = 120
"""Seconds after which a text counts as never done; no test waits for it unless it fails."""
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


def nothing(*_arguments) -> None:
    """Know no new address, and hear no warning."""


@settings(max_examples=300, deadline=None)
@given(PIECES | st.text(max_size=200))
def test_a_text_without_known_links_stays_as_it_is(text):
    assert markdown_cleanup.finish(text, resolve=nothing, warn=nothing, kramdown=False) == markdown_cleanup.plain_marks(
        text
    )


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_code_stays_as_it_is(text):
    code = "````\n[a](b) {: .c}\n````"
    clean = text.replace("`", "").replace("~", "").replace("<", "")
    made = markdown_cleanup.finish(f"{clean}\n\n{code}\n", resolve=lambda target: "/new/", warn=nothing)
    assert "[a](b) {: .c}" in made


@pytest.mark.parametrize(
    "piece",
    ["[", "![a](", "<a ", "<a href=", "`", "{: a", "{::comment}", " ", "[a][", "[a]: ", "# x {#", "* a\n", "(", "`` "],
)
def test_a_megabyte_of_hostile_repetition_comes_to_an_end(piece):
    """Work in proportion to the text takes seconds here; work in proportion to its square would take hours."""
    text = piece * (1_000_000 // len(piece)) + markdown_cleanup.lost("{{ x }}", 1)

    def work() -> None:
        markdown_cleanup._without_lost(
            markdown_cleanup._without_kramdown(markdown_cleanup._mask_spans(text, lambda code: "")), nothing
        )
        markdown_cleanup._map_links(text, nothing)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(PATIENCE)
    child.kill()
    child.join()
    assert child.exitcode == 0
