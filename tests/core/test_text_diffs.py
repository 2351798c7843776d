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


def test_lines_whose_words_are_all_alike_are_not_aligned_word_by_word():
    # The time to align them grows with the pairs of equal words, and with their square at worst.
    (row,) = text_diffs.difference("Text", "a " * 900, "a b " * 450).rows
    assert (row.old.count("<del>"), row.new.count("<ins>")) == (1, 1)


def test_words_are_marked_in_the_first_lines_of_a_comparison_only_where_it_has_very_many():
    old, new = ("\n".join(f"{' '.join('!' * 200)} {number} {side}" for number in range(100)) for side in ("old", "new"))
    rows = text_diffs.difference("Text", old, new).rows
    marked = [row.old.startswith("!") for row in rows]
    assert len(rows) == 100
    assert marked == sorted(marked, reverse=True)
    assert marked[0]
    assert not marked[-1]
