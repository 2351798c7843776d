"""HTML is converted to equivalent Markdown; elements without Markdown syntax stay HTML; no text is lost."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.markdown import rendering
from apps.markdown.conversion import from_html
from apps.markdown.rendering import TooComplex

pytestmark = pytest.mark.slow


def markdown(html: str) -> str:
    return from_html.to_markdown(from_html.parse_html(html))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One<br>two</p><p>Three</p>", "One\\\ntwo\n\nThree"),
        ("<b>a</b> <i>b</i> <strike>c</strike> <tt>d</tt>", "**a** *b* ~~c~~ `d`"),
        ("<h2>A <em>title</em></h2>", "## A *title*"),
        ('<a href="/x y" title="T">a</a>', '[a](/x%20y "T")'),
        ('<a href="https://example.org/">https://example.org/</a>', "<https://example.org/>"),
        ("<p>https://example.org/</p>", "<https://example.org/>"),
        (
            '<img src="a.png" alt="An [x]" title="a hint" width="4" height="3">',
            "![An \\[x\\]](a.png){width=4 height=3}",
        ),
        (
            '<figure><a href="b.png"><img src="a.png" alt="A"></a><figcaption>The caption</figcaption></figure>',
            '[![A](a.png "The caption")](b.png)',
        ),
        (
            '<pre><code class="language-python">x = 1\n\n\ny = "```"</code></pre>',
            '````python\nx = 1\n\n\ny = "```"\n````',
        ),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("<ul><li>a<ol start='3'><li>b</li></ol></li></ul>", "- a\n\n  3. b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td>3</td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |",
        ),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "T\n:   D"),
        ("<p>H<sub>2</sub>O <kbd>Ctrl</kbd> <u>u</u> <q>q</q></p>", "H<sub>2</sub>O <kbd>Ctrl</kbd> <u>u</u> <q>q</q>"),
        ('<iframe src="//www.youtube.com/embed/a-b?x=1"></iframe>', "<https://www.youtube.com/watch?v=a-b>"),
        ('<h2 id="s">S</h2><a href="#s">to it</a>', '## <span id="s"></span>S\n\n[to it](#s)'),
        ("<script>alert(1)</script><style>p {}</style>a<!-- b -->", "a"),
    ],
)
def test_elements_with_markdown_syntax_are_converted(html, expected):
    assert markdown(html) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# no",
        "1. no",
        "- no",
        "+ no",
        "> no",
        "*a*",
        "_a_",
        "[a](b)",
        "[^1]",
        "`a`",
        "<b>",
        "&amp;",
        "a\n===",
        "~~a~~",
        ": a",
        "!!! note",
        "\\*",
        "![a](b)",
        "```",
    ],
)
def test_text_that_looks_like_markdown_is_escaped(text):
    html = f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    assert rendering.plain_text(rendering.render(markdown(html)).html) == " ".join(text.split())


@pytest.mark.parametrize(
    "html",
    [
        '<table><tbody><tr><td colspan="2">a</td></tr><tr><td>b</td><td>c</td></tr></tbody></table>',
        "<details><summary>a</summary><p>b</p></details>",
        '<div><video controls="" src="a.mp4"></video></div>',
    ],
)
def test_elements_without_markdown_syntax_stay_html(html):
    assert markdown(html) == html


def test_code_within_html_keeps_its_empty_lines():
    html = "<table><tbody><tr><td><pre>a\n\n\nb</pre></td></tr></tbody></table>"
    assert "a\n\n\nb" in rendering.render(markdown(html)).html


def test_a_block_that_would_lose_content_stays_html(monkeypatch):
    monkeypatch.setattr(from_html.Converter, "convert_p", lambda *given, **named: "")
    kept = "<div>\n<p>A <strong>word</strong></p>\n</div>\n\n## b"
    assert markdown("<p>A <b>word</b></p>\n\n<h2>b</h2>") == kept


@pytest.mark.parametrize(
    ("html", "expected"), [("https://example.org/a", "<https://example.org/a>"), ("notes.html", "notes.html"), ("", "")]
)
def test_a_text_that_is_only_an_address_or_a_file_name_is_converted_without_a_warning(html, expected, recwarn):
    assert markdown(html) == expected
    assert recwarn.list == []


def test_too_deeply_nested_html_is_refused():
    with pytest.raises(TooComplex, match="nested too deeply"):
        markdown("<div>" * 100_000 + "a")


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<b>",
        "</p>",
        "[",
        "&",
        "  \n",
        "\n\n",
        "<a href=#x1>",
        "`",
        "*",
        "<pre>",
        "<td>",
        "<table>",
        "<li>",
        "<!--",
        "<!",
        "<?",
        "<![",
        "</a",
        "<a ",
        "<p>",
    ],
)
def test_a_text_full_of_unclosed_constructs_is_converted_in_bounded_time(piece):
    with suppress(TooComplex, RecursionError):
        markdown("a" + piece * 50_000)


_ELEMENTS = (
    "p b i em strong h2 h3 ul ol li blockquote pre code table tr td th a div span sub kbd figure dl dt dd br".split()
)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, parts: f"<{tag}>{' '.join(parts)}</{tag}>", st.sampled_from(_ELEMENTS), st.lists(inner, max_size=4)
    )


@settings(deadline=None, max_examples=200)
@given(
    st.recursive(
        st.text("abc 1.-#>*_[]()`~|:!&;\n", max_size=12).map(lambda text: text.replace("&", "&amp;")),
        _nested,
        max_leaves=12,
    )
)
def test_no_text_is_lost(html):
    rendered = rendering.render(markdown(html)).html

    def letters(text: str) -> list[str]:
        # Sorted, because text that is in a table but in no cell is rendered before the table.
        return sorted(char for char in text if char.isalnum())

    assert letters(rendering.plain_text(rendered)) == letters(
        rendering.plain_text(from_html.markup.finish(str(from_html.parse_html(html)), {})[0])
    )
