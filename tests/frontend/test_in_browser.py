"""The pages in a real browser: a narrow screen, keyboard, dark scheme, no JavaScript, the content security policy."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = '''
from apps.posts import services
author = services.create_author(name="Alice Adams", bio="Writes.")
tag = services.create_tag(name="A-tag-of-one-single-and-quite-extraordinarily-long-word")
body = """A paragraph with a [link](https://example.org/), `code` and a note.[^1]

## Wide things

| a | b | c | d | e | f |
|---|---|---|---|---|---|
| something | something | something | something | something | something |

```python
def a_function_with_a_very_long_name(and_an_argument_with_a_long_name, another_argument_with_a_long_name): pass
```

https://example.org/{0}

[^1]: The note.
""".format("long" * 40)
name = "Briefe aus der Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk"
series = services.create_series(title=name, description=name)
for number in range(22):
    title = f"Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft {number}"
    services.create_post(by=None, title=title, slug=f"post-{number}", body=body, status="published",
                         authors=[author], tags=[tag], series=series)
services.create_post(by=None, title="About", kind="page", slug="about", body=body, status="published")
'''
TAG = "/tags/a-tag-of-one-single-and-quite-extraordinarily-long-word/"
SERIES = "/series/briefe-aus-der-donaudampfschifffahrtselektrizitaetenhauptbetriebswerk/"
PATHS = [
    "/",
    "/post-3/",
    "/about/",
    TAG,
    "/authors/alice-adams/",
    "/archive/",
    "/tags/",
    "/series/",
    SERIES,
    "/search/?q=para",
    "/nope/x",
]


@pytest.fixture(scope="module")
def site(serve):
    server = serve(HTTPS="0")
    server.shell(SEED)
    return server


def test_no_page_scrolls_sideways_or_violates_the_content_security_policy(site, new_page):
    page = new_page(viewport={"width": 320, "height": 640})
    console = []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    for path in PATHS:
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
    # The browser logs the page of PATHS that is meant to be missing.
    assert [text for text in console if "404" not in text] == []


def test_the_first_tab_stop_is_a_skip_link_and_focus_is_visible(site, new_page):
    page = new_page()
    page.goto(site.url + "/post-3/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip-link")
    assert skip.evaluate("link => link === document.activeElement")
    assert skip.evaluate("link => link.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize(("scheme", "is_dark"), [("dark", True), ("light", False)])
def test_the_colours_follow_the_system_s_scheme_and_text_has_contrast(site, new_page, scheme, is_dark):
    page = new_page(color_scheme=scheme)
    page.goto(site.url + "/post-3/")
    # Relative luminance and contrast as WCAG 2.2 defines them; 4.5 is its level AA for text.
    measured = page.evaluate(
        """() => {
            const luminance = color => {
                const [r, g, b] = color.match(/[\\d.]+/g).map(n => n / 255)
                    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = node => {
                const color = getComputedStyle(node).backgroundColor;
                return color === "rgba(0, 0, 0, 0)" ? behind(node.parentElement) : color;
            };
            const contrasts = [...document.querySelectorAll("main *, header *, footer *")]
                .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
                .map(node => {
                    const pair = [luminance(getComputedStyle(node).color), luminance(behind(node))].sort((a, b) => b - a);
                    return [(pair[0] + 0.05) / (pair[1] + 0.05), node.outerHTML.slice(0, 80)];
                });
            return {paper: luminance(getComputedStyle(document.body).backgroundColor), contrasts};
        }"""
    )
    assert (measured["paper"] < 0.05) is is_dark
    assert [found for found in measured["contrasts"] if found[0] < 4.5] == []


def test_search_posts_and_paging_work_without_javascript(site, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(site.url)
    page.get_by_role("searchbox").fill("paragraph")
    page.get_by_role("button", name="Search").click()
    page.locator("h2 a").first.click()
    assert page.locator(".prose").inner_text().startswith("A paragraph")
    page.goto(site.url)
    page.get_by_role("link", name="Older posts").click()
    assert page.locator("article").count() == 2


def test_the_stylesheet_and_the_icon_are_served(site, new_page):
    page = new_page()
    statuses = {}
    page.on("response", lambda response: statuses.update({response.url: response.status}))
    page.goto(site.url)
    assert any("broadsheet" in url and status == 200 for url, status in statuses.items())
    assert page.evaluate("getComputedStyle(document.querySelector('.masthead-name')).textAlign") == "center"
    icon = page.locator("link[rel=icon]").last.get_attribute("href")
    assert page.request.get(site.url + icon).status == 200


def test_a_link_is_copied_and_shared_where_the_browser_can(site, new_page):
    page = new_page()
    page.add_init_script("""
        window.shared = []; window.copied = [];
        navigator.share = async (what) => { window.shared.push(what); };
        Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { window.copied.push(text); }}});
    """)
    page.goto(site.url + "/about/")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_selector("button:text-is('Copied')")
    assert page.evaluate("window.shared[0].title") == "About"
    assert page.evaluate("[window.shared[0].url, window.copied[0]].every((url) => url.endsWith('/about/'))")


def test_a_feed_is_shown_as_a_page(site, new_page):
    page = new_page()
    for kind in ("atom", "rss"):
        page.goto(f"{site.url}/feed.{kind}")
        # The stylesheet applies: what is for programs is hidden, and the titles are not.
        shown = page.evaluate("""() => [...document.getElementsByTagName("*")]
            .filter((node) => getComputedStyle(node).display !== "none").map((node) => node.localName)""")
        assert {"title", "a"} <= set(shown), kind
        assert not {"id", "guid", "content", "encoded", "link"} & set(shown), kind
