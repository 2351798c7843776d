"""How many presses a writer's tasks take, as in docs/editors.md. What is typed is not counted; a thumb may scroll."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.editor.writing.conftest import desk, open_page_as  # noqa: F401
from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

POSTS = "/admin/posts/post/"
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
ADD_CONTENT = """
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from apps.comments.services import create_comment
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import Author
from tests.media import files
anna = User.objects.create_user("anna", "anna@example.org", "a-long-password", is_staff=True)
anna.groups.set(Group.objects.filter(name="Administrators"))
for number in range(10):
    content = ContentFile(files.encode(files.photo(400 + number, 300), "PNG"), name=f"harbour-{number}.png")
    create_image(by=None, file=content, alt=f"Boat {number}")
author = Author.objects.get(slug="erika-adams")
tides = services.create_post(by=None, title="High tides", body="Text.", status="published", authors=[author])
for number in range(2):
    changed = services.create_post(by=None, title=f"Neap {number}", body="Text.", status="published")
    services.update_post(changed, by=None, expected_version=1, title=f"Neaps {number}")
services.create_post(by=None, title="Unfinished", body="Text.", authors=[author])
services.create_tag(name="Ocean")
for number in range(4):
    create_comment(by=None, post=tides, body=f"Well said {number}.", name="Rita")
"""


class Writer:
    """Somebody at the desk, whose presses are counted, and the scrolling before them."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.presses, self.scrolls = page, url, 0, 0

    def open(self, path: str) -> None:
        """Open a page of the desk, from where counting begins."""
        self.page.goto(self.url + path)
        self.presses = self.scrolls = 0

    def press(self, target: str | Locator) -> None:
        """Press a visible element, scrolling to it if it is not on the screen."""
        found = (self.page.locator(target) if isinstance(target, str) else target).first
        found.wait_for(state="visible")
        box, size = found.bounding_box(), self.page.viewport_size
        middle = box["y"] + box["height"] / 2
        self.scrolls += not 0 <= middle <= size["height"]
        found.click()
        self.presses += 1

    def press_button(self, name: str) -> None:
        """Press the visible button or link of this name."""
        named = self.page.get_by_role("button", name=name, exact=True)
        self.press(named.or_(self.page.get_by_role("link", name=name, exact=True)).filter(visible=True))

    def type(self, text: str) -> None:
        """Type where the cursor is."""
        self.page.keyboard.type(text)


@pytest.fixture(scope="module")
def filled_desk(desk):  # noqa: F811
    """The desk with posts, images and comments."""
    desk.shell(ADD_CONTENT)
    return desk


@pytest.fixture(params=["desktop", pytest.param("phone", marks=pytest.mark.heavy)])
def somebody(request, filled_desk, open_page_as):  # noqa: F811
    """Return a function that seats a user at a desktop computer, where nothing has to be scrolled to, or at a phone."""
    seated = []

    def sit_down(name: str) -> Writer:
        seated.append(Writer(open_page_as(name, viewport=SIZES[request.param]), filled_desk.url))
        return seated[0]

    yield sit_down
    assert request.param == "phone" or not any(each.scrolls for each in seated)


@pytest.fixture
def writer(somebody) -> Writer:
    """An editor."""
    return somebody("erika")


@pytest.fixture
def administrator(somebody) -> Writer:
    """An administrator."""
    return somebody("anna")


def test_after_logging_in_writing_and_publishing_takes_two_presses(writer):
    writer.open("/admin/")
    writer.press_button("Write a post")
    writer.page.fill("#id_title", "Low water")
    writer.page.fill("#id_body", "The quay is dry.")
    writer.press_button("Publish")
    expect(writer.page.locator(".bar-where")).to_contain_text("Published")
    assert (writer.presses, writer.scrolls) == (2, 0)


def test_an_own_post_is_linked_by_its_title_in_two_presses(writer):
    writer.open(f"{POSTS}add/")
    writer.page.fill("#id_body", "See ")
    writer.press("[data-command=link]")
    writer.type("high ti")
    writer.press("#desk-link-found [role=option]")
    expect(writer.page.locator("#id_body")).to_have_value(re.compile(r"See \[High tides\]\(/high-tides"))
    assert writer.presses == 2


