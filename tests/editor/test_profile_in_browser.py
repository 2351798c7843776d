"""The profile, the start page with reviews and an author's page with a picture: axe finds nothing, and a picture is shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.axe import in_each_view, violations
from tests.media import files

pytestmark = [pytest.mark.browser, pytest.mark.server]

CREATE = """
from django.contrib.auth.models import Group, User
from apps.editor import reviews
from apps.posts import services
people = []
for name, group in (("alice", "Authors"), ("erika", "Editors")):
    user = User.objects.create_user(name, f"{name}@example.org", "a-long-password", is_staff=True, first_name=name.title())
    user.groups.set(Group.objects.filter(name=group))
    people.append((user, services.create_author(name=f"{name.title()} Adams", user=user)))
(alice, author), (erika, _) = people
post = services.create_post(by=alice, title="Tides", body="One line.", status="published", authors=[author])
reviews.ask(post, by=alice, reviewer=erika)
reviews.assign(post, erika, by=alice)
"""


@pytest.fixture(scope="module")
def desk(serve, tmp_path_factory):
    """A server with an author and an editor, and a post that waits for a review."""
    server = serve(MEDIA_ROOT=str(tmp_path_factory.mktemp("media")))
    server.shell(CREATE)
    return server


@pytest.fixture
def open_as(desk, new_page):
    """Return a function that opens a page of the desk as a user."""

    def open_page(name: str, path: str):
        page = new_page()
        page.context.add_cookies([desk.session(name)])
        page.goto(f"{desk.url}{path}")
        return page

    return open_page


def test_a_picture_is_uploaded_in_the_profile_and_shown_to_readers(desk, open_as):
    page = open_as("alice", "/admin/profile/")
    page.set_input_files("#own-picture", {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": files.jpeg()})
    with page.expect_navigation():
        page.click("#picture-form [type=submit]")
    expect(page.locator(".messagelist")).to_contain_text("Readers see your picture now.")
    for where in ("/authors/alice-adams/", "/tides/"):
        page.goto(f"{desk.url}{where}")
        picture = page.locator(".portrait img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("(image) => image.naturalWidth > 0")


@pytest.mark.parametrize(("name", "path"), [("alice", "/admin/profile/"), ("erika", "/admin/"), ("erika", "/tides/")])
def test_axe_finds_nothing_on_these_pages(name, path, open_as):
    page = open_as(name, path)
    for width, scheme in in_each_view(page, page.reload, (1440, 390)):
        assert violations(page, scheme=scheme) == [], (width, scheme)
