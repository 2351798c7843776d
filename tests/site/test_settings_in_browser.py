"""The settings of the site in a browser: the preview, menus by pointer, keyboard and dialog, pictures, colours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from apps.core import content_state
from tests.axe import in_each_view, violations
from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

CONTENT = """
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from apps.media.services import create_image
from apps.posts import services
from tests.media import files
erika = User.objects.create_user("erika", "erika@example.org", "a-long-password", is_staff=True)
erika.groups.set(Group.objects.filter(name="Editors"))
User.objects.create_superuser("root", "root@example.org", "a-long-password")
services.create_post(by=erika, title="About the harbour", kind="page", body="Words.", status="published")
services.create_post(by=erika, title="Tides", body="High and low.", status="published")
create_image(by=erika, file=ContentFile(files.jpeg(600, 300), "rose-logo.jpg"))
"""
RESET = """
from apps.core import content_state
from apps.site import services
from apps.site.models import Link, Site
Site.objects.all().delete()
site = services.stored_site()
services.update_site(site, expected_version=site.version, **{fields!r})
content_state.bump()
"""
SETTINGS = "/admin/site/site/1/change/"


@pytest.fixture(scope="module")
def desk(serve, tmp_path_factory):
    server = serve(MEDIA_ROOT=str(tmp_path_factory.mktemp("media")))
    server.shell(CONTENT)
    return server


def reset(desk, **fields) -> None:
    """Set the settings back, but for some fields, and wait until the server's process shows that."""
    desk.shell(RESET.format(fields=fields))
    time.sleep(content_state.MAX_AGE_SECONDS)


@pytest.mark.parametrize("device", ["light", "dark"])
@pytest.mark.parametrize("site_default", ["system", "light", "dark"])
def test_the_logo_for_dark_pages_is_shown_where_pages_are_dark(desk, new_page, site_default, device):
    """Whether the device, the site or the reader says so; the other logo is not loaded."""
    logo, logo_dark = (f"/static/frontend/favicon.svg?{kind}" for kind in ("light", "dark"))
    reset(desk, logo=logo, logo_dark=logo_dark, scheme=site_default)
    page = new_page(color_scheme=device)
    loaded = []
    page.on("request", lambda request: "favicon.svg?" in request.url and loaded.append(request.url.partition("?")[2]))
    page.goto(f"{desk.url}/?{site_default}")
    shown = device if site_default == "system" else site_default
    logo = page.locator(".masthead-logo:visible")
    expect(logo).to_have_attribute("src", f"/static/frontend/favicon.svg?{shown}")
    expect(logo).to_have_js_property("complete", True)
    assert {*loaded} == {shown}
    other = "light" if shown == "dark" else "dark"
    page.check(f".scheme input[value={other}]", force=True)
    expect(logo).to_have_attribute("src", f"/static/frontend/favicon.svg?{other}")


@pytest.fixture
def open_settings(desk, new_page) -> Callable:
    """Return a function that opens the settings as they begin; `page.complaints` collects errors of the console."""
    reset(desk)

    def open_page(name: str = "erika", path: str = SETTINGS, **options):
        page = new_page(**options)
        page.context.add_cookies([desk.session(name)])
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{desk.url}{path}")
        return page

    return open_page


def entries(page) -> list[str]:
    """Return the words of the navigation's entries in their order."""
    fields = page.locator("[data-menu=header] .menu-entry:visible .menu-label input")
    return [field.input_value() for field in fields.all()]


def save(page) -> None:
    with page.expect_navigation():
        page.click(".bar-main")
    assert "Saved the settings." in page.inner_text(".messagelist")


def test_the_preview_follows_what_is_typed_and_nothing_is_saved(open_settings, desk):
    page = open_settings()
    frame = page.frame_locator("[name=site-preview]")
    expect(frame.locator(".masthead-name")).to_have_text("Broadsheet")
    page.fill("#id_name", "The Rose")
    expect(frame.locator(".masthead-name")).to_have_text("The Rose")
    page.check("[name=front_page][value=grid]")
    expect(frame.locator("html[data-front=grid]")).to_be_attached()
    page.select_option("[name=show]", "post")
    expect(frame.locator("h1")).to_have_text("Tides")
    assert page.input_value("#id_name") == "The Rose"
    assert page.evaluate("document.activeElement.name") != "site-preview"
    assert "The Rose" not in page.request.get(f"{desk.url}/").text()
    assert page.complaints == []


def test_colour_typefaces_and_front_page_are_chosen_by_one_press_each(open_settings, desk):
    page = open_settings()
    page.click(".accent-tools button >> nth=1")
    page.click("label:has([name=typefaces][value=sans])")
    page.click("label:has([name=front_page][value=grid])")
    accent = page.input_value("#id_accent")
    save(page)
    page.goto(desk.url)
    expect(page.locator("html[data-type=sans][data-front=grid]")).to_be_attached()
    theme = page.locator("link[href*=theme]").get_attribute("href")
    assert accent in page.request.get(f"{desk.url}{theme}").text()
    assert page.complaints == []


def test_an_entry_is_dragged_to_another_place(open_settings):
    page = open_settings(viewport={"width": 1280, "height": 1100})
    handle, target = (page.locator("[data-menu=header] .move-handle").nth(place).bounding_box() for place in (3, 0))
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(target["x"] + 5, target["y"] + 40, steps=4)
    page.mouse.move(target["x"] + 5, target["y"] - 8, steps=4)
    page.mouse.up()
    assert entries(page) == ["Feed", "Front page", "Archive", "Tags"]
    save(page)
    assert entries(page) == ["Feed", "Front page", "Archive", "Tags"]
    assert page.complaints == []


