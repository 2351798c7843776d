"""The coloured layer behind the text lies exactly under the textarea's own: the cursor stands where the words are."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.server]

TEXT = (
    """# A heading that is long enough to need a second line on a phone, and perhaps a third one

Some *emphasis*, **strong** and `code`, a [link with words](https://example.org/a/rather/long/address?with=parameters), and
so on, until the line ends. 日本語の文章もここにあります。

Before it ![Low tide](/media/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/1600.jpg#low-tide) and after it.

- [ ] a task, with words enough that it does not fit into one line of a narrow window

```python
print("a line of code that is longer than a phone is wide, as they often are")
```
"""
    * 4
)
PLACES = """() => {
  const [area, lines] = [document.getElementById("id_body"), document.querySelector(".editor-layer > div")];
  const [one, other] = [area, lines].map((element) => getComputedStyle(element));
  const names = ["fontFamily", "fontSize", "lineHeight", "paddingTop", "paddingLeft", "paddingRight", "letterSpacing", "tabSize"];
  return {
    different: names.filter((name) => one[name] !== other[name]),
    widths: [area.clientWidth, lines.offsetWidth],
    heights: [area.scrollHeight, lines.scrollHeight],
    text: [area.value, [...lines.children].map((line) => line.source).join("\\n")],
  };
}"""


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_both_have_the_same_type_width_and_lines(width, open_page_as, post_url):
    page = open_page_as("erika", viewport={"width": width, "height": 900})
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill("#id_body", TEXT)
    found = page.evaluate(PLACES)
    assert found["different"] == []
    assert len({*found["widths"]}) == 1
    assert len({*found["heights"]}) == 1
    assert len({*found["text"]}) == 1


LONG = (
    "Before it ![Low tide](/media/"
    + "0123456789abcdef" * 4
    + '/1600.jpg#low-tide "A caption of the picture") and after it, '
    "as well as ![](/media/"
    + "fedcba98"
    * 8
    + "/1600.jpg#a-long-name-of-a-picture-that-needs-its-room){.wide} with words,\n\n"
    "[a link](https://example.org/"
    + "a-rather-long-part/" * 9
    + "?with=parameters&and=others) and words that go on behind it.\n"
)
# What is shown of a character in the layer, in the window's coordinates, after the page was scrolled to it.
SHOWN = """(at) => {
  const lines = document.querySelector(".editor-layer > div");
  const texts = [...lines.children].map((line) => line.source);
  let [row, left] = [0, at];
  while (left > texts[row].length) left -= texts[row++].length + 1;
  const walk = document.createTreeWalker(lines.children[row], NodeFilter.SHOW_TEXT);
  let node = walk.nextNode();
  while (left >= node.length) [left, node] = [left - node.length, walk.nextNode()];
  node.parentElement.scrollIntoView({block: "center", behavior: "instant"});
  const range = document.createRange();
  range.setStart(node, left);
  range.setEnd(node, left + 1);
  const {left: x, top, width, height} = range.getBoundingClientRect();
  return [x + width / 4, top + height / 2];
}"""


@pytest.mark.parametrize("width", [390, 1440])
def test_a_click_on_a_shown_character_puts_the_cursor_before_it_also_behind_long_addresses(
    width, open_page_as, post_url
):
    page = open_page_as("erika", viewport={"width": width, "height": 900})
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill("#id_body", LONG)
    page.evaluate("document.fonts.ready")
    places = [at for at in range(0, len(LONG), 19) if not LONG[at].isspace()]
    reached = []
    for at in places:
        page.mouse.click(*page.evaluate(SHOWN, at))
        reached.append(page.evaluate("document.activeElement.selectionStart"))
    assert reached == places


def test_of_a_picture_the_layer_shows_its_name_in_place_of_its_digest(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill("#id_body", TEXT)
    shown = page.locator(".editor-layer .digest").first
    assert shown.get_attribute("data-name") == "low-tide"
    content, colour = shown.evaluate("e => [getComputedStyle(e, '::after').content, getComputedStyle(e).color]")
    assert (content, colour) == ('"low-tide"', "rgba(0, 0, 0, 0)")
    assert "#low-tide) and after it." in page.input_value("#id_body")
    # The room of the address is seen as one thing, and not as a hole in the text.
    colours = page.evaluate("""() => ["rgba(0, 0, 0, 0)", ...[".digest", ".quiet"].map(
        (name) => getComputedStyle(document.querySelector(`.editor-layer ${name}`)).backgroundColor)]""")
    assert colours[1] not in {colours[0], colours[2]}


def test_the_address_is_shown_as_it_is_while_the_cursor_is_in_its_line(open_page_as, post_url):
    page = open_page_as("erika")
    page.goto(post_url)
    page.wait_for_selector(".editor.is-ready")
    page.fill("#id_body", f"Above.\n\n![Low tide](/media/{'a' * 64}/1600.jpg#low-tide)")
    edited = page.locator(".editor-layer .is-edited .digest")
    page.focus("#id_body")
    page.keyboard.press("Control+End")
    edited.wait_for()
    assert edited.evaluate("e => getComputedStyle(e, '::after').content") == "none"
    page.keyboard.press("Control+Home")
    edited.wait_for(state="detached")
