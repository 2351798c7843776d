"""The writing page by keyboard: few keys lead to the main button, and everything is reached and seen in focus."""

from __future__ import annotations

import pytest

from tests.editor.writing.conftest import write

pytestmark = [pytest.mark.browser, pytest.mark.server]

MAX_TABS = 6
"""Presses of Tab from the title to the button that publishes."""
MAX_STOPS = 160
WITH_PICTURES = "Text.\n\n" + "".join(f"![Wave](/media/{'ab' * 32}/{480 + number}.webp)\n\n" for number in range(3))

# What Tab should reach: of a toolbar, a list of pictures or a picker, the one part that the arrow keys go on from.
FIND_CONTROLS = """
() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true })
    && !element.closest("dialog, .select2-selection__choice, .select2-search--inline") && element.getClientRects().length)
  .map((element, number) => { element.dataset.testStop = number; return number; })
"""
DESCRIBE_FOCUS = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const look = () => {
    let found = "";
    for (let part = element, depth = 0; part && depth < 5; part = part.parentElement, depth += 1) {
      const style = getComputedStyle(part);
      const outline = style.outlineStyle === "none" || parseFloat(style.outlineWidth) === 0 ? "" : `${style.outlineStyle} ${style.outlineColor}`;
      found += `${outline}|${style.boxShadow}|${style.borderColor}|${style.backgroundColor}|${style.textDecorationLine}\\n`;
    }
    return found;
  };
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + Math.min(box.width / 2, 40), box.top + Math.min(box.height / 2, 12)];
  const above = document.elementFromPoint(x, y);
  const isUnderTheMenu = above?.closest(".bar-more > div") && !element.closest(".bar-more");
  const isCovered = !isUnderTheMenu && (!above || !(element.contains(above) || above.contains(element) || above.closest("label")?.contains(element)));
  const focused = look();
  element.style.transition = "none";
  element.blur();
  const blurred = look();
  element.focus({ focusVisible: true, preventScroll: true });
  const name = `${element.localName}#${element.id}.${element.className} ${(element.textContent || element.name || "").trim().slice(0, 30)}`;
  return { name, stop: element.dataset.testStop ?? null, isSeen: focused !== blurred, isCovered };
}
"""


@pytest.fixture
def open_form(desk, open_page_as):
    def open_page(text: str = "Text.", **options):
        code = (
            f"from apps.posts import services; print(services.create_post(by=None, title='By key', body={text!r}).pk)"
        )
        page = open_page_as("erika", **options)
        page.goto(f"{desk.url}/admin/posts/post/{desk.shell(code).split()[-1]}/change/")
        page.wait_for_selector(".editor.is-ready")
        return page

    return open_page


@pytest.mark.parametrize("text", ["Text.", WITH_PICTURES], ids=["words", "pictures"])
def test_from_the_title_to_the_main_button_it_is_at_most_six_tabs(text, open_form):
    page = open_form(text)
    page.focus("#id_title")
    stops = []
    while not page.evaluate("document.activeElement.matches('button[name=_publish]')"):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.className || document.activeElement.id"))
        assert len(stops) <= MAX_TABS, stops


def test_tab_leads_from_the_title_over_the_summary_into_the_text(open_form):
    page = open_form("")
    page.focus("#id_title")
    for name in ("id_summary", "id_body"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == name


@pytest.fixture
def write_in(open_form):
    """Return a function that writes in the text of a form, at its end, and returns the page."""

    def begin(text: str, *parts: str):
        page = open_form(text)
        page.focus("#id_body")
        write(page, "Control+End", *parts)
        return page

    return begin


def test_after_saving_one_writes_on_where_one_was(write_in):
    page = write_in("Low water at nine. High water at three.")
    page.evaluate("document.activeElement.setSelectionRange(17, 17)")
    write(page, ", or so", "Control+s")
    page.wait_for_selector(".messagelist .success")
    page.wait_for_function("document.activeElement.id === 'id_body'")
    write(page, " they say")
    assert page.input_value("#id_body") == "Low water at nine, or so they say. High water at three."


@pytest.mark.parametrize(
    ("text", "parts", "expected"),
    [
        ("At nine", ["Control+Shift+E", "foot", "Enter"], "At nine[^1]\n\n[^1]:"),
        (
            "At nine",
            ["Control+Shift+E", "hea", "Backspace", "Backspace", "Backspace", "foot", "Enter"],
            "At nine[^1]\n\n[^1]:",
        ),
        ("At nine", ["Control+Shift+E", "footx", " sharp"], "At nine sharp"),
        ("", ["/foot", "Enter"], "[^1]\n\n[^1]:"),
        ("", ["/vid", "Enter", "vimeo.com/76979871"], "vimeo.com/76979871"),
        ("", ["/youtube", "Enter", "vimeo.com/76979871"], "vimeo.com/76979871"),
        ("", ["/separator", "Enter"], "---"),
    ],
)
def test_letters_choose_what_the_menu_inserts_and_are_no_part_of_the_text(text, parts, expected, write_in):
    assert write_in(text, *parts).input_value("#id_body").strip() == expected


@pytest.mark.parametrize("lines", [1, 14, 40])
def test_the_menu_of_insertions_is_whole_and_stays_at_the_line_of_the_cursor(lines, open_form):
    page = open_form("Words.\n\n" * lines, viewport={"width": 390, "height": 844})
    page.focus("#id_body")
    write(page, "Control+End", "Enter", "Enter", "/")
    menu, last = page.locator(".insert-menu"), page.locator(".editor-layer > div > div").last
    below_bars = page.locator(".editor-tools").bounding_box()
    for letters in ("", "ta"):
        page.keyboard.type(letters)
        box, line = menu.bounding_box(), last.bounding_box()
        assert box["y"] >= below_bars["y"] + below_bars["height"]
        assert box["y"] + box["height"] <= 844
        gaps = (line["y"] - box["y"] - box["height"], box["y"] - line["y"] - line["height"])
        assert 0 <= max(gaps) <= 12


def test_on_a_phone_the_settings_begin_below_the_bar(open_form):
    page = open_form(viewport={"width": 390, "height": 844})
    page.click(".bar-panel")
    bar, head = (page.locator(name).first.bounding_box() for name in (".bar", "#panel summary"))
    assert head["y"] >= bar["y"] + bar["height"] - 1


# As long as the words of any language that are given.
LONG_WORDS = """words => Object.entries(words).forEach(([name, text]) => {
  document.querySelector(`.bar ${name}`).textContent = text;
})"""
GERMAN = {
    ".bar-where": "Veröffentlicht am 24. November 2026",
    ".bar-buttons > [type=submit]": "Für später speichern",
    ".bar-main": "Änderungen veröffentlichen",
    ".previewlink": "Vorschau",
    ".bar-panel": "Einstellungen",
}


@pytest.mark.parametrize("words", [{}, GERMAN])
def test_on_a_phone_the_bar_has_two_rows_from_which_all_is_reached(words, open_form):
    page = open_form(viewport={"width": 390, "height": 844})
    page.evaluate(LONG_WORDS, words)
    page.fill("#id_body", "Other words.")
    page.wait_for_selector(".editor-status:not(:empty)")
    shown = page.locator(".bar :is(button, .previewlink, summary, .bar-back, .bar-where):visible")
    boxes = [element.bounding_box() for element in shown.all()]
    assert len(boxes) == 7
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    middles = sorted(box["y"] + box["height"] / 2 for box in boxes)
    rows = 1 + sum(below - above > 8 for above, below in zip(middles, middles[1:], strict=False))
    assert rows == 2
    assert page.locator(".bar").bounding_box()["height"] <= 110


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_everything_is_reached_by_tab_and_seen_in_focus(width, scheme, open_form):
    page = open_form(viewport={"width": width, "height": 900}, color_scheme=scheme)
    if width < 1024:
        page.click(".bar-panel")
    page.evaluate("document.querySelectorAll('details.panel-group').forEach((group) => { group.open = true; })")
    page.evaluate("document.querySelector('.bar-more').open = true")
    expected = set(page.evaluate(FIND_CONTROLS))
    page.evaluate("scrollTo(0, 0)")
    page.focus(".skip-to-content-link")
    reached, unseen, covered, last = set(), [], [], None
    for _press in range(MAX_STOPS):
        # An input for a date has several stops: its day, month and year. (Describing it would begin anew with the first.)
        if last is not None and page.evaluate("document.activeElement.dataset.testStop") == last:
            page.keyboard.press("Tab")
            continue
        found = page.evaluate(DESCRIBE_FOCUS)
        if found is None or (found["stop"] is not None and int(found["stop"]) in reached):
            break
        last = found["stop"]
        if last is not None:
            reached.add(int(last))
        if not found["isSeen"]:
            unseen.append(found["name"])
        if found["isCovered"]:
            covered.append(found["name"])
        page.keyboard.press("Tab")
    missed = [
        page.evaluate("(stop) => document.querySelector(`[data-test-stop='${stop}']`).outerHTML.slice(0, 120)", stop)
        for stop in sorted(expected - reached)
    ]
    assert not missed, missed
    assert not unseen, unseen
    assert not covered, covered
