"""The HTML, excerpt, word count and plain text that are rendered from Markdown."""

import pytest

from apps.markdown import rendering


def html(markdown: str) -> str:
    return rendering.render(markdown).html


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("~~gone~~", "<s>gone</s>"),
        ("|a|\n|:-:|\n|b|", '<th class="align-center">a</th>'),
        ("Term\n: Meaning", "<dt>Term</dt>\n<dd>Meaning</dd>"),
        ("- [x] a", 'type="checkbox" checked="" aria-label="Done"> a'),
        ("- [ ] a", '<input class="task" disabled="" type="checkbox" aria-label="To do"> a'),
        ("!!! tip\n    a", '<div class="admonition tip" role="note">\n<p class="admonition-title">Tip</p>\n<p>a</p>'),
        ('!!! tip "T"\n    a', '<p class="admonition-title">T</p>'),
        (
            "??? tip\n    a",
            '<details class="admonition tip">\n<summary class="admonition-title">Tip</summary>\n<p>a</p>',
        ),
        ("> [!WARNING]\n> a", '<div class="admonition warning" role="note">'),
        ("```python\ndef f(): pass\n```", '<span class="k">def</span>'),
        ("```nonsense\na<b\n```", "<code>a&lt;b\n</code>"),
        ("    a<b", '<div class="highlight"><pre tabindex="0"><code>a&lt;b\n</code></pre></div>'),
        ("![x](/a.png)", '<figure><img src="/a.png" alt="x" decoding="async" fetchpriority="high"></figure>'),
        ('![x](/a.png "b & c")', '"high"><figcaption>b &amp; c</figcaption></figure>'),
        ('[![x](/a.png "b")](/c)', '<figure><a href="/c"><img'),
        ("a ![x](/a.png)", "<p>a <img"),
        ("- ![x](/a.png)", "<li><img"),
        ("![x](/a.png){width=6 height=4}", '<img src="/a.png" alt="x" width="6" height="4"'),
        ('![x](/a.png){onload=a .b #c style="d" width=9%}', '<img src="/a.png" alt="x" decoding='),
        ("![](/a.png)\n\n![](/b.png)", '<img src="/b.png" alt="" decoding="async" loading="lazy">'),
        ("<kbd>Esc</kbd> H<sub>2</sub>O", "<kbd>Esc</kbd> H<sub>2</sub>O"),
        ("<figure><img src=/a.png><figcaption>b</figcaption></figure>", "<figcaption>b</figcaption></figure>"),
        ("<details><summary>a</summary>\n\n*b*\n\n</details>", "<summary>a</summary>\n<p><em>b</em></p>"),
        ("a <!-- b --> c", "<p>a  c</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("a\x00b\x01c\ud800d", "<p>a\ufffdb\ufffdc\ufffdd</p>"),
    ],
)
def test_markdown_becomes_html(markdown, expected):
    assert expected in html(markdown)


@pytest.mark.parametrize(
    ("href", "external"),
    [
        ("/about/", False),
        ("#a", False),
        ("mailto:a@example.org", False),
        ("http://testserver/x", False),
        ("https://TESTSERVER/x", False),
        ("https://example.org/", True),
        ("//example.org/", True),
        ("https://testserver.example.org/", True),
        ("https://testserver@example.org/", True),
    ],
)
def test_only_links_to_other_hosts_are_noopener(href, external):
    for text in (f"[a]({href})", f'<a href="{href}">a</a>'):
        assert ('rel="noopener"' in html(text)) is external


@pytest.mark.parametrize("href", [r"\\example.org", r"/\example.org", "/\t/example.org", "http:example.org"])
def test_links_that_browsers_resolve_to_another_host_are_noopener(href):
    assert 'rel="noopener"' in html(f'<a href="{href}">a</a>')


def test_a_table_is_in_a_focusable_scroll_container():
    assert '<div class="table-scroll" role="group" tabindex="0" aria-label="Table"><table>' in html("|a|\n|-|\n|b|")


def test_headings_begin_at_h2_and_are_shifted_together():
    assert "<h2" in html("## A")
    assert "<h3" not in html("## A")
    shifted = html("# A\n\n## B\n\n# C")
    assert [shifted.count(f"<h{level}") for level in (1, 2, 3)] == [0, 2, 1]


def test_every_heading_has_a_unique_anchor():
    rendered = html("## Same\n\n## Same\n\n## Same 2\n\n## Überall 漢字\n\n## !!!\n\n## fn1\n\n## Main")
    ids = ["same", "same-2", "same-2-2", "überall-漢字", "section", "section-fn1", "main-2"]
    assert [f'<h2 id="{name}">' in rendered for name in ids] == [True] * 7
    assert '<a class="anchor" href="#same-2" aria-label="Link to “Same”"></a></h2>' in rendered


def test_ids_that_the_page_uses_and_duplicate_ids_are_removed():
    rendered = html('<p id="main">a</p>\n\n<p id="x">b</p>\n\n<p id="x">c</p>')
    assert "main" not in rendered
    assert rendered.count('id="x"') == 1


def test_a_text_with_three_sections_has_a_table_of_contents():
    assert rendering.render("## A\n\n## B").toc_html == ""
    assert rendering.render("## A\n\n### B & *b*\n\n#### no\n\n## C").toc_html == (
        '<ul><li><a href="#a">A</a><ul><li><a href="#b-b">B &amp; b</a></li></ul></li><li><a href="#c">C</a></li></ul>'
    )


def test_a_footnote_and_its_references_link_to_each_other():
    rendered = html("a[^n] b[^n]\n\n[^n]: *Note*.")
    assert (
        '<sup class="footnote-ref"><a href="#fn1" id="fnref1" role="doc-noteref" aria-label="Footnote 1">1</a>'
        in rendered
    )
    assert '<section class="footnotes" role="doc-endnotes" aria-label="Footnotes">' in rendered
    assert '<li id="fn1"><p><em>Note</em>.' in rendered
    assert 'href="#fnref1-2"' in rendered
    assert 'id="fnref1-2"' in rendered


def test_the_excerpt_is_the_beginning_of_the_prose():
    rendered = rendering.render(
        "# T\n\n|a|\n|-|\n|b|\n\n```\ncode\n```\n\nFirst un*believ*able[^1].\n\n- Item\n\n[^1]: note"
    )
    assert rendered.excerpt == "First unbelievable. Item"


def test_a_long_excerpt_ends_with_a_whole_word():
    rendered = rendering.render("wording " * 100).excerpt
    assert rendered.endswith("wording…")
    assert 270 < len(rendered) <= 281
    assert len(rendering.render("漢" * 1000).excerpt) == 281


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("One two-three — four.", 3), ("漢字漢字", 2), ("हिन्दी भाषा", 2), ("a*b*c", 1), ("* * *", 0)],
)
def test_words_are_counted_in_any_script(text, words):
    assert rendering.render(text).word_count == words


def test_the_plain_text_has_the_visible_words_without_footnote_marks():
    rendered = html("## Head\n\nun*believ*able[^1] a&lt;b\n\n- x\n- y\n\n[^1]: note")
    assert rendering.plain_text(rendered) == "Head unbelievable a<b x y note"


def test_code_over_the_limit_is_complete_but_not_highlighted():
    code = "x = 1\n" * 20_000
    rendered = html(f"```python\n{code}```")
    assert rendered.count("x = 1\n") == 20_000


def test_unclosed_formatting_is_closed_at_the_end_of_its_paragraph():
    assert html("a <b>b\n\nc") == "<p>a <b>b</b></p>\n<p>c</p>\n"
