"""Whatever a text holds, the last step changes links and attribute lists and nothing else, in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.posts.importers import prose

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
    assert prose.finish(text, resolve=nothing, warn=nothing, kramdown=False) == prose.plain_marks(text)


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_code_stays_as_it_is(text):
    code = "````\n[a](b) {: .c}\n````"
    clean = text.replace("`", "").replace("~", "").replace("<", "")
    made = prose.finish(f"{clean}\n\n{code}\n", resolve=lambda target: "/new/", warn=nothing)
    assert "[a](b) {: .c}" in made


@pytest.mark.parametrize(
    "piece",
    ["[", "![a](", "<a ", "<a href=", "`", "{: a", "{::comment}", " ", "[a][", "[a]: ", "# x {#", "* a\n", "(", "`` "],
)
def test_hostile_repetition_takes_time_in_proportion(piece):
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece))) + prose.lost("{{ x }}", 1)
        start = time.process_time()
        prose._without_lost(prose._without_kramdown(prose._mask_spans(text, lambda code: "")), nothing)
        prose._map_links(text, nothing)
        return time.process_time() - start

    # Eight times the text in less than forty times the time: not the square of it, with room for noise.
    assert seconds(160_000) < 40 * max(seconds(20_000), 0.005)
