"""What WordPress expands when it renders a post is converted: empty lines between paragraphs, and shortcodes."""

from __future__ import annotations

import pytest

from apps.posts.models import Post
from tests.importing.wxr import attachment, item

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

FILES = [
    attachment(11, "https://old.example/wp-content/uploads/a.jpg", alt="A", post_parent="1"),
    attachment(12, "https://old.example/wp-content/uploads/b.jpg", alt="B", excerpt="The second"),
    attachment(13, "https://old.example/wp-content/uploads/c.mp3"),
]


def body(wordpress, html: str) -> str:
    wordpress(*FILES, item(1, "A post", html))
    return Post.objects.get().body


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("One\ntwo\n\nThree <b>x</b>\n\n\n\nFour", "One\\\ntwo\n\nThree **x**\n\nFour"),
        ("One\r\n\r\nTwo", "One\n\nTwo"),
        ("A <b>x</b>\nb", "A **x**\\\nb"),
        ("One<br />\ntwo", "One\\\ntwo"),
        ("<h2>H</h2>\nOne\n<ul>\n\t<li>a</li>\n\t<li>b</li>\n</ul>\nTwo", "## H\n\nOne\n\n- a\n- b\n\nTwo"),
        ("<blockquote>One\n\nTwo</blockquote>", "> One\n>\n> Two"),
        ("<pre>a\n\nb\nc</pre>", "```\na\n\nb\nc\n```"),
        ("https://youtu.be/x\n\nText", "<https://youtu.be/x>\n\nText"),
        ("One<!--more-->\n\nTwo<!--nextpage-->Three", "One\n\nTwo\n\n---\n\nThree"),
        (
            "<!-- wp:paragraph -->\n<p>One\ntwo</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:list -->\n<ul><li>a</li></ul>\n<!-- /wp:list -->",
            "One\ntwo\n\n- a",
        ),
        (
            '<!-- wp:embed {"url":"https://youtu.be/x"} -->\n<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\n'
            "https://youtu.be/x\n</div></figure>\n<!-- /wp:embed -->",
            "<https://youtu.be/x>",
        ),
    ],
)
def test_empty_lines_become_paragraphs_as_wordpress_renders_them(wordpress, html, expected):
    assert body(wordpress, html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '[caption id="x" width="300"]<a href="/big.jpg"><img src="a.jpg" alt="A" width="300" height="200" /></a> The <i>caption</i>[/caption]',
            '<figure><a href="/big.jpg"><img alt="A" height="200" src="a.jpg" width="300"></a><figcaption>The <em>caption</em></figcaption></figure>',
        ),
        ('[caption caption="Old"]<img src="a.jpg" alt="A" />[/caption]', '![A](a.jpg "Old")'),
        ("[gallery]", "![A](https://old.example/wp-content/uploads/a.jpg)"),
        (
            '[gallery ids="12,11,99"]',
            '![B](https://old.example/wp-content/uploads/b.jpg "The second")\n\n![A](https://old.example/wp-content/uploads/a.jpg)',
        ),
        ("[embed]https://youtu.be/x[/embed]", "<https://youtu.be/x>"),
        ('[audio mp3="/a.mp3"][/audio]', '<div><audio controls="" src="/a.mp3"></audio></div>'),
        ("[audio /a.mp3]", '<div><audio controls="" src="/a.mp3"></audio></div>'),
        (
            '[playlist ids="13"]',
            '<div><audio controls="" src="https://old.example/wp-content/uploads/c.mp3"></audio></div>',
        ),
        ('[sourcecode language="css"]\na {\n\n  b: c;\n}\n[/sourcecode]', "```css\na {\n\n  b: c;\n}\n```"),
        ("[code]&lt;b&gt; [gallery][/code]", "```\n<b> [gallery]\n```"),
        ("Write [[gallery]] for one.", "Write \\[gallery\\] for one."),
        ("A word [in brackets].", "A word \\[in brackets\\]."),
    ],
)
def test_known_shortcodes_are_converted(wordpress, html, expected):
    assert body(wordpress, html) == expected


def test_an_unknown_shortcode_stays_in_the_text_with_a_warning(wordpress):
    run = wordpress(item(1, "A post", 'Before [contact-form to="x"]inner[/contact-form] after'))
    assert "the shortcode contact-form is not known; it is left in the text as it is" in run.err
    assert Post.objects.get().body == 'Before \\[contact-form to="x"\\]inner\\[/contact-form\\] after'


@pytest.mark.parametrize(
    "piece", ["[caption", "[caption]", "[code]", "[/code]", "[[", "[gallery ids=", "\n", "<div>\n\n</div>"]
)
def test_a_text_full_of_unclosed_shortcodes_is_converted_in_bounded_time(wordpress, piece):
    wordpress(item(1, "A post", "a " + piece * 20_000))
    assert Post.objects.exists()
