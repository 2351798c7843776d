"""Every kind of page in light and dark, on a phone, a tablet and a wide screen: no layout shifts, no requests to other
hosts, no storage, and no findings of axe (https://github.com/dequelabs/axe-core)."""

import re
from functools import partial

import pytest

from tests.axe import in_each_scheme, in_each_view, resize, violations

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = '''
from apps.posts import services
author = services.create_author(name="Alice Adams", bio="Writes about gardens.", website="https://example.org/alice")
tags = [services.create_tag(name=name, description="What grows") for name in ("Gardens", "Books")]
part = """
## Part {0}

A paragraph with a [link](https://example.org/), `code`, *emphasis*, <kbd>Ctrl</kbd>, <abbr title="a">UTC</abbr>.[^{0}]

### Detail {0}

![A picture](/picture.svg "What it shows."){{width=60 height=100}}

![A picture whose size is not said](/picture.svg)

> A quotation.

- [x] done
- [ ] to do

Term
: Meaning

| a | b | c | d | e | f | g |
|---|---|---|---|--:|--:|--:|
| something | something | something | something | something | 1 | 2 |

```python
def a_function_with_a_very_long_name(and_an_argument_with_a_long_name, another_argument_with_a_long_name): pass
```

!!! warning
    Careful.

??? note "Folded"
    Within.

[^{0}]: A note.
"""
body = "".join(part.format(number) for number in range(1, 7)) + "word " * 600
series = services.create_series(title="Letters", description="One a month.")
common = dict(by=None, status="published", authors=[author], tags=tags, series=series)
for number in range(22):
    services.create_post(title=f"Post {number}", slug=f"post-{number}", body="A text. https://example.org/" + "long" * 60, **common)
services.create_post(title="A long read", slug="long", summary="What it is about.", body=body, **common)
for language, title, text in [
    ("ar", "القراءة من اليمين", "هذه فقرة باللغة العربية مع [رابط](https://example.org/) و `code` داخل السطر."),
    ("he", "לקרוא מימין", "זוהי פסקה בעברית."),
    ("ja", "縦のものを横に", "吾輩は猫である。*名前*はまだ無い。"),
]:
    services.create_post(title=title, slug=language, language=language, body=text, **common)
services.create_post(title="About", kind="page", slug="about", body="A page.", by=None, status="published")
gone = services.create_post(title="Gone", slug="gone", body="A text.", by=None, status="published")
services.trash_post(gone, by=None, expected_version=gone.version)
'''
PATHS = """/ /long/ /post-3/ /ar/ /he/ /ja/ /about/ /tags/ /tags/gardens/ /authors/alice-adams/ /archive/ /series/ /series/letters/ /search/
    /search/?q=text /search/?q=nothingatall /gone/ /nope/x""".split()
WIDTHS = (320, 768, 1440)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="500"><rect width="300" height="500"/></svg>'

SHIFTS = """
    window.shifted = [];
    const named = ({ node }) => node?.outerHTML?.slice(0, 100) ?? String(node?.textContent);
    new PerformanceObserver(list => window.shifted.push(...list.getEntries().map(entry => entry.sources.map(named))))
        .observe({ type: "layout-shift", buffered: true });
    addEventListener("securitypolicyviolation", event => console.error("CSP: " + event.blockedURI));
"""

PAINTED = "async () => { for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame); }"
"""A script that resolves when the page has been painted in its current state."""


@pytest.fixture(scope="module")
def site(serve):
    server = serve(HTTPS="0")
    server.shell(SEED)
    return server


@pytest.fixture
def reader(new_page, site):
    """A page with its console messages (`messages_logged`) and the origins of its requests (`origins`)."""
    page = new_page()
    page.messages_logged, page.origins = [], set()
    page.on("console", lambda message: page.messages_logged.append(message.text))
    page.on("pageerror", lambda error: page.messages_logged.append(str(error)))
    page.on("request", lambda sent: page.origins.add(re.match(r"\w+://[^/]+", sent.url)[0]))
    page.add_init_script(SHIFTS)
    page.route("**/picture.svg", send_picture)
    return page


def send_picture(route) -> None:
    """Fulfil the request for a picture."""
    route.fulfill(content_type="image/svg+xml", body=PICTURE)


def open_before_pictures_load(page, url: str) -> None:
    """Open a page whose pictures arrive only after the first paint, as on a slow connection."""
    paused = []

    def pause(route) -> None:
        paused.append(route)

    page.route("**/picture.svg", pause)
    page.goto(url, wait_until="domcontentloaded")
    page.evaluate(PAINTED)
    page.unroute("**/picture.svg", pause)
    for route in paused:
        send_picture(route)


def wait_for_pictures(page) -> None:
    """Wait until all pictures of a loaded page, including lazy ones, are loaded and painted."""
    page.evaluate(
        """async () => {
            for (const image of document.images) image.loading = "eager";
            await Promise.all([...document.images].map(image => image.decode()));
        }"""
    )
    page.evaluate(PAINTED)


