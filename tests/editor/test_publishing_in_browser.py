"""Publishing in a browser: restoring, scheduling, undoing, preview links, keyboard operation and accessibility."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.axe import in_each_view, violations
from tests.editor.writing.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.server]

BERLIN = ZoneInfo("Europe/Berlin")
CREATE_USER = """
from django.contrib.auth.models import Group, User
from apps.posts import services
user = User.objects.create_user("erika", "erika@example.org", "a-long-password", is_staff=True)
user.groups.set(Group.objects.filter(name="Editors"))
services.create_author(name="Erika Adams", user=user)
services.create_author(name="Alice Adams")
"""
CREATE_POST = """
from apps.posts import services
post = services.create_post(by=None, title={title!r}, body={body!r}, status={status!r})
print(post.pk)
"""
CREATE_VERSIONS = """
from apps.posts import services
from apps.posts.models import Author
first = services.create_post(by=None, title="The first text", status="published")
post = services.create_post(
    by=None, title="Old title", slug="old-slug", summary="Old summary.", body="Old text.", status="published",
    kind="page", language="de", translation_of=first, comments_allowed=False, seo_title="Old SEO title",
    seo_description="Old SEO description", canonical_url="https://example.org/old",
    tags=services.tags_named(["Sea", "Sun"]), authors=[Author.objects.get(name="Alice Adams")],
)
services.update_post(
    post, by=None, expected_version=1, title="New title", slug="new-slug", summary="New summary.", body="New text.",
    kind="post", language="en", translation_of=None, comments_allowed=True, seo_title="New", seo_description="New",
    canonical_url="", tags=[], authors=[Author.objects.get(name="Erika Adams")],
)
print(post.pk)
"""
TEXT = "See [here](/nothing/).\n\n#### Too deep\n\n![](/media/wave.png)"


@pytest.fixture(scope="module")
def desk(serve):
    server = serve()
    server.shell(CREATE_USER)
    return server


@pytest.fixture
def make(desk):
    """Return a function that creates a post and returns the URL of its form."""

    def write(title: str, body: str = "Text.", status: str = "draft") -> str:
        pk = desk.shell(CREATE_POST.format(title=title, body=body, status=status)).split()[-1]
        return f"{desk.url}/admin/posts/post/{pk}/change/"

    return write


@pytest.fixture
def erika(desk, new_page):
    """Return a function that opens a page in Erika's browser in Berlin; `page.complaints` collects console errors."""

    def open_page(**options):
        page = new_page(timezone_id="Europe/Berlin", **options)
        page.context.add_cookies([desk.session("erika")])
        if options.get("java_script_enabled", True):  # As the script of the login page sets it.
            zone = {"name": "desk_zone", "value": "Europe/Berlin", "url": f"{desk.url}/admin/"}
            page.context.add_cookies([zone])
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    return open_page


def expect_message(page, text: str) -> None:
    """Wait until the messages contain a text."""
    expect(page.locator(".messagelist")).to_contain_text(text)


def test_restoring_an_old_version_restores_every_field(desk, erika):
    pk = desk.shell(CREATE_VERSIONS).split()[-1]
    page = erika()
    page.goto(f"{desk.url}/admin/posts/post/{pk}/history/")
    page.click("text=Version 1")
    expect(page.locator("#content")).to_contain_text("Whether and when the post is published stays as it is.")
    page.click("input[value='Restore and publish at once']")
    expect_message(page, "Version 1 is back, as version 3.")
    page.click("summary:has-text('Search engines')")
    typed = {
        "#id_title": "Old title",
        "#id_slug": "old-slug",
        "#id_summary": "Old summary.",
        "#id_body": "Old text.",
        "#id_kind": "page",
        "#id_language": "de",
        "#id_seo_title": "Old SEO title",
        "#id_seo_description": "Old SEO description",
        "#id_canonical_url": "https://example.org/old",
    }
    assert {field: page.input_value(field) for field in typed} == typed
    assert "The first text" in page.text_content(".field-translation_of")
    assert not page.is_checked("#id_comments_allowed")
    assert [name in page.inner_text(".field-tag_list") for name in ("Sea", "Sun")] == [True, True]
    assert "Alice Adams" in page.inner_text(".field-author_list")
    for old in ("old-slug", "new-slug"):
        page.goto(f"{desk.url}/{old}/")
        assert page.url == f"{desk.url}/old-slug/"
    assert "Old text." in page.inner_text("main")


def test_two_chosen_versions_are_compared(desk, erika):
    pk = desk.shell(CREATE_VERSIONS.replace("old-slug", "older").replace("new-slug", "newer")).split()[-1]
    page = erika()
    page.goto(f"{desk.url}/admin/posts/post/{pk}/history/")
    page.check("input[name=from][value='1']")
    page.check("input[name=to][value='2']")
    with page.expect_navigation():
        page.click("text=Compare the two versions")
    page.click("text=In one column")
    body = page.locator("table.inline", has=page.locator("caption", has_text="Body"))
    expect(body.locator("td.old")).to_have_text("Old text.")
    expect(body.locator("td.new")).to_have_text("New text.")
    page.click("h2 a:has-text('Version 2')")
    expect(page.locator("[aria-current=true]")).to_have_text("In one column")


