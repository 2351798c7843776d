"""Nothing is asked of another site before the reader presses the button of its card, and then that site alone."""

import pytest

from tests import axe

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = """
from apps.posts import services
body = "Words.\\n\\nhttps://youtu.be/dQw4w9WgXcQ\\n\\nhttps://mastodon.social/@somebody/123\\n\\nMore words."
services.create_post(by=None, title="A talk", slug="a-talk", body=body, status="published")
services.create_post(by=None, title="A note", slug="a-note", body="Words.", status="published")
"""
PLAYER = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=0"
SHOW = "Show the video from YouTube"


@pytest.fixture(scope="module")
def site(serve):
    server = serve(HTTPS="0")
    server.shell(SEED)
    return server


@pytest.fixture
def open_page(site, new_page):
    """Open a page; `asked` are the requests to other sites, which all get the same small page."""

    def open_page(path: str, **options):
        page, asked = new_page(**options), []

        def answer(route):
            asked.append((route.request.url, route.request.headers.get("referer", "")))
            route.fulfill(content_type="text/html", body="<title>Player</title><button>Play</button>")

        page.route(lambda url: not url.startswith(site.url), answer)
        page.goto(site.url + path)
        return page, asked

    return open_page


def test_a_card_asks_nobody_and_its_button_asks_one_site_for_one_frame(site, open_page):
    page, asked = open_page("/a-talk/")
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert page.locator("iframe").count() == 0
    page.get_by_role("button", name=SHOW).click()
    page.frame_locator("iframe").get_by_role("button", name="Play").wait_for()
    assert asked == [(PLAYER, f"{site.url}/")]
    frame = page.locator("iframe")
    assert {name: frame.get_attribute(name) for name in ("sandbox", "allow", "title")} == {
        "sandbox": "allow-scripts allow-same-origin allow-presentation allow-popups allow-popups-to-escape-sandbox",
        "allow": "fullscreen",
        "title": "Video on YouTube youtu.be/dQw4w9WgXcQ",
    }
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_button_works_by_keyboard_and_the_player_gets_the_focus(open_page):
    page, _asked = open_page("/a-talk/")
    page.get_by_role("button", name=SHOW).focus()
    page.keyboard.press("Enter")
    page.locator("iframe").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "IFRAME"


def test_the_page_does_not_move_when_scripts_run_or_a_video_is_shown(open_page):
    page, _asked = open_page("/a-talk/")
    height = "document.querySelector('.embed-wide').getBoundingClientRect().height"
    with_button = page.evaluate(height)
    page.evaluate("document.querySelector('.embed-wide .embed-stage').style.display = 'none'")
    assert page.evaluate(height) == with_button
    page.evaluate("document.querySelector('.embed-wide .embed-stage').style.display = ''")
    page.get_by_role("button", name=SHOW).click()
    page.locator("iframe").wait_for()
    assert page.evaluate(height) == with_button


@pytest.mark.parametrize("path", ["/a-talk/", "/a-note/"])
def test_a_page_cannot_frame_another_site(open_page, path):
    page, asked = open_page(path)
    console = []
    page.on("console", lambda message: console.append(message.text))
    page.evaluate(
        """() => {
            const frame = document.createElement("iframe");
            frame.src = "https://player.vimeo.com/video/1";
            document.body.append(frame);
            return new Promise((done) => { frame.onload = done; });
        }"""
    )
    assert asked == []
    assert any("Content Security Policy" in text for text in console)


def test_without_javascript_a_card_is_a_link(open_page):
    page, asked = open_page("/a-talk/", java_script_enabled=False)
    card = page.locator(".embed-wide")
    assert card.get_by_role("link", name="youtu.be/dQw4w9WgXcQ").get_attribute("href") == "https://youtu.be/dQw4w9WgXcQ"
    assert card.inner_text().split("\n") == ["Video on YouTube", "youtu.be/dQw4w9WgXcQ"]
    assert card.bounding_box()["height"] < 100
    assert asked == []


def test_cards_are_accessible_and_fit_a_phone(open_page):
    page, _asked = open_page("/a-talk/", viewport={"width": 320, "height": 640}, bypass_csp=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for scheme in axe.in_each_scheme(page):
        assert axe.violations(page, ".prose", scheme) == []