def test_a_video_takes_its_address_alone(writer):
    writer.open(f"{POSTS}add/")
    writer.page.fill("#id_title", "A film")
    writer.page.fill("#id_body", "https://www.youtube.com/watch?v=abcdefghijk")
    writer.press_button("Publish")
    expect(writer.page.locator(".bar-where")).to_contain_text("Published")
    slug = writer.page.input_value("#id_slug")
    writer.page.goto(f"{writer.url}/{slug}/")
    expect(writer.page.locator(".embed")).to_contain_text("YouTube")
    assert writer.presses == 1


def test_a_picture_with_its_alternative_text_takes_two_presses(writer):
    writer.open(f"{POSTS}add/")
    writer.press("[data-command=image]")
    writer.press(".picture-library label")
    writer.page.keyboard.press("Enter")
    expect(writer.page.locator("#id_body")).to_have_value(re.compile(r"!\[Boat \d\]\(/media/"))
    assert writer.presses == 2


def test_ten_pictures_become_a_gallery_in_one_dialog(writer):
    writer.open(f"{POSTS}add/")
    writer.press("[data-command=image]")
    for number in range(10):
        writer.press(f".picture-library label[title='harbour-{number}.png']")
    writer.press_button("Insert as a gallery")
    expect(writer.page.locator("#id_body")).to_have_value(re.compile(r"(!\[Boat \d\]\(\S+\)\n?){10}"))
    assert writer.presses == 12