def test_a_scheduled_post_becomes_public_on_time_without_a_job(desk, erika, new_page, make):
    page, reader = erika(), new_page()
    reader.goto(desk.url)
    before = datetime.now(BERLIN)
    page.goto(make("At its second"))
    # Late enough to fill in the form and to see that the post is not public yet, however slow this machine is.
    opening = datetime.now(BERLIN) - before
    moment = (datetime.now(BERLIN) + timedelta(seconds=4) + 4 * opening).replace(microsecond=0)
    page.fill("#id_published_at_0", f"{moment:%Y-%m-%d}")
    page.fill("#id_published_at_1", f"{moment:%H:%M:%S}")
    page.click("button:text-is('Schedule')")
    expect_message(page, f"Scheduled for {moment:%A}, {moment.day} {moment:%B %Y} at {moment:%H:%M}")
    expect_message(page, "Europe/Berlin")

    seen = {}
    while 200 not in seen and datetime.now(BERLIN) < moment + timedelta(seconds=60):
        status = reader.goto(f"{desk.url}/at-its-second/").status
        seen.setdefault(status, datetime.now(BERLIN))
        time.sleep(0.2)
    assert set(seen) == {404, 200}
    assert seen[200] >= moment
    assert "At its second" in reader.goto(desk.url).text()


def test_the_publish_button_is_labelled_by_the_typed_date(erika, make):
    page = erika()
    page.goto(make("Named"))
    button = page.locator("button[name=_publish]")
    assert button.inner_text() == "Publish"
    page.fill("#id_published_at_0", "2099-01-02")
    page.fill("#id_published_at_1", "09:00")
    assert button.inner_text() == "Schedule"
    page.fill("#id_published_at_0", "1999-01-02")
    assert button.inner_text() == "Publish"
    assert page.complaints == []


def test_the_main_button_follows_the_date_in_the_zone_of_the_form(desk, erika, make):
    page = erika()
    # The form is made in another zone than that of the browser, where the typed time is over for hours.
    zone = {"name": "desk_zone", "value": "America/New_York", "url": f"{desk.url}/admin/"}
    page.context.add_cookies([zone])
    page.goto(make("In a zone"))
    later = datetime.now(ZoneInfo("America/New_York")) + timedelta(minutes=30)
    page.fill("#id_published_at_0", f"{later:%Y-%m-%d}")
    page.fill("#id_published_at_1", f"{later:%H:%M}")
    expect(page.locator("button[name=_publish]")).to_have_text("Schedule")


def test_the_main_button_changes_when_the_time_has_come(erika, make):
    page = erika()
    page.clock.install()
    page.goto(make("Soon over"))
    moment = datetime.now(BERLIN) + timedelta(minutes=3)
    page.fill("#id_published_at_0", f"{moment:%Y-%m-%d}")
    page.fill("#id_published_at_1", f"{moment:%H:%M}")
    expect(page.locator("button[name=_publish]")).to_have_text("Schedule")
    page.clock.fast_forward("05:00")
    page.clock.run_for(6000)
    expect(page.locator("button[name=_publish]")).to_have_text("Publish")


def test_the_button_of_a_published_post_says_what_a_later_date_does(erika, make):
    page = erika()
    page.goto(make("Seen already", status="published"))
    button = page.locator("button.bar-main")
    expect(button).to_have_text("Update")
    page.fill("#id_published_at_0", "2099-01-02")
    expect(button).to_have_text("Update and schedule")


def test_the_undo_button_restores_a_trashed_post(desk, erika, make):
    url = make("Thrown away", status="published")
    page = erika()
    page.goto(url)
    page.click(".bar-more summary")
    page.click("text=Move to the trash")
    page.click("input[value='Move to the trash']")
    expect_message(page, "“Thrown away” was moved to the trash.")
    assert page.request.get(f"{desk.url}/thrown-away/").status == 410
    page.click(".messagelist button:has-text('Undo')")
    expect_message(page, "1 post was restored.")
    assert page.url == url
    assert page.request.get(f"{desk.url}/thrown-away/").status == 200
    assert page.complaints == []


