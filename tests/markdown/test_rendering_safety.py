"""The renderer never outputs executable code, as checked with an HTML5 parser and a real browser."""

from collections import Counter

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.markdown import rendering
from apps.markdown.rendering.markup import SANITISER, TAGS
from tests.markdown.safe_html import assert_safe

HOSTILE = [
    "<script>window.pwned=1</script>",
    "<scr<script>ipt>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<img src=x onerror\n=\nwindow.pwned=1 alt='>",
    "<svg onload=window.pwned=1>",
    "<svg><style><img src=x onerror=window.pwned=1></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.pwned=1&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "<iframe src=javascript:window.pwned=1></iframe>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href='javascript:window.pwned=1' autofocus onfocus=window.pwned=1>x</a>",
    "<a href='java\tscript:window.pwned=1'>x</a>",
    "<a href='&#106;avascript:window.pwned=1'>x</a>",
    "[x](javascript:window.pwned=1)",
    "[x](JaVaScRiPt&colon;window.pwned=1)",
    "![x](javascript:window.pwned=1)",
    "<javascript:window.pwned=1>",
    "[x]: data:text/html,<script>window.pwned=1</script>\n\n[x]",
    "<video src=x onerror=window.pwned=1><source onerror=window.pwned=1></video>",
    "<video poster=javascript:window.pwned=1></video>",
    "<img srcset='x 1x, javascript:window.pwned=1 2x'>",
    "<details open ontoggle=window.pwned=1>x</details>",
    "<input autofocus onfocus=window.pwned=1 type=image src=x>",
    "<form action=javascript:window.pwned=1><button>x</button></form>",
    "<object data=javascript:window.pwned=1></object><embed src=javascript:window.pwned=1>",
    "<base href=javascript:window.pwned=1//>",
    "<meta http-equiv=refresh content='0;url=javascript:window.pwned=1'>",
    "<link rel=stylesheet href=javascript:window.pwned=1>",
    "<style>@import 'javascript:window.pwned=1'</style>",
    "<p style='background:url(javascript:window.pwned=1)'>",
    "<template><script>window.pwned=1</script></template>",
    "</textarea></title></style></script><script>window.pwned=1</script>",
    "<!--><script>window.pwned=1</script>-->",
    "<![CDATA[<script>window.pwned=1</script>]]>",
    "<?php <script>window.pwned=1</script> ?>",
    "```html onload=window.pwned=1\n<script>window.pwned=1</script>\n```",
    '```"><script>window.pwned=1</script>\nx\n```',
    '!!! note "<script>window.pwned=1</script>"\n    x',
    "[^<script>window.pwned=1</script>]\n\n[^<script>window.pwned=1</script>]: x",
    "# <img src=x onerror=window.pwned=1>",
    "<h2 id='\"><script>window.pwned=1</script>'>x</h2>\n\n## a\n\n## b",
]
FRAGMENTS = st.sampled_from(
    HOSTILE
    + "<table> <td> <b> <a <p </p> </div> <div> <!-- --> <![CDATA[ ]]> <? > \" ' ` ``` ~~~ [ ]( ![ ) \n \n\n > - * _ # | |- [^1] [^1]: !!! ???".split(
        " "
    )
    + "&lt; &#60; &#x3c; &colon; &NewLine; &amp;lt; <svg> <math> <style> </style> <select> <plaintext> <xmp> <title>".split()
    + [f"<{tag} onclick=window.pwned=1 href=javascript:window.pwned=1 src=data:x>" for tag in sorted(TAGS)]
)
TEXT = st.lists(FRAGMENTS | st.text(max_size=8) | st.characters(categories=["Cc", "Cs", "Cf"]), max_size=25).map(
    "".join
)


def assert_visible(text: str, html: str) -> None:
    """Fail if a text has characters that an HTML5 parser does not find in the text of the HTML, or needless spaces."""
    visible = "".join(html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False).itertext())
    assert not Counter("".join(text.split())) - Counter(visible)
    assert text == " ".join(text.split())


def render(markdown: str) -> rendering.Rendered:
    try:
        return rendering.render(markdown)
    except rendering.TooComplex:
        return rendering.Rendered("", "", "", 0)


@pytest.mark.parametrize("markdown", HOSTILE)
def test_known_attacks_are_rendered_harmless(markdown):
    assert_safe(render(markdown).html)
    assert_safe(render(f"a {markdown} b").html)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT)
def test_arbitrary_text_is_rendered_harmless_and_reproducibly(markdown):
    rendered = render(markdown)
    assert_safe(rendered.html)
    assert_safe(rendered.toc_html)
    assert SANITISER.clean(rendered.html) == rendered.html
    assert render(markdown) == rendered
    assert_visible(rendering.plain_text(rendered.html), rendered.html)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_arbitrary_characters_never_raise(text):
    rendered = render(text)
    rendered.html.encode()
    assert_safe(rendered.html)


@pytest.mark.browser
def test_a_browser_executes_no_attack(new_page):
    page = new_page()
    bodies = [render(text).html for attack in HOSTILE for text in (attack, f"a {attack} b", f"> - {attack}")]
    page.set_content("<!doctype html><title>t</title>" + "".join(f"<article>{body}</article>" for body in bodies))
    page.wait_for_timeout(300)
    page.evaluate("document.querySelectorAll('a').forEach(a => { if (/^javascript/i.test(a.protocol)) a.click() })")
    assert page.evaluate("window.pwned") is None
    assert page.locator("article").count() == len(bodies)
    page.set_content("<script>window.pwned = 1</script>")
    assert page.evaluate("window.pwned") == 1
