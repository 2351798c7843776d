"""The layout of every kind of page, on phones to 4K: nothing overflows, lies over another thing or is cut off, and
neighbours are aligned, for any number of posts with and without pictures.

To look at the pages, set SCREENSHOTS to a folder: the test leaves a picture there of each state.
"""

import os
from itertools import product
from pathlib import Path

import pytest

from tests.frontend.layouts import ARRANGE, COVERS, FRONTS, PATHS, SEED

pytestmark = [pytest.mark.browser, pytest.mark.server]

WIDTHS = (320, 390, 768, 1024, 1440, 2560)
NUMBERS = (1, 3, 20)

FAULTS = """
() => {
    const faults = [];
    const named = node => node.outerHTML.slice(0, 90);
    const box = node => node.getBoundingClientRect();
    const seen = node => node.checkVisibility() && box(node).width && box(node).height;
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) faults.push(["page scrolls sideways", document.documentElement.scrollWidth]);
    for (const node of document.querySelectorAll("main *, header *, footer *")) {
        if (!seen(node) || node.closest("pre, .table-scroll, .visually-hidden, .comment-trap, .toc")) continue;
        const {left, right} = box(node);
        if (left < -1 || right > width + 1) faults.push(["out of the page", named(node)]);
        const style = getComputedStyle(node);
        if (style.overflowX === "hidden" && node.scrollWidth > node.clientWidth + 1 && style.webkitLineClamp === "none") faults.push(["cut off", named(node)]);
    }
    const texts = [...document.querySelectorAll("h1, h2, .story-summary, .byline, .tags, .dek, .cover, .prose > *, .story-cover, .masthead-name, .masthead-bar nav, .scheme, .toc, .footnotes li, .neighbours a, .related li, .pager a, .page-links a")].filter(node => seen(node) && !node.classList.contains("visually-hidden"));
    texts.forEach((one, index) => {
        for (const other of texts.slice(index + 1)) {
            if (one.contains(other) || other.contains(one)) continue;
            const a = box(one), b = box(other);
            if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1 && !one.matches(".footnotes") && !other.matches(".footnotes"))
                faults.push(["overlap", named(one), named(other)]);
        }
    });
    return faults;
}
"""

ROWS = """
() => {
    const rows = new Map();
    for (const story of document.querySelectorAll(".stories > .story")) {
        const {top, bottom, left, right} = story.getBoundingClientRect();
        const row = rows.get(Math.round(top)) ?? [];
        row.push([left, right, bottom]);
        rows.set(Math.round(top), row);
    }
    return [...rows.values()];
}
"""


@pytest.fixture(scope="module")
def site(serve):
    server = serve(HTTPS="0")
    server.shell(SEED)
    return server


@pytest.fixture
def reader(new_page):
    return new_page(viewport={"width": WIDTHS[0], "height": 900}, reduced_motion="reduce")


