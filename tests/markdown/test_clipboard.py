"""What programs put on the clipboard becomes Markdown: the words, what they are, and nothing of how they looked.

The HTML was written for these tests, in the ways of each program.
"""

from __future__ import annotations

import pytest

from apps.markdown import rendering
from apps.markdown.conversion import clipboard

MARKER = "<![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>{}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>"


def word(body: str) -> str:
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"><head>'
        '<meta name=Generator content="Microsoft Word 15"><!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View>'
        "</w:WordDocument></xml><![endif]--><style><!-- p.MsoNormal {margin:0cm;} --></style></head>"
        f"<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->{body}<!--EndFragment--></body></html>"
    )


def word_item(words: str, mark: str = "·", level: int = 1, number: int = 0) -> str:
    style = f"text-indent:-18.0pt;mso-list:l{number} level{level} lfo1"
    return f"<p class=MsoListParagraphCxSpMiddle style='{style}'>{MARKER.format(mark)}{words}<o:p></o:p></p>"


def docs(body: str) -> str:
    return (
        '<meta charset=\'utf-8\'><b style="font-weight:normal;" id="docs-internal-guid-7e2c41f0-7fff-2d1b">'
        f'{body}</b><br class="Apple-interchange-newline">'
    )


def office(body: str) -> str:
    return (
        '<!DOCTYPE html><html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"/><title></title>'
        '<meta name="generator" content="LibreOffice 7.4 (Linux)"/><style type="text/css">@page { margin: 2cm }</style>'
        f'</head><body lang="en-GB" link="#000080" dir="ltr">{body}</body></html>'
    )


