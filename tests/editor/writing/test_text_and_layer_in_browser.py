"""The coloured layer behind the text lies exactly under the textarea's own: the cursor stands where the words are."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.server]

TEXT = (
    """# A heading that is long enough to need a second line on a phone, and perhaps a third one

Some *emphasis*, **strong** and `code`, a [link with words](https://example.org/a/rather/long/address?with=parameters), and
so on, until the line ends. 日本語の文章もここにあります。

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
