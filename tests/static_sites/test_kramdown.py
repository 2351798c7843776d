"""What kramdown has beyond CommonMark looks here as it did on the old site."""

from __future__ import annotations

import pytest

from apps.static_sites import code_in_markdown, kramdown


def convert(text: str) -> str:
    """Convert a text without code."""
    pieces: list[str] = []

    def mask(code: str) -> str:
        pieces.append(code)
        return f"{code_in_markdown.CODE}{len(pieces) - 1}{code_in_markdown.CODE}"

    converted = kramdown.convert(text, mask=mask, line_of=lambda piece: 1, warn=lambda line, message: None)
    return code_in_markdown.unmask(kramdown.without_attributes(converted), pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<div class="note" markdown="1">\n**bold**\n</div>', '<div class="note">\n\n**bold**\n\n</div>\n'),
        ("<section markdown='block'>\n*a*\n</section>\nx", "<section>\n\n*a*\n\n</section>\n\nx"),
        ("<div markdown=1>\n<div markdown=1>\n*a*\n</div>\n</div>", "<div>\n\n<div>\n\n*a*\n\n</div>\n\n\n</div>\n"),
        ('<p markdown="1">*a*</p>', "\n\n*a*\n\n\n"),
        ('a <span markdown="1">*b*</span>', "a <span>*b*</span>"),
        ('<div markdown="0">*a*</div>', "<div>*a*</div>"),
        ("one\\\\\ntwo", "one\\\ntwo"),
        ("one\\\\", "one\\\\"),
        ("HTML and XHTML.\n\n*[HTML]: Hyper Text", '<abbr title="Hyper Text">HTML</abbr> and XHTML.\n\n'),
        (
            '[HTML](/HTML/) <i title="HTML">x</i>\n\n*[HTML]: T',
            '[<abbr title="T">HTML</abbr>](/HTML/) <i title="HTML">x</i>\n\n',
        ),
        ("| a | b |\n| c | d |", "|  |  |\n| --- | --- |\n| a | b |\n| c | d |"),
        ("|---|---|\n| a | b |", "|  |  |\n| --- | --- |\n| a | b |"),
        ("| a | b |\n|---+---|\n| c | d |\n|===+===|\n| e | f |", "| a | b |\n|---|---|\n| c | d |\n| e | f |"),
        ("| a | b |\n|---|---|\n| c | d |", "| a | b |\n|---|---|\n| c | d |"),
        ("# One {#my-id}", '# <span id="my-id"></span>One'),
        ("# One {: #my-id .x}", '# <span id="my-id"></span>One'),
        ("## Two ## {#a}", '## <span id="a"></span>Two ##'),
        ("Three {#b}\n-----", '<span id="b"></span>Three\n-----'),
        ("# Four\n{: #c}", '# <span id="c"></span>Four\n'),
        ("A text.\n{: .x #d}", '<span id="d"></span>A text.\n'),
        ('![p](/x.png){: .right width="30"}', "![p](/x.png){width=30}"),
        ("*e*{:.cls} {::nomarkdown}<b>x</b>{:/}", "*e* <b>x</b>"),
        ("a\n\n^\n\nb", "a\n\n\nb"),
        ("a <<quoted>> word", "a «quoted» word"),
        ("$$ x_1 * y_2 $$ and $$a_b$$", "`x_1 * y_2` and `a_b`"),
        ("$$\nx_1 * y_2\n$$", "```tex\nx_1 * y_2\n```"),
        ("<p>raw $$x_1$$</p>", "<p>raw $$x_1$$</p>"),
        (
            '<details markdown="1">\n<summary>S</summary>\n- a\n</details>',
            "<details>\n\n<summary>S</summary>\n\n- a\n\n</details>\n",
        ),
        ("It costs $$ or more.", "It costs $$ or more."),
        ("Term\n: Definition", "Term\n: Definition"),
    ],
)
def test_kramdown_becomes_commonmark(text, expected):
    assert convert(text) == expected


def test_each_formula_is_told_with_its_line():
    told: list[tuple[int, str]] = []

    def line_of(piece: str) -> int:
        return text.count("\n", 0, text.index(piece)) + 1

    text = "Some $$ x_1 $$\n\n$$\ny_2\n$$"
    kramdown.convert(text, mask=str, line_of=line_of, warn=lambda line, message: told.append((line, str(message))))
    assert sorted(told) == [(line, "a formula is shown as its TeX source, as code") for line in (1, 4)]