def test_a_preview_link_works_without_an_account_until_it_is_revoked(desk, erika, new_page, make):
    page, reader = erika(), new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(make("Not yet", body="Not *yet*."))
    with page.expect_popup() as opened:
        page.click("text=Make, copy or revoke links")
    links = opened.value
    links.click("text=Make a link")
    links.click("button:has-text('Copy')")
    links.wait_for_selector("button:has-text('Copied')")
    address = links.evaluate("navigator.clipboard.readText()")
    assert address == links.input_value("#preview-address")

    sent = []
    reader.on("request", lambda request: sent.append(request.all_headers().get("referer", "")))
    assert reader.goto(address).status == 200
    assert "Not yet." in reader.inner_text("main")
    assert reader.context.cookies() == []
    with reader.expect_navigation():
        reader.click(".masthead a >> nth=0")
    secret = address.rstrip("/").rpartition("/")[2]
    assert not [referrer for referrer in sent if secret in referrer]

    links.click("button:has-text('Revoke')")
    expect_message(links, "The link was revoked")
    assert reader.goto(address).status == 404
    assert "Not yet." not in reader.inner_text("main")
    assert secret not in desk.log.read_text()
    assert "/preview/***/" in desk.log.read_text()


def test_publishing_works_with_the_keyboard_alone(desk, erika, make):
    page = erika()
    page.goto(make("By keyboard"))
    page.focus("#id_title")

    def tab_to(selector: str) -> None:
        for _press in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    def open_menu() -> None:
        tab_to(".bar-more summary")
        page.keyboard.press("Enter")

    tab_to("#id_published_at_0")
    page.keyboard.type("11272099")  # The order of this browser's language, as the input shows it.
    tab_to("#id_published_at_1")
    page.keyboard.type("0900AM")
    tab_to("button[name=_publish]")
    assert page.evaluate("document.activeElement.textContent") == "Schedule"
    page.keyboard.press("Enter")
    expect_message(page, "Scheduled for Friday, 27 November 2099 at 09:00, Europe/Berlin")
    open_menu()
    tab_to("button[name=_publish_now]")
    page.keyboard.press("Space")
    expect_message(page, "Published.")
    open_menu()
    tab_to("button[name=_unpublish]")
    page.keyboard.press("Enter")
    expect_message(page, "Unpublished: readers no longer see it.")
    open_menu()
    tab_to(".deletelink")
    page.keyboard.press("Enter")
    page.wait_for_selector(".cancel-link")
    tab_to("#content input[type=submit]")
    page.keyboard.press("Enter")
    expect_message(page, "was moved to the trash")
    tab_to(".undo button")
    page.keyboard.press("Enter")
    expect_message(page, "1 post was restored.")


def test_the_first_page_after_the_login_shows_dates_in_the_browsers_zone(desk, new_page):
    at = "datetime(2020, 5, 31, 23, tzinfo=UTC)"
    code = f"services.create_post(by=None, title='Summer', status='published', published_at={at})"
    desk.shell(f"from datetime import UTC, datetime\nfrom apps.posts import services\n{code}")
    page = new_page(timezone_id="Europe/Berlin")
    page.goto(f"{desk.url}/admin/posts/post/")
    sign_in(page, "erika")
    expect(page.locator("tr:has-text('Summer') .field-state")).to_have_text("Published on 1 June 2020")


def test_publishing_works_without_javascript(desk, erika, make):
    page = erika(java_script_enabled=False)
    page.goto(make("Plain", body=TEXT))
    page.click("button[name=_publish]")
    expect_message(page, "Published.")
    expect_message(page, "There is no summary")
    expect(page.locator("#panel")).to_contain_text("UTC")  # The site's zone, since no script has set another.
    assert page.request.get(f"{desk.url}/plain/").status == 200


@pytest.mark.heavy
def test_the_pages_of_publishing_have_no_axe_violations(desk, erika, make):
    page, url = erika(), make("Checked", body=TEXT)
    history = url.replace("change", "history")
    paths = [url, history, f"{history}?from=1&to=1", url.replace("change", "previews"), url.replace("change", "delete")]
    pk = desk.shell(CREATE_VERSIONS.replace("old-slug", "checked-1").replace("new-slug", "checked-2")).split()[-1]
    two_versions_url = f"{desk.url}/admin/posts/post/{pk}/history/"
    paths += [two_versions_url, f"{two_versions_url}?from=1&to=2", f"{two_versions_url}?from=1&to=2&view=inline"]
    paths += [f"{desk.url}/admin/posts/{path}" for path in ("post/links/", "postalias/", "postalias/add/")]
    page.goto(two_versions_url)
    paths.append(page.get_by_role("link", name="Version 1", exact=True).evaluate("link => link.href"))
    page.goto(f"{desk.url}/admin/posts/postalias/")
    paths.append(page.locator(".field-forget a").first.evaluate("link => link.href"))
    for path in paths:

        def open_page(path: str = path) -> None:
            assert page.goto(path).status == 200, path

        for width, scheme in in_each_view(page, open_page, (1440, 320)):
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, scheme)
            assert violations(page, scheme=scheme) == [], (path, width, scheme)
        assert [text for text in page.complaints if "Content Security Policy" in text] == [], path
