"""Two texts side by side: what differs is marked, what does not is left out, and the work is bounded."""

from apps.core import text_diffs


def rows(old: str, new: str) -> list[tuple]:
    return [row[:3] for row in text_diffs.difference("Text", old, new).rows]


def test_how_lines_end_is_no_change():
    assert not text_diffs.is_changed("One\nTwo\n", "One\r\nTwo")
    assert text_diffs.is_changed("One\nTwo", "One Two")


def test_the_words_that_differ_are_marked():
    assert rows("A grey <b>cat</b>", "A black <b>cat</b>") == [
        ("changed", "A <del>grey</del> &lt;b&gt;cat&lt;/b&gt;", "A <ins>black</ins> &lt;b&gt;cat&lt;/b&gt;")
    ]


def test_lines_that_came_or_went_stand_alone():
    assert rows("One", "One\nTwo")[-1] == ("added", None, "<ins>Two</ins>")
    assert rows("One\nTwo", "One")[-1] == ("removed", "<del>Two</del>", None)


def test_lines_far_from_a_change_are_left_out():
    same = [str(number) for number in range(9)]
    shown = rows("\n".join(["x", *same]), "\n".join(["y", *same]))
    assert [kind for kind, *_texts in shown] == ["changed", "same", "same", "gap"]


def test_no_more_rows_are_shown_than_are_asked_for():
    found = text_diffs.difference("Text", "", "line\n" * 10, most_rows=3)
    assert len(found.rows) == 3
    assert found.cut