def keep(page, *name) -> None:
    """Leave a screenshot of the whole page, if a folder for these is set."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = Path(folder) / ("-".join(str(part).strip("/").replace("/", "_") or "home" for part in name) + ".png")
        page.screenshot(path=path, full_page=True)


def test_nothing_overflows_overlaps_or_is_cut_off_on_any_page(site, reader):
    for path in PATHS:
        reader.goto(site.url + path)
        for width in WIDTHS:
            reader.set_viewport_size({"width": width, "height": 900})
            assert reader.evaluate(FAULTS) == [], (path, width)
            keep(reader, path, width)


def test_pages_of_a_site_in_hebrew_are_mirrored_also_around_texts_in_english(serve, site, reader):
    mirrored = serve(HTTPS="0", LANGUAGE_CODE="he", database_url=site.env["DATABASE_URL"])
    for path in ("/", "/long/", "/pictures/", "/he/", "/tags/gardens/"):
        reader.goto(mirrored.url + path)
        assert reader.locator("html").get_attribute("dir") == "rtl"
        for width in WIDTHS:
            reader.set_viewport_size({"width": width, "height": 900})
            assert reader.evaluate(FAULTS) == [], (path, width)
            keep(reader, "rtl", path, width)


def test_nothing_is_wrong_with_a_site_without_posts(serve, reader):
    empty = serve(HTTPS="0")
    for path in ("/", "/archive/", "/tags/", "/search/?q=text"):
        reader.goto(empty.url + path)
        for width in WIDTHS:
            reader.set_viewport_size({"width": width, "height": 900})
            assert reader.evaluate(FAULTS) == [], (path, width)
            keep(reader, "empty", path, width)


@pytest.mark.parametrize(
    "front", [FRONTS[0], *(pytest.param(front, marks=pytest.mark.heavy) for front in FRONTS[1:])], ids=str
)
def test_lists_of_any_length_and_mixture_of_pictures_are_aligned(site, reader, front):
    for number, covers in product(NUMBERS, COVERS):
        reader.goto(site.url)
        reader.evaluate(ARRANGE, [front, number, covers])
        for width in WIDTHS:
            reader.set_viewport_size({"width": width, "height": 900})
            assert reader.evaluate(FAULTS) == [], (number, covers, width)
            rows = reader.evaluate(ROWS)
            for row in rows:
                # Posts of a row are of one height, and none is narrower than what it stands beside.
                for values in ([right - left for left, right, _bottom in row], [bottom for *_sides, bottom in row]):
                    assert max(values) - min(values) <= 1, (number, covers, width)
            if front == "paper":  # The last row has no hole.
                assert abs(rows[-1][-1][1] - rows[0][-1][1]) <= 1, (number, covers, width)
            keep(reader, front, number, covers, width)


@pytest.mark.parametrize("covers", ["all", "none"])
def test_the_first_post_has_its_text_beside_its_picture_or_its_summary(site, reader, covers):
    reader.set_viewport_size({"width": 1440, "height": 900})
    reader.goto(site.url)
    reader.evaluate(ARRANGE, ["paper", 3, covers])
    first = reader.locator(".lead > .story").first
    title = first.locator("h2").bounding_box()
    beside = first.locator(".story-cover" if covers == "all" else ".story-summary").bounding_box()
    byline = first.locator(".byline").bounding_box()
    assert title["x"] + title["width"] <= beside["x"]
    assert abs(title["y"] - beside["y"]) < 12
    assert abs(byline["x"] - (title if covers == "all" else beside)["x"]) <= 1


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_the_cover_stands_above_the_text_with_and_without_a_table_of_contents(site, reader, width):
    reader.set_viewport_size({"width": width, "height": 900})
    for path in ("/long/", "/post-3/"):
        reader.goto(site.url + path)
        head, cover, text = (reader.locator(name).bounding_box() for name in (".post-head", ".cover", ".prose"))
        assert head["y"] + head["height"] <= cover["y"]
        assert cover["y"] + cover["height"] <= text["y"]
    for path in ("/long/", "/bare/"):
        reader.goto(site.url + path)
        head, text, foot = (reader.locator(name).bounding_box() for name in (".post-head", ".prose", ".post-foot"))
        assert head["y"] + head["height"] <= text["y"]
        assert text["y"] + text["height"] <= foot["y"]


@pytest.mark.parametrize(("path", "most"), [("/", 130), ("/long/", 110)])
def test_on_a_phone_the_masthead_leaves_the_page_to_the_text(site, reader, path, most):
    reader.set_viewport_size({"width": 390, "height": 844})
    reader.goto(site.url + path)
    assert reader.locator(".masthead").bounding_box()["height"] <= most
    reader.get_by_role("link", name="Search").click()
    assert reader.get_by_role("searchbox").is_visible()


TOLD_AND_SHOWN = """
() => [...document.querySelectorAll("picture:has(source)")].filter(picture => picture.checkVisibility()).map(picture => {
    const probe = document.body.appendChild(document.createElement("div"));
    const entries = picture.querySelector("source").sizes.split(/,(?![^(]*\\))/).map(entry => entry.trim());
    const [, value] = entries.map(entry => /^(\\([^)]*\\))?\\s*(.*)$/s.exec(entry)).map(found => [found[1] ?? "all", found[2]])
        .find(([query]) => matchMedia(query).matches);
    // A rem of `sizes` is that of the browser, not of the page.
    probe.style.cssText = `position: absolute; max-width: none; width: ${value.replace(/([\\d.]+)rem/g, (_all, number) => `${number * 16}px`)}`;
    const told = probe.getBoundingClientRect().width;
    probe.remove();
    return [picture.closest("[class]").className, told, picture.querySelector("img").getBoundingClientRect().width];
})
"""


@pytest.mark.parametrize("path", ["/", "/pictures/", "/tags/gardens/"])
def test_the_sizes_of_pictures_are_those_at_which_they_are_shown(site, reader, path):
    reader.goto(site.url + path)
    for width in WIDTHS:
        reader.set_viewport_size({"width": width, "height": 900})
        found = reader.evaluate(TOLD_AND_SHOWN)
        assert len(found) > 3
        # The next larger file is at most twice as wide: a quarter more or less chooses the same, nearly always.
        assert [one for one in found if not 0.75 <= one[1] / one[2] <= 1.35] == [], width


def test_code_extends_beyond_the_text_on_both_sides_alike(site, reader):
    reader.set_viewport_size({"width": 1440, "height": 900})
    reader.goto(site.url + "/bare/")
    text, code = (reader.locator(name).first.bounding_box() for name in (".prose > p", ".prose > .highlight"))
    assert abs((text["x"] - code["x"]) - (code["x"] + code["width"] - text["x"] - text["width"])) <= 1


def test_notes_stand_beside_the_text_at_the_height_of_their_numbers_where_there_is_room(site, reader):
    reader.set_viewport_size({"width": 1440, "height": 900})
    reader.goto(site.url + "/long/")
    text = reader.locator(".prose > p").first.bounding_box()
    for number in (1, 2, 3):
        note, reference = (reader.locator(f"#{name}{number}").bounding_box() for name in ("fn", "fnref"))
        assert note["x"] >= text["x"] + text["width"]
        assert abs(note["y"] - reference["y"]) < 30
    reader.set_viewport_size({"width": 768, "height": 900})
    last, note = reader.locator(".prose > .highlight").last.bounding_box(), reader.locator("#fn1").bounding_box()
    assert note["y"] > last["y"]


def test_without_comments_print_has_no_heading_for_them(site, reader):
    reader.goto(site.url + "/post-3/")
    reader.emulate_media(media="print")
    assert not reader.locator(".comments").is_visible()
    reader.goto(site.url + "/long/")
    reader.emulate_media(media="print")
    assert reader.locator("#fn1").evaluate("note => getComputedStyle(note).position") == "static"
    keep(reader, "print")


def test_a_picture_of_a_gallery_opens_as_a_whole_by_keyboard(site, reader):
    reader.goto(site.url + "/pictures/")
    button = reader.get_by_role("button", name="Enlarge the picture").nth(1)
    button.focus()
    reader.keyboard.press("Enter")
    dialog = reader.get_by_role("dialog")
    assert dialog.get_by_text("Picture 1").is_visible()
    reader.keyboard.press("ArrowRight")
    assert dialog.get_by_text("Picture 2").is_visible()
    reader.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert reader.evaluate("document.activeElement.className") == "gallery-open"
    assert reader.evaluate("[...document.querySelectorAll('.gallery-open')].indexOf(document.activeElement)") == 2


GALLERY = """
number => {
    const gallery = document.querySelector(".gallery"), figures = [...gallery.children];
    for (const figure of figures.slice(number)) figure.remove();
    for (let next = figures.length; next < number; next++) gallery.append(figures[next % figures.length].cloneNode(true));
    const end = gallery.getBoundingClientRect().right, rows = new Map();
    for (const figure of gallery.children) rows.set(figure.offsetTop, figure.getBoundingClientRect().right - end);
    return [rows.size, Math.max(...[...rows.values()].map(Math.abs))];
}
"""
"""A script that gives a gallery that many pictures: how many rows it has, and what is missing at their ends."""


@pytest.mark.parametrize(
    ("width", "rows"),
    [(390, [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]), (1440, [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4])],
)
def test_the_rows_of_a_gallery_are_full_for_any_number_of_pictures(site, reader, width, rows):
    reader.set_viewport_size({"width": width, "height": 900})
    found = []
    for number in range(2, 14):
        reader.goto(site.url + "/pictures/")
        found.append(reader.evaluate(GALLERY, number))
    assert [count for count, _missing in found] == rows
    assert max(missing for _count, missing in found) <= 1


def test_a_gallery_needs_no_javascript(site, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(site.url + "/pictures/")
    assert page.locator(".gallery img").count() == 6
    assert page.locator(".gallery button").count() == 0


def test_readers_who_want_contrast_or_their_own_colours_get_them(site, new_page):
    for options in ({"contrast": "more"}, {"forced_colors": "active"}):
        page = new_page(viewport={"width": 1440, "height": 900}, **options)
        page.goto(site.url + "/long/")
        assert page.evaluate(FAULTS) == []
        keep(page, *options.values())
        width = page.locator(".prose .admonition").first.evaluate("node => getComputedStyle(node).borderTopWidth")
        assert width == "1px"
