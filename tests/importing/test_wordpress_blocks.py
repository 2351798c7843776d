"""What WordPress keeps outside of a text comes along: footnotes, reusable blocks, embeds. The rest is told."""

from __future__ import annotations

import json

import pytest

from apps.posts.models import Post, Tag
from tests.importing.wxr import item, meta, term

REFERENCE = '<sup data-fn="{0}" class="fn"><a href="#{0}" id="{0}-link">{1}</a></sup>'
BLOCK = "<!-- wp:paragraph --><p>Text.</p><!-- /wp:paragraph -->\n"


def notes(**texts: str) -> str:
    return meta("footnotes", json.dumps([{"id": key, "content": text} for key, text in texts.items()]))


def test_footnotes_of_the_block_editor_are_footnotes(wordpress):
    html = f"{BLOCK}<!-- wp:paragraph --><p>A{REFERENCE.format('k-2', 1)} b{REFERENCE.format('k1', 2)}</p><!-- /wp:paragraph --><!-- wp:footnotes /-->"
    assert wordpress(item(1, "A post", html, notes(**{"k1": "<em>Two</em>.", "k-2": "One."}))).err == ""
    post = Post.objects.get()
    assert post.body == "Text.\n\nA[^1] b[^2]\n\n[^1]: One.\n\n[^2]: *Two*."
    assert post.body_html.count('class="footnotes"') == 1
    assert post.body_html.index("One.") < post.body_html.index("<em>Two</em>.")


def test_footnotes_in_what_stays_html_keep_their_words(wordpress):
    table = f'<table><tbody><tr><td colspan="2">A{REFERENCE.format("k", 1)}</td></tr></tbody></table>'
    wordpress(item(1, "A post", f"<!-- wp:table -->{table}<!-- /wp:table -->", notes(k="The proof.")))
    html = Post.objects.get().body_html
    assert "<sup>1</sup>" in html
    assert "The proof." in html


@pytest.mark.parametrize("name", ["ref", "footnote", "efn_note"])
def test_footnotes_of_plugins_are_footnotes(wordpress, name):
    wordpress(item(1, "A post", f"A claim[{name}]The <b>proof</b>.[/{name}] is made."))
    assert Post.objects.get().body == "A claim[^s1] is made.\n\n[^s1]: The **proof**."


def test_a_footnote_without_a_text_and_a_text_without_a_footnote_are_told(wordpress):
    run = wordpress(item(1, "A post", f"{BLOCK}<p>A{REFERENCE.format('x', 1)}</p>", notes(y="Lost")))
    assert "the text of the footnote x is not in the file" in run.err
    assert "no place of the text refers to the footnote “Lost”" in run.err


def test_reusable_blocks_are_inserted(wordpress):
    inner = "<!-- wp:paragraph --><p>Shared.</p><!-- /wp:paragraph -->"
    nested = '<!-- wp:block {"ref":7} /-->'
    run = wordpress(
        item(7, "Shared", inner, post_type="wp_block"),
        item(8, "Nested", nested, post_type="wp_block"),
        item(1, "A post", f'{BLOCK}<!-- wp:block {{"ref":8}} /--><!-- wp:block {{"ref":99}} /-->'),
    )
    assert Post.objects.get().body == "Text.\n\nShared."
    assert "the reusable block 99 is not in the file; left out" in run.err


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ('<!-- wp:acf/testimonial {"data":{"quote":"Best"}} /-->', "1 × the block acf/testimonial"),
        ("<!-- wp:latest-posts /--><!-- wp:latest-posts /-->", "2 × the block latest-posts"),
        ("<!-- wp:acf/x --> <!-- /wp:acf/x -->", "1 × the block acf/x"),
        ("<!-- wp:html --><canvas></canvas><!-- /wp:html -->", "1 × <canvas>: does not come along"),
        ("<script>alert(1)</script>", "1 × <script>: does not come along"),
        ('<script src="https://x.example/w.js"></script>', "1 × <script src=https://x.example/w.js>"),
        ("<iframe srcdoc='x'></iframe>", "1 × <iframe>: does not come along"),
        ("<form><input></form>", "1 × <form>"),
        ("<svg><circle/></svg>", "1 × <svg>"),
    ],
)
def test_what_does_not_come_along_is_counted_and_named(wordpress, html, message):
    run = wordpress(item(1, "A post", BLOCK + html))
    assert f"warning: post 1 “A post”: {message}" in run.err


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ('<script src="https://gist.github.com/ann/01ab.js"></script>', "https://gist.github.com/ann/01ab"),
        ('<script src="https://asciinema.org/a/42.js" id="x" async></script>', "https://asciinema.org/a/42"),
        ('<iframe src="https://player.vimeo.com/video/1?h=2"></iframe>', "https://vimeo.com/1"),
        ('<iframe src="//open.spotify.com/embed/track/a1"></iframe>', "https://open.spotify.com/track/a1"),
        ('<iframe data-src="https://maps.example/x" src="about:blank"></iframe>', "https://maps.example/x"),
        (
            '<object><param name="movie" value="http://www.youtube.com/v/ab-c"></object>',
            "https://www.youtube.com/watch?v=ab-c",
        ),
        ('<!-- wp:embed {"url":"https://x.example/1"} /-->', "https://x.example/1"),
        ("[youtube https://www.youtube.com/watch?v=ab-c&w=640]", "https://www.youtube.com/watch?v=ab-c"),
        ("[youtube=http://www.youtube.com/watch?v=ab-c]", "https://www.youtube.com/watch?v=ab-c"),
        ("[youtube ab-c]", "https://www.youtube.com/watch?v=ab-c"),
        ("[vimeo 12345]", "https://vimeo.com/12345"),
        ("[gist 01ab]", "https://gist.github.com/01ab"),
        ("[gist]https://gist.github.com/ann/01ab[/gist]", "https://gist.github.com/ann/01ab"),
        ('[soundcloud url="https://soundcloud.com/a/b"]', "https://soundcloud.com/a/b"),
    ],
)
def test_an_embed_becomes_a_link(wordpress, html, address):
    assert "warning" not in wordpress(item(1, "A post", html)).err
    assert Post.objects.get().body == f"<{address}>"