def test_entries_are_moved_by_the_keyboard_and_that_is_said(open_settings):
    page = open_settings()
    page.locator("[data-menu=header] .move-handle").nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert entries(page) == ["Archive", "Tags", "Front page", "Feed"]
    expect(page.locator("#menu-said")).to_have_text("Front page is now number 3 of 4.")
    page.locator("[data-menu=header] [aria-label='Move up']").nth(3).press("Enter")
    assert entries(page) == ["Archive", "Tags", "Feed", "Front page"]
    assert page.complaints == []


def test_an_entry_for_a_page_is_found_by_words(open_settings, desk):
    page = open_settings()
    page.locator(".menu-add button").first.click()
    page.keyboard.type("harbour")
    page.locator("#desk-link-found [role=option]").first.click()
    expect(page.locator("[data-menu=header] .menu-entry:visible")).to_have_count(5)
    assert entries(page)[-1] == "About the harbour"
    page.locator(".menu-add button").nth(2).click()
    page.keyboard.type("https://social.example/@rose")
    page.fill("#desk-link-text", "Mastodon")
    page.click("#desk-link [type=submit]")
    save(page)
    page.goto(f"{desk.url}/")
    assert page.locator(".masthead nav li:not(.search-link) a").last.get_attribute("href") == "/about-the-harbour/"
    assert page.locator(".colophon a[rel~=me]").get_attribute("href") == "https://social.example/@rose"
    assert page.complaints == []


def test_the_logo_is_chosen_in_the_dialog_for_pictures(open_settings, desk):
    page = open_settings()
    page.click("#id_logo ~ button")
    page.click(".picture-library label[title='rose-logo.jpg']")
    page.click("#desk-picture [type=submit]")
    expect(page.locator("#id_logo")).to_have_value(re.compile(r"/media/[0-9a-f]{64}/\d+\.webp#rose-logo"))
    expect(page.locator("#id_logo ~ img")).to_be_visible()
    save(page)
    page.goto(f"{desk.url}/")
    assert page.locator(".masthead-logo").evaluate("image => image.naturalWidth") > 0
    assert page.complaints == []


def test_a_logo_is_uploaded_by_one_button(open_settings):
    page = open_settings()
    page.fill("#id_logo", "")
    with page.expect_file_chooser() as chosen:
        page.locator("#id_logo ~ button", has_text="Upload").click()
    content = files.jpeg(640, 480)
    chosen.value.set_files({"name": "crest.jpg", "mimeType": "image/jpeg", "buffer": content})
    expect(page.locator("#id_logo")).to_have_value(re.compile(r"/media/[0-9a-f]{64}/\d+\.webp#crest"))
    expect(page.locator("#id_logo ~ img")).to_be_visible()
    assert page.complaints == []


def test_of_a_colour_that_cannot_be_read_it_is_said_what_is_used(open_settings):
    page = open_settings()
    page.fill("#id_accent", "#ffcc00")
    expect(page.locator("#accent-uses li").first).to_contain_text("your colour has a contrast of 1.3 there")
    page.click(".accent-tools button[value='#1d4f7c']")
    assert page.input_value("#id_accent") == "#1d4f7c"
    expect(page.locator("#accent-uses li").first).to_contain_text("#1d4f7c on light paper")
    frame = page.frame_locator("[name=site-preview]")
    expect(frame.locator(".masthead [aria-current]").last).to_have_css("color", "rgb(29, 79, 124)")
    save(page)
    assert page.complaints == []


def test_without_javascript_entries_are_typed_and_moved_and_the_preview_has_a_button(open_settings):
    page = open_settings(java_script_enabled=False)
    page.fill("#id_links-4-label", "About")
    page.fill("#id_links-4-address", "/about/")
    page.locator("#id_links-4-label").locator("xpath=ancestor::li").locator("[value='links-4:up']").click()
    assert entries(page)[:5] == ["Front page", "Archive", "Tags", "About", "Feed"]
    page.click("[name=_preview]")
    expect(page.frame_locator("[name=site-preview]").locator(".masthead nav")).to_contain_text("About")
    save(page)
    assert entries(page) == ["Front page", "Archive", "Tags", "About", "Feed", ""]


def test_a_stylesheet_is_tried_and_used(open_settings, desk):
    page = open_settings("root", "/admin/site/site/stylesheet/")
    page.fill("#id_css", ".masthead-name a { color: rgb(1, 2, 3) }")
    name = page.frame_locator("[name=site-preview]").locator(".masthead-name a")
    expect(name).to_have_css("color", "rgb(1, 2, 3)")
    with page.expect_navigation():
        page.click("[name=_save]")
    assert "The stylesheet is used now." in page.inner_text(".messagelist")
    page.goto(f"{desk.url}/")
    expect(page.locator(".masthead-name a")).to_have_css("color", "rgb(1, 2, 3)")
    page.goto(f"{desk.url}/admin/site/site/stylesheet/")
    with page.expect_navigation():
        page.click("[name=_remove]")
    page.goto(f"{desk.url}/")
    expect(page.locator(".masthead-name a")).not_to_have_css("color", "rgb(1, 2, 3)")
    assert page.complaints == []


@pytest.mark.parametrize("path", [SETTINGS, "/admin/site/site/stylesheet/"])
def test_axe_finds_nothing_in_either_scheme_and_on_a_phone(open_settings, path):
    page = open_settings("root", path)
    for width, scheme in in_each_view(page, page.reload, (1440, 320)):
        assert violations(page, scheme=scheme) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, scheme)
