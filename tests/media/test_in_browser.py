"""Images in a real browser with a real server: uploading, the focal point, choosing a cover, no layout shift."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.axe import violations
from tests.editor.writing.conftest import save, wait_until, wait_until_held
from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

POST = """
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author
image = Image.objects.latest("id")
post = services.create_post(
    by=None, title="{title}", body=f"Before.\\n\\n{{image.markdown}}\\n\\nAfter.", status="published",
    authors=[Author.objects.get(slug="alice-adams")],
)
print(post.pk)
"""


@pytest.fixture
def alices_page(open_page_as):
    """Return a function that opens the admin as Alice in a window of 1280 × 900."""
    return lambda **options: open_page_as("alice", viewport={"width": 1280, "height": 900}, **options)


def picture(name: str, width: int = 1400, height: int = 900) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": files.jpeg(width, height)}


def upload(page, desk, *pictures: dict) -> None:
    page.goto(f"{desk.url}/admin/media/image/add/")
    page.set_input_files("#id_pictures", list(pictures))
    page.click("#upload_form [type=submit]")


def test_files_are_uploaded_one_by_one_and_an_invalid_one_is_reported_by_name(alices_page, desk):
    page = alices_page()
    svg = {"name": "drawing.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    upload(page, desk, picture("harbour.jpg"), svg)
    page.wait_for_selector(".uploads .refused")
    assert page.inner_text(".uploads .kept") == "harbour.jpg: is here"
    assert page.inner_text(".uploads .refused").startswith("drawing.svg: This is no picture that can be kept here")
    upload(page, desk, picture("tower.jpg", 1300), picture("lighthouse.jpg", 1310))
    page.wait_for_selector("#result_list")
    assert page.locator("#result_list .image-thumbnail").count() == 3
    all_loaded = "images => images.every(image => image.complete && image.naturalWidth > 0)"
    wait_until(page, f"({all_loaded})([...document.querySelectorAll('.image-thumbnail')])")
    assert [text for text in page.complaints if "415" not in text] == []


def test_the_pages_of_images_have_no_accessibility_violations(alices_page, desk):
    page = alices_page()
    upload(
        page, desk, picture("quay.jpg", 1360), {"name": "drawing.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    )
    page.wait_for_selector(".uploads .refused")
    assert violations(page) == []
    page.goto(f"{desk.url}/admin/media/image/")
    assert violations(page, within="#result_list") == []
    page.click("#result_list .field-picture a")
    page.wait_for_selector(".focal-mark")
    assert violations(page) == []
    with page.expect_navigation():
        page.click(".deletelink")
    assert violations(page) == []


def test_without_javascript_the_form_uploads_files(alices_page, desk):
    page = alices_page(java_script_enabled=False)
    upload(page, desk, picture("pier.jpg", 1320))
    assert "Say what it shows" in page.inner_text(".messagelist")


def test_a_click_on_the_image_sets_the_fields_of_the_focal_point(alices_page, desk):
    page = alices_page()
    upload(page, desk, picture("boat.jpg", 1330))
    page.wait_for_selector(".focal-mark")
    page.fill("#id_alt", "A boat")
    box = page.locator(".focal-point").bounding_box()
    page.locator(".focal-point").click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    assert [float(page.input_value(f"#id_focal_{side}")) for side in "xy"] == pytest.approx([0.25, 0.75], abs=0.02)
    mark = page.locator(".focal-mark").bounding_box()
    assert mark["x"] + mark["width"] / 2 == pytest.approx(box["x"] + box["width"] * 0.25, abs=4)
    save(page)
    assert "Saved the image" in page.inner_text(".messagelist")
    assert page.complaints == []


def test_a_cover_is_chosen_in_the_dialog_for_pictures_and_shown_to_readers(alices_page, desk):
    page = alices_page()
    upload(page, desk, picture("cover.jpg", 1340))
    page.wait_for_selector(".focal-mark")
    pk = desk.shell(POST.format(title="Tides")).split()[-1]
    page.goto(f"{desk.url}/admin/posts/post/{pk}/change/")
    page.click("#choose-cover")
    page.click(".picture-library label[title='cover.jpg']")
    page.click("#desk-picture [type=submit]")
    expect(page.locator("#id_cover_image")).not_to_have_value("")
    expect(page.locator(".cover-focal img")).to_be_visible()
    save(page)
    page.goto(f"{desk.url}/tides/")
    images = page.locator(".cover img, .prose img")
    assert images.count() == 2
    for image in images.all():
        image.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=image.element_handle())
        source = image.evaluate("image => image.currentSrc")
        assert re.fullmatch(rf"{desk.url}/media/[0-9a-f]{{64}}/(960|1340)\.avif", source)
        assert image.evaluate("image => image.naturalWidth > 0")
    page.goto(f"{desk.url}/")
    assert page.locator(".story-cover img").evaluate("image => image.getBoundingClientRect().width") > 100
    assert page.complaints == []


def collect_in(held_routes: list):
    def hold(route) -> None:
        held_routes.append(route)

    return hold


def test_loading_images_does_not_shift_the_layout(alices_page, desk, new_page):
    page = alices_page()
    upload(page, desk, picture("wall.jpg", 1350))
    page.wait_for_selector(".focal-mark")
    desk.shell(POST.format(title="Walls"))
    for width in (390, 1280):
        reader, held_routes = new_page(viewport={"width": width, "height": 900}), []
        reader.route("**/media/**", collect_in(held_routes))
        reader.goto(f"{desk.url}/walls/", wait_until="domcontentloaded")
        wait_until(reader, "[...document.querySelectorAll('link[rel=stylesheet]')].every((link) => link.sheet)")
        wait_until_held(reader, held_routes)
        before = reader.locator(".prose p:last-child").bounding_box()
        for route in held_routes:
            route.continue_()
        reader.wait_for_load_state("load")
        assert reader.locator(".prose img").evaluate("image => image.naturalWidth > 0")
        assert reader.locator(".prose p:last-child").bounding_box() == before
        assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
