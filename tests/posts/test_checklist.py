"""The checks before publishing: warnings about the title, summary, images, links and headings of a text."""

import pytest

from apps.markdown import rendering
from apps.posts import checklist
from apps.posts.links import BrokenLink

GOOD_BODY = """A beginning.

## A section

See [the tide tables](https://example.org/tides) and ![A wave](/media/wave.png){width=600 height=400}.

### A part of it

Words.[^1]

[^1]: A note.
"""


def codes(body: str = GOOD_BODY, *, title: str = "Tides", summary: str = "About tides.", **more) -> list[str]:
    html = rendering.render(body).html
    return [remark.code for remark in checklist.check(title=title, summary=summary, body=body, html=html, **more)]


def texts(body: str = GOOD_BODY, **more) -> str:
    html = rendering.render(body).html
    return " ".join(
        remark.text for remark in checklist.check(title="Tides", summary="S.", body=body, html=html, **more)
    )


def test_a_good_text_has_no_warnings():
    assert codes() == []


def test_a_missing_title_and_one_too_long_for_search_engines_are_reported():
    assert codes(title=" ") == ["title"]
    assert codes(title="T" * 71) == ["title"]
    assert codes(title="T" * 71, seo_title="Tides") == []


def test_a_missing_summary_is_reported():
    assert codes(summary=" ") == ["summary"]


def test_an_image_without_an_alternative_text_is_reported():
    body = "![](/media/a.png){width=1 height=1}\n\n![b](/media/b.png){width=1 height=1}"
    assert codes(body) == ["alt"]
    assert "1 picture has no alternative text, for those who do not see it: /media/a.png" in texts(body)


def test_a_picture_that_is_said_to_be_decorative_is_named_apart_from_those_without_a_description():
    body = "![](/media/a.png){.decorative width=1 height=1}\n\n![](/media/b.png){width=1 height=1}"
    assert codes(body) == ["alt", "decorative"]
    assert "1 picture has no alternative text, for those who do not see it: /media/b.png" in texts(body)
    assert "1 picture is said to be decorative" in texts(body)
    assert "not told of it: /media/a.png" in texts(body)


def test_pictures_of_the_library_are_named_by_their_readable_names():
    address = f"/media/{'a' * 64}/1600.jpg"
    body = f'![]({address}#low-tide "At noon")\n\n![]({address.replace("a" * 64, "b" * 64)}#boat){{.wide .decorative}}'
    assert "for those who do not see it: low-tide" in texts(body)
    assert "not told of it: boat" in texts(body)


def test_a_decorative_picture_in_code_is_none():
    body = "```\n![](/media/a.png){.decorative}\n```\n\n![](/media/a.png){width=1 height=1}"
    assert codes(body) == ["alt"]


def test_broken_links_and_links_to_redirects_are_reported_separately():
    found = [BrokenLink("/nothing/", "missing"), BrokenLink("/old/", "moved", "/new/")]
    assert codes(broken=found) == ["links", "redirects"]
    assert "/nothing/ (there is nothing at this address)" in texts(broken=found)
    assert "/old/ (it has another address now: /new/)" in texts(broken=found)


@pytest.mark.parametrize("size", ["", "{width=600}", "{height=400}"])
def test_an_image_without_width_and_height_is_reported(size):
    assert codes(f"![A wave](/media/wave.png){size}") == ["image-size"]


def test_an_image_much_larger_than_it_is_shown_is_reported():
    assert codes("![A wave](/media/wave.png){width=2000 height=1000}") == []
    assert codes("![A wave](/media/wave.png){width=4000 height=3000}") == ["image-large"]


@pytest.mark.parametrize(
    "body",
    [
        '<img src="/media/w.png" srcset="/media/s.png 600w" alt="A wave" width="4000" height="3000">',
        '<picture><source srcset="/media/w.webp"><img src="/media/w.png" alt="A" width="4000" height="3000"></picture>',
    ],
)
def test_an_image_with_a_srcset_is_not_reported_as_too_large(body):
    assert codes(body) == []
    assert codes(body + "\n\n![A wave](/media/wave.png){width=4000 height=3000}") == ["image-large"]


@pytest.mark.parametrize("body", ["# First\n\nWords.", "First\n=====\n\nWords.", "<h1>First</h1>"])
def test_a_heading_of_the_first_level_is_reported(body):
    assert codes(body) == ["h1"]


@pytest.mark.parametrize("body", ["```sh\n# A comment\n```", "~~~\n# A comment\n=====\n~~~", "#hashtag", "    # code"])
def test_text_that_only_looks_like_a_heading_is_not_reported(body):
    assert codes(body) == []


@pytest.mark.parametrize("body", ["### Third", "## Second\n\n#### Fourth"])
def test_a_skipped_heading_level_is_reported(body):
    assert codes(body) == ["headings"]


def test_headings_may_go_back_several_levels():
    assert codes("## A\n\n### B\n\n#### C\n\n## D") == []


@pytest.mark.parametrize("words", ["here", "Click here", "HERE!", "hier", "read more", "https://example.org/a"])
def test_a_link_text_that_does_not_describe_its_target_is_reported(words):
    assert codes(f"[{words}](https://example.org/)") == ["link-text"]


def test_the_alternative_text_of_a_linked_image_is_the_link_text():
    picture = "![{}](/media/a.png){{width=1 height=1}}"
    assert codes(f"[{picture.format('The tide tables')}](https://example.org/)") == []
    assert "link-text" in codes(f"[{picture.format('')}](https://example.org/)")


def test_a_warning_lists_only_the_first_places():
    text = texts("\n\n".join(f"![](/media/{number}.png){{width=1 height=1}}" for number in range(9)))
    assert text.startswith("9 pictures have no alternative text")
    assert "/media/2.png, …" in text
    assert "/media/3.png" not in text


def test_html_that_cannot_be_kept_is_named():
    body = (
        "<iframe src='https://maps.example/x?a=1&amp;b=2'></iframe>\n\n<div><form><script src=//x.example/y.js></script>\n\n"
        "Words <i>and</i> words"
    )
    assert codes(body) == ["html"]
    expected = (
        "3 pieces of HTML cannot be kept and are left out: <iframe> https://maps.example/x?a=1&b=2, <form>, <script> "
    )
    assert expected + "//x.example/y.js" in texts(body)


def test_html_that_is_kept_or_shown_as_code_is_not_named():
    card = '<iframe width="560" src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'
    code = "<iframe src='https://maps.example/x'></iframe>"
    assert codes(f"{card}\n\n```html\n{code}\n```\n\nWrite `{code}` so.\n\n    {code}") == []
