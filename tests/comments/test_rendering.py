"""The Markdown of comments: the supported subset and its sanitising."""

import pytest

from apps.comments.rendering import has_links, render


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'),
        ("# Loud", "<p># Loud</p>\n"),
        ("Loud\n====", "<p>Loud<br>\n====</p>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](https://e.org)", '<p><a href="https://e.org" rel="nofollow ugc noopener">x</a></p>\n'),
        ("<https://e.org>", '<p><a href="https://e.org" rel="nofollow ugc noopener">https://e.org</a></p>\n'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
    ],
)
def test_markdown_renders_to_safe_html(source, html):
    assert render(source) == html


def test_an_image_is_never_embedded():
    html = render("![x](https://e.org/i.png)")
    assert "<img" not in html
    assert has_links(html)


@pytest.mark.parametrize("source", ["[" * 5000, "> " * 2500, "*a_" * 1600, "- " * 2500, "`" * 5000, "![" * 2500])
def test_deep_nesting_renders_to_small_html(source):
    assert len(render(source)) < 60_000
