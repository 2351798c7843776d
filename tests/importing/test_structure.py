"""Whole exports look after the import as they did before: `structure` finds no difference, and it finds real ones."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup

from apps.importing.ghost import Ghost
from apps.importing.wordpress import WordPress
from apps.markdown.conversion.html_structure import differences
from tests.importing import structure, wxr

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

TEXTS = [
    "First line\nsecond <b>Note:</b>text\n\n<h2>Head</h2>\nAfter\n<ul><li>a<ol><li>b</li></ol></li><li><p>c</p><p>d</p></li></ul>",
    "<table><tr><td>a</td><td>b|c</td></tr></table>\n\n<pre>a <b>b</b>\n\n  c</pre>\n\n<blockquote>q\n\nr</blockquote>",
    '[caption]<a href="/x"><img src="a.png" alt="A"></a> A <i>nice</i> one[/caption]\n\n$x$ # no\n1. no\n> no',
    '<!-- wp:paragraph --><p>A<sup data-fn="k"><a href="#k">1</a></sup> b <code>a`b</code><code>c</code></p><!-- /wp:paragraph -->'
    "<!-- wp:list --><ul><li>a</li></ul><!-- /wp:list --><!-- wp:list --><ul><li>b</li></ul><!-- /wp:list -->"
    "<!-- wp:html --><details><summary>S</summary><p>x</p></details><dl><dt>T</dt><dd>D</dd></dl><!-- /wp:html -->",
]


def test_posts_of_wordpress_have_the_structure_of_their_source(tmp_path):
    notes = wxr.meta("footnotes", json.dumps([{"id": "k", "content": "The <em>proof</em>."}]))
    path = tmp_path / "old.xml"
    path.write_text(wxr.export(*(wxr.item(number, "A post", html, notes) for number, html in enumerate(TEXTS, 1))))
    assert {name: found for name, found in structure.compare(WordPress(path)) if found} == {}


def test_posts_of_ghost_have_the_structure_of_their_source(tmp_path):
    html = '<p>a<strong>(b)</strong>c</p><figure class="kg-card kg-image-card"><img src="https://x.example/a.png" alt=""><figcaption>By <a href="/z">Z</a></figcaption></figure>'
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"data": {"posts": [{"id": "1", "title": "T", "status": "draft", "html": html}]}}))
    assert [found for _name, found in structure.compare(Ghost(path))] == [[]]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<p>a <b>b</b></p>", "<p>a b</p>"),
        ("<p>a<b>b</b></p>", "<p>a <b>b</b></p>"),
        ("<p>a</p><p>b</p>", "<p>a b</p>"),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a b</li></ul>"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"),
        ('<a href="/x">a</a>', '<a href="/y">a</a>'),
        ("<pre>a\n\nb</pre>", "<pre>a\nb</pre>"),
        ('<img src="a.png">', ""),
        ("<p>*a*</p>", "<p><em>a</em></p>"),
    ],
)
def test_what_readers_see_is_a_difference(one, two):
    assert differences(BeautifulSoup(one, "html.parser"), BeautifulSoup(two, "html.parser"))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<b><i>a</i></b>", "<em><strong>a</strong></em>"),
        ("<b>a</b><b>b</b>", "<strong>ab</strong>"),
        ("<b>a </b>b", "<b>a</b> b"),
        ("<div><p>a</p></div>", "<p>a</p>\n"),
        ("<li><p>a</p></li>", "<li>a</li>"),
        ("<table><tbody><tr><td>a</td></tr></tbody></table>", "<table><tr><td>a</td></tr></table>"),
        ("<pre>a</pre>", '<div class="highlight"><pre><code><span>a</span></code></pre></div>'),
    ],
)
def test_what_readers_do_not_see_is_none(one, two):
    assert differences(BeautifulSoup(one, "html.parser"), BeautifulSoup(two, "html.parser")) == []
