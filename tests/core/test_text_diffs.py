"""Side-by-side diffs: differences are marked, equal parts are omitted, and the work is bounded."""

from apps.core import text_diffs


def rows(old: str, new: str) -> list[tuple]:
    return [row[:3] for row in text_diffs.difference("Text", old, new).rows]


def test_line_ends_are_ignored():
    assert not text_diffs.is_changed("One\nTwo\n", "One\r\nTwo")
    assert text_diffs.is_changed("One\nTwo", "One Two")


def test_differing_words_are_marked():
    assert rows("A grey <b>cat</b>", "A black <b>cat</b>") == [
        ("changed", "A <del>grey</del> &lt;b&gt;cat&lt;/b&gt;", "A <ins>black</ins> &lt;b&gt;cat&lt;/b&gt;")
    ]


def test_added_and_removed_lines_have_no_counterpart():
    assert rows("One", "One\nTwo")[-1] == ("added", None, "<ins>Two</ins>")
    assert rows("One\nTwo", "One")[-1] == ("removed", "<del>Two</del>", None)


def test_lines_far_from_a_change_are_omitted():
    same = [str(number) for number in range(9)]
    shown = rows("\n".join(["x", *same]), "\n".join(["y", *same]))
    assert [kind for kind, *_texts in shown] == ["changed", "same", "same", "gap"]


def test_the_number_of_rows_is_limited():
    found = text_diffs.difference("Text", "", "line\n" * 10, max_rows=3)
    assert len(found.rows) == 3
    assert found.cut