def test_pages_have_no_overflow_layout_shift_console_error_foreign_request_or_storage(site, reader):
    for path in PATHS:
        resize(reader, WIDTHS[0])
        reader.goto(site.url + path)
        wait_for_pictures(reader)
        for width in WIDTHS:
            resize(reader, width)
            for scheme in in_each_scheme(reader):
                assert reader.evaluate("document.documentElement.scrollWidth") == width, (path, width, scheme)
    for width in WIDTHS:
        resize(reader, width)
        for path in ("/", "/long/"):
            for scheme in in_each_scheme(reader):
                open_before_pictures_load(reader, site.url + path)
                wait_for_pictures(reader)
                assert reader.evaluate("window.shifted") == [], (path, width, scheme)
    # The browser logs the pages of PATHS that are meant to be missing.
    assert [text for text in reader.messages_logged if not re.search("status of (404|410)", text)] == []
    assert reader.origins == {site.url}
    assert reader.context.cookies() == []
    assert reader.evaluate("localStorage.length") == 0


@pytest.mark.heavy
def test_axe_finds_no_violations_on_any_page(site, reader):
    for path in PATHS:
        for width, scheme in in_each_view(reader, partial(reader.goto, site.url + path), (WIDTHS[0], WIDTHS[-1])):
            assert violations(reader, scheme=scheme) == [], (path, width, scheme)


def test_the_chosen_scheme_persists_and_is_set_before_the_first_paint(site, new_page):
    page = new_page(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    page.goto(site.url)
    light = page.evaluate(paper)
    page.get_by_role("radio", name="Dark").check()
    dark = page.evaluate(paper)
    assert dark != light
    # Without the deferred script, only the inline script can have set the colours.
    page.route("**/*.js", lambda route: route.abort())
    page.goto(site.url + "/long/")
    assert page.evaluate(paper) == dark
    page.unroute("**/*.js")
    page.goto(site.url)
    assert page.get_by_role("radio", name="Dark").is_checked()
    page.keyboard.press("Tab")
    page.get_by_role("radio", name="Dark").focus()
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("radio", name="As the system").is_checked()
    assert page.evaluate(paper) == light
    assert page.evaluate("localStorage.length") == 0


def test_without_javascript_scheme_choice_and_copy_buttons_are_hidden(site, new_page):
    page = new_page(java_script_enabled=False, color_scheme="dark")
    page.goto(site.url + "/long/")
    assert page.locator(".highlight").count() == 6
    assert not page.get_by_role("radio").first.is_visible()
    assert page.get_by_role("button", name="Copy").count() == 0
    page.get_by_text("Contents").click()
    assert page.get_by_role("link", name="Part 4", exact=True).is_visible()


def test_code_is_copied_by_keyboard_and_the_copy_is_announced(site, new_page):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(site.url + "/long/")
    button = page.get_by_role("button", name="Copy").first
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()").startswith("def a_function")


@pytest.mark.parametrize(("width", "is_beside"), [(390, False), (1440, True)])
def test_the_table_of_contents_is_folded_above_the_text_or_sticky_beside_it(site, new_page, width, is_beside):
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(site.url + "/long/")
    assert (page.locator(".toc details").get_attribute("open") is not None) is is_beside
    if is_beside:
        # Smooth scrolling takes an unknown time.
        page.get_by_role("heading", name="Part 5").evaluate("heading => heading.scrollIntoView({behavior: 'instant'})")
        toc, text = page.locator(".toc").bounding_box(), page.locator(".prose").bounding_box()
        assert 0 <= toc["y"] < 900
        assert toc["x"] + toc["width"] <= text["x"]


def test_a_page_transfers_less_than_30_kb_and_90_kb_of_typefaces(site, new_page):
    page = new_page()
    page.route("**/picture.svg", send_picture)  # Not the page that says that it is not there.
    sizes = {True: 0, False: 0}

    def add(sent) -> None:
        sizes[sent.resource_type == "font"] += sent.sizes()["responseBodySize"]

    page.on("requestfinished", add)
    page.goto(site.url + "/long/", wait_until="networkidle")
    assert 0 < sizes[False] < 30_000
    assert 0 < sizes[True] < 90_000


def test_print_shows_link_addresses_and_hides_controls(site, new_page):
    page = new_page()
    page.goto(site.url + "/long/")
    page.emulate_media(media="print")
    link = page.locator(".prose a[href^='https:']").first
    assert "https://example.org/" in link.evaluate("link => getComputedStyle(link, '::after').content")
    for name in (".masthead nav", ".scheme", ".search-form", ".toc", ".neighbours", ".copy"):
        assert not page.locator(name).first.is_visible(), name


def test_tab_reaches_every_control_in_reading_order_with_a_visible_focus(site, new_page):
    page = new_page(viewport={"width": 1440, "height": 900})
    page.goto(site.url + "/post-3/")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {
                const found = document.activeElement;
                if (found === document.body) return null;
                const all = [...document.querySelectorAll("*")];
                const outlines = [found, found.closest("label") ?? found].map(node => getComputedStyle(node).outlineStyle);
                return [all.indexOf(found), outlines.some(style => style !== "none")];
            }"""
        )
        if place is None:
            break
        reached.append(place)
    assert [place for place, _has_outline in reached] == sorted({place for place, _has_outline in reached})
    assert all(has_outline for _place, has_outline in reached)
    every = page.locator("a[href]:visible, button:visible, summary:visible").count()
    assert len(reached) >= every