@pytest.mark.parametrize(
    "html",
    ['<iframe src="https://player.vimeo.com/video/1"></iframe>', "[vimeo 1]", "<p>https://vimeo.com/1</p>"],
)
def test_what_was_embedded_is_a_card_again(wordpress, html):
    wordpress(item(1, "A post", html))
    assert 'data-player="https://player.vimeo.com/video/1?dnt=1"' in Post.objects.get().body_html


def test_an_address_among_words_needs_no_html(wordpress):
    wordpress(item(1, "A post", "<p>See https://x.example/a, or https://x.example/b.</p>"))
    assert Post.objects.get().body == "See https://x.example/a, or https://x.example/b."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[archives]", ["archives"]),
        ("See [googlemaps https://maps.example/x] there", ["googlemaps"]),
        ('[contact-form-7 id="1"]', ["contact-form-7"]),
        ("Text [my_box]inner[/my_box]", ["my_box"]),
        ("Text [player 42] here", ["player"]),
        ("[more text] stays, and so does [sic] or [see page two]", []),
        ("<pre>[caption]x[/caption] [archives]</pre>", []),
    ],
)
def test_shortcodes_that_are_not_known_are_told_and_plain_words_are_not(wordpress, text, names):
    run = wordpress(item(1, "A post", text))
    assert [name for name in names if f"the shortcode {name} is not known" in run.err] == names
    assert run.err.count("the shortcode") == len(names)


def test_shortcodes_in_code_stay_as_they_are(wordpress):
    wordpress(item(1, "A post", "<pre>[caption]x[/caption]</pre>\n\n<code>[gallery]</code>"))
    assert Post.objects.get().body == "```\n[caption]x[/caption]\n```\n\n`[gallery]`"


def test_all_authors_of_co_authors_plus_are_authors(wordpress):
    wordpress(
        item(
            5, "Ben Second", "", meta("cap-display_name", "Ben Second"), post_type="guest-author", post_name="cap-ben"
        ),
        item(1, "A post", "<p>a</p>", term("alice", "cap-alice", "author"), term("ben", "cap-ben", "author")),
    )
    assert [str(author) for author in Post.objects.get().authors.order_by("post_links__position")] == [
        "Alice Adams",
        "Ben Second",
    ]


def test_tags_that_are_written_alike_in_an_address_are_two(wordpress):
    names = ["北京", "背景", "C", "C++", "C#"]
    for number, name in enumerate(names, 1):
        wordpress(item(number, f"Post {number}", "<p>a</p>", term(name, "bei-jing")))
    assert [str(Post.objects.get(slug=f"post-{number}").tags.get()) for number in range(1, 6)] == names
    assert Tag.objects.count() == len(names)


@pytest.mark.parametrize("name", ["Tea", "TEA", " tea "])
def test_tags_that_differ_in_case_or_spaces_are_one(wordpress, name):
    wordpress(item(1, "One", "<p>a</p>", term("tea", "tea")), item(2, "Two", "<p>a</p>", term(name, "tea-2")))
    assert Tag.objects.count() == 1


def test_a_tag_that_is_too_long_is_cut_with_a_warning(wordpress):
    run = wordpress(item(1, "A post", "<p>a</p>", term("long " * 30, "long")))
    assert "is longer than 100 characters; cut off" in run.err
    assert len(Tag.objects.get().name) <= 100