DROP = """(all) => {
  const data = new DataTransfer();
  for (const [name, bytes] of all) {
    data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, {type: "image/png"}));
  }
  document.getElementById("id_body").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_dropped_pictures_become_a_gallery_by_one_press_more(writer):
    writer.open(f"{POSTS}add/")
    width = writer.page.viewport_size["width"]
    pictures = [
        (f"pier-{number}.png", b64encode(files.encode(files.photo(width + number, 60), "PNG")).decode())
        for number in range(4)
    ]
    writer.page.evaluate(DROP, pictures)
    writer.presses += 1
    fields = writer.page.locator(".picture-fields [name=alt]")
    expect(fields).to_have_count(4)
    for number, field in enumerate(fields.all()):
        field.fill(f"Pier {number}")
    writer.press_button("Insert as a gallery")
    lines = r"\n".join(rf"!\[Pier {number}\]\(/media/\S+#pier-{number}\)" for number in range(4))
    expect(writer.page.locator("#id_body")).to_have_value(re.compile(lines))
    assert (writer.presses, writer.scrolls) == (2, 0)


def test_a_comment_is_approved_in_one_press_and_answered_in_two(writer):
    writer.open("/admin/")
    writer.press_button("Approve")
    expect(writer.page.locator(".messagelist")).to_contain_text("approved")
    assert writer.presses == 1
    writer.open("/admin/")
    writer.press(".answer summary")
    writer.page.locator(".answer[open] textarea").fill("Thank you.")
    writer.press_button("Publish the answer")
    expect(writer.page.locator(".messagelist")).to_contain_text("answer")
    assert writer.presses == 2


def test_somebody_is_invited_in_four_presses(administrator):
    administrator.open("/admin/")
    if administrator.page.viewport_size == SIZES["phone"]:
        administrator.press(".places summary")
    administrator.press(administrator.page.get_by_role("link", name="Users").filter(visible=True))
    administrator.press_button("Invite somebody")
    width = administrator.page.viewport_size["width"]
    address = f"ida-{width}@example.org"
    administrator.page.fill("#id_email", address)
    administrator.page.fill("#id_name", f"Ida {width}")
    administrator.press(administrator.page.get_by_label("Author", exact=False).filter(visible=True))
    administrator.press(administrator.page.locator("#content [type=submit]"))
    expect(administrator.page.locator(".messagelist")).to_contain_text(address)
    assert administrator.presses <= (5 if administrator.page.viewport_size == SIZES["phone"] else 4)


def test_tags_are_added_to_several_posts_in_three_presses_and_one_for_each_post(writer):
    writer.open(POSTS)
    writer.press("tr:has-text('High tides') input.action-select")
    writer.press(".action-tags .select2-selection")
    writer.type("Ocean")
    writer.press(".select2-results__option:text-is('Ocean')")
    writer.press_button("Add tags")
    expect(writer.page.locator(".messagelist")).to_contain_text("1 post was tagged.")
    assert writer.presses == 4
    writer.press_button("Undo")


def test_an_old_version_of_a_published_post_is_restored_in_four_presses_of_which_one_answers_a_question(writer):
    writer.open(POSTS)
    writer.press(writer.page.locator("#result_list a:has-text('Neaps')"))
    writer.presses = 0
    writer.press(".bar-more summary")
    writer.press_button("History")
    writer.press(writer.page.get_by_role("link", name="Restore version 1"))
    writer.press_button("Restore and publish at once")
    expect(writer.page.locator(".messagelist")).to_contain_text("Version 1 is back")
    assert writer.presses == 4


def test_scheduling_takes_three_presses(writer):
    writer.open(f"{POSTS}add/")
    writer.page.fill("#id_title", "Spring tide")
    writer.page.fill("#id_body", "Soon.")
    if not writer.page.locator("#id_published_at_0").is_visible():
        writer.press_button("Settings")
    writer.press("#id_published_at_0")
    writer.page.fill("#id_published_at_0", "2099-01-01")
    writer.page.fill("#id_published_at_1", "09:00")
    writer.press_button("Schedule")
    expect(writer.page.locator(".bar-where")).to_contain_text("Scheduled")
    assert writer.presses <= 3


def test_the_cover_and_its_focal_point_take_three_presses(writer):
    writer.open(f"{POSTS}add/")
    writer.page.fill("#id_title", "With a cover")
    if not writer.page.locator(".field-cover_image").is_visible():
        writer.press_button("Settings")  # On a phone, what belongs to the post is behind one button.
    behind = writer.presses
    writer.press("#choose-cover")
    writer.press(".picture-library label[title='harbour-3.png']")
    writer.page.keyboard.press("Enter")
    writer.press(".cover-focal")
    expect(writer.page.locator(".field-cover_image [role=status]")).to_have_text("The focal point is saved.")
    assert writer.presses - behind == 3


def test_changes_of_a_published_post_are_published_later_in_four_presses(writer):
    writer.open(POSTS)
    writer.press(writer.page.locator("#result_list a:text-is('High tides')"))
    writer.page.wait_for_selector("#id_summary")
    writer.presses = 0
    width = writer.page.viewport_size["width"]
    writer.page.fill("#id_summary", f"At {width} pixels.")
    writer.press_button("Save for later")
    writer.press(".bar-more summary")
    writer.press(writer.page.get_by_role("link", name=re.compile("Compare")).filter(visible=True))
    writer.page.fill("[name=moment_0]", "2099-01-01")
    writer.press("button[name=schedule]")
    expect(writer.page.locator(".messagelist")).to_contain_text("Readers see the changes from this moment on")
    assert writer.presses == 4


def test_an_entry_of_the_menu_is_moved_in_one_pull_and_saved_by_one_press(writer):
    writer.open("/admin/site/site/1/change/")
    handles = writer.page.locator("[data-menu=header] .move-handle")
    handles.nth(1).scroll_into_view_if_needed()
    first, second = (handles.nth(place).bounding_box() for place in (0, 1))
    writer.page.mouse.move(second["x"] + 5, second["y"] + 5)
    writer.page.mouse.down()
    writer.page.mouse.move(first["x"] + 5, first["y"] + 10, steps=4)
    writer.page.mouse.move(first["x"] + 5, first["y"] - 8, steps=4)
    writer.page.mouse.up()
    writer.press(".bar-main")
    expect(writer.page.locator(".messagelist")).to_contain_text("Saved the settings.")
    assert writer.presses == 1