TEXTS = {
    "Word: headings and emphasis": (
        word(
            "<h1>High tide<o:p></o:p></h1><p class=MsoNormal>It is <b style='mso-bidi-font-weight:normal'>very</b> <i\n"
            "style='mso-bidi-font-style:normal'>high\ntoday</i>, says <a href=\"https://example.org/sea\"><span "
            "class=MsoHyperlink>the harbour</span></a>.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
            "<p class=MsoQuote>Not bad.<o:p></o:p></p>"
        ),
        "## High tide\n\nIt is **very** *high today*, says [the harbour](https://example.org/sea).\n\n> Not bad.",
    ),
    "Word: lists": (
        word(
            word_item("Boats")
            + word_item("Rowing", "o", 2)
            + word_item("Sailing", "o", 2)
            + word_item("Nets")
            + word_item("Go out", "1.", number=1)
            + word_item("Come back", "2.", number=1)
        ),
        "- Boats\n  - Rowing\n  - Sailing\n- Nets\n\n1. Go out\n2. Come back",
    ),
    "Word: a table and a footnote": (
        word(
            "<table class=MsoTableGrid border=1 style='border-collapse:collapse;mso-yfti-tbllook:1184'><tr "
            "style='mso-yfti-irow:0'><td width=301 valign=top style='width:225.4pt'><p class=MsoNormal><b>Port</b><o:p>"
            "</o:p></p></td><td><p class=MsoNormal><b>Depth</b><o:p></o:p></p></td></tr><tr><td><p class=MsoNormal>North"
            "<o:p></o:p></p></td><td><p class=MsoNormal>9&nbsp;m<o:p></o:p></p></td></tr></table><p class=MsoNormal>Deep"
            '<a style=\'mso-footnote-id:ftn1\' href="#_ftn1" name="_ftnref1" title=""><span class=MsoFootnoteReference>'
            "<span style='mso-special-character:footnote'><![if !supportFootnotes]>[1]<![endif]></span></span></a>.</p>"
            "<div style='mso-element:footnote-list'><![if !supportFootnotes]><br clear=all><hr align=left size=1 width=\"33%\">"
            "<![endif]><div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a href=\"#_ftnref1\" "
            'name="_ftn1" title=""><span>[1]</span></a> At low tide.</p></div></div>'
        ),
        "| Port | Depth |\n| --- | --- |\n| North | 9\xa0m |\n\nDeep[^1].\n\n[^1]: At low tide.",
    ),
    "Google Docs: headings and emphasis": (
        docs(
            '<h2 dir="ltr" style="line-height:1.38;"><span style="font-size:16pt;font-weight:400;">Tides</span></h2><p '
            'dir="ltr"><span style="font-weight:700;white-space:pre-wrap;">High</span><span style="font-weight:400;"> and '
            '</span><span style="font-weight:400;font-style:italic;">low</span><span>, see </span><a '
            'href="https://example.org/" style="text-decoration:none;"><span style="color:#1155cc;">here</span></a></p><br>'
            '<p dir="ltr"><span style="text-decoration:line-through;vertical-align:baseline;">Never</span></p>'
        ),
        "## Tides\n\n**High** and *low*, see [here](https://example.org/)\n\n~~Never~~",
    ),
    "Google Docs: lists beside their items, and boxes to tick": (
        docs(
            '<ul style="margin-top:0;"><li dir="ltr" aria-level="1"><p dir="ltr" role="presentation"><span>Boats</span></p>'
            '</li><ul><li dir="ltr" aria-level="2"><p dir="ltr" role="presentation"><span>Rowing</span></p></li></ul><li '
            'dir="ltr" role="checkbox" aria-checked="true" aria-level="1"><img src="data:image/png;base64,iVBO" alt="checked" '
            'role="presentation"/><p style="display:inline-block"><span>Paid</span></p></li></ul>'
        ),
        "- Boats\n  - Rowing\n- [x] Paid",
    ),
    "Google Docs: a table and a picture": (
        docs(
            '<div dir="ltr" style="margin-left:0pt;" align="left"><table style="border:none;"><colgroup><col width="312"/>'
            '<col width="312"/></colgroup><tbody><tr style="height:0pt"><td style="border:solid"><p dir="ltr"><span '
            'style="font-weight:700">Port</span></p></td><td><p dir="ltr"><span>Depth</span></p></td></tr><tr><td><p><span>'
            'North</span></p></td><td><p><span>9</span></p></td></tr></tbody></table></div><p dir="ltr"><span><span '
            'style="display:inline-block;"><img src="https://lh7.example.org/docsz/AD" width="30" height="20"/></span>'
            "</span></p>"
        ),
        "| Port | Depth |\n| --- | --- |\n| North | 9 |\n\n![](https://lh7.example.org/docsz/AD){width=30 height=20}",
    ),
    "LibreOffice: fonts and emphasis": (
        office(
            '<h1 class="western">Tides</h1><p style="margin-bottom: 0cm"><font face="Liberation Serif, serif"><font size="3" '
            'style="font-size: 12pt"><b>High</b> and <i>low</i> <span style="font-weight: normal">water</span></font></font>: '
            '<font face="Courier New, monospace">ebb()</font></p><p><br/>\n</p>'
        ),
        "## Tides\n\n**High** and *low* water: `ebb()`",
    ),
    "LibreOffice: nested lists": (
        office(
            '<ul><li><p style="margin-bottom: 0cm">Boats</p></li><li><p style="margin-bottom: 0cm">Nets</p><ol><li><p '
            'style="margin-bottom: 0cm">Mend</p></li><li><p>Cast</p></li></ol></li></ul>'
        ),
        "- Boats\n- Nets\n  1. Mend\n  2. Cast",
    ),
    "LibreOffice: a footnote": (
        office(
            '<p>Deep<a class="sdfootnoteanc" name="sdfootnote1anc" href="#sdfootnote1sym"><sup>1</sup></a></p><div '
            'id="sdfootnote1"><p class="sdfootnote"><a class="sdfootnotesym" name="sdfootnote1sym" href="#sdfootnote1anc">'
            "1</a>At low tide.</p></div>"
        ),
        "Deep[^1]\n\n[^1]: At low tide.",
    ),
    "Notion: nested lists": (
        "<meta charset='utf-8'><ul>\n<li>Boats<br>\n<ul>\n<li>Rowing <strong>hard</strong></li>\n</ul>\n</li>\n<li>Nets</li>\n"
        "</ul>\n<!-- notionvc: 0b1c -->",
        "- Boats\n  - Rowing **hard**\n- Nets",
    ),
    "Notion: headings, quotes and code": (
        "<meta charset='utf-8'><h1>Tides</h1>\n<blockquote>\n<p>Not bad.</p>\n</blockquote>\n<pre><code class=\"language-python\">"
        "ebb()\n</code></pre>\n<hr>\n<!-- notionvc: 0b1d -->",
        "## Tides\n\n> Not bad.\n\n```python\nebb()\n```\n\n---",
    ),
    "Notion: tasks": (
        "<meta charset='utf-8'><ul>\n<li>[ ] Mend the nets</li>\n<li>[x] Pay</li>\n</ul>\n<!-- notionvc: 0b1e -->",
        "- [ ] Mend the nets\n- [x] Pay",
    ),
    "Safari: spaces of its own": (
        '<meta charset="UTF-8"><span style="caret-color: rgb(0, 0, 0); font-weight: 400; display: inline !important;">High'
        '<span class="Apple-converted-space">&nbsp;</span></span><b style="caret-color: rgb(0, 0, 0);">water</b><span>&nbsp;'
        'today</span><br class="Apple-interchange-newline">',
        "High **water** today",
    ),
    "Safari: paragraphs with computed styles": (
        '<p style="caret-color: rgb(0, 0, 0); font-style: normal; font-weight: 400;">One <a href="https://example.org/" '
        'style="color: rgb(0, 0, 238);">link</a>.</p><p style="font-weight: 400;"><em style="font-style: italic;">Two</em></p>',
        "One [link](https://example.org/).\n\n*Two*",
    ),
    "Safari: a list": (
        '<ol style="caret-color: rgb(0, 0, 0);"><li style="text-align: start;">Out<span class="Apple-converted-space">&nbsp;'
        "</span></li><li>Back</li></ol>",
        "1. Out\n2. Back",
    ),
    "a web page: an article": (
        '<article><header><h1 class="hero">Tides</h1></header><div class="lede" style="font-size: 20px"><p>It <mark>rises</mark>, '
        'by <a href="https://example.org/x_(y)" onclick="track()">much</a>.</p></div><script>track()</script></article>',
        "## Tides\n\nIt <mark>rises</mark>, by [much](https://example.org/x_%28y%29).",
    ),
    "a web page: a picture with a caption": (
        '<figure><img src="https://example.org/a.jpg" srcset="a-2x.jpg 2x" alt="The sea"><figcaption>At noon</figcaption>'
        "</figure>",
        '![The sea](https://example.org/a.jpg "At noon")',
    ),
    "a web page: a table with a header and merged cells stays a table": (
        '<table class="wikitable"><tr><th>Port</th><th>Depth</th></tr><tr><td colspan="2">None</td></tr></table>',
        '<table><tbody><tr><th>Port</th><th>Depth</th></tr><tr><td colspan="2">None</td></tr></tbody></table>',
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_pasted_text_becomes_markdown(name):
    html, expected = TEXTS[name]
    assert clipboard.to_markdown(html).markdown == expected


@pytest.mark.parametrize(
    ("html", "note"),
    [
        (
            word('<p>Sea</p><img width=3 height=2 src="file:///C:/Temp/clip_image002.png" v:shapes="Picture_x0020_1">'),
            "1 picture is not on the clipboard: insert it from its file.",
        ),
        (
            '<img src="https://a.example/1.png"><img src="https://a.example/2.png">',
            "2 pictures stay at a.example: readers load them from there.",
        ),
        ("<p>Sea</p><form><input name=q></form>", "1 × <form>: does not come along."),
    ],
)
def test_what_does_not_come_along_is_said(html, note):
    assert clipboard.to_markdown(html).notes == [note]


def test_a_video_comes_as_the_address_of_its_page():
    html = '<p>See</p><iframe src="https://www.youtube-nocookie.com/embed/abc123"></iframe>'
    assert clipboard.to_markdown(html).markdown == "See\n\n<https://www.youtube.com/watch?v=abc123>"


def test_a_text_that_is_nested_too_deeply_is_refused():
    with pytest.raises(rendering.TooComplex, match="nested too deeply"):
        clipboard.to_markdown("<div>" * 300)


def test_a_text_of_too_many_elements_is_to_be_pasted_in_parts():
    with pytest.raises(rendering.TooComplex, match="in parts"):
        clipboard.to_markdown("<i>x</i>" * clipboard.MAX_TAGS)
