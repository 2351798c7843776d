"""The second factor in a real browser: passkeys of a virtual authenticator, and an app without JavaScript."""

from __future__ import annotations

import base64
import re

import pytest
from django_otp.oath import totp

from tests.axe import in_each_scheme, resize, violations
from tests.editor.writing.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.server]

PAGE = "/admin/second-factor/"
IMPORTS = """
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_static.models import StaticDevice
from apps.accounts.second_factor import factors
from apps.posts import services
"""
FORGET_WRONG_CODES = f"{IMPORTS}StaticDevice.objects.update(throttling_failure_count=0)"
USERS = f"""{IMPORTS}
for name, group in (("alice", "Authors"), ("bob", "Authors"), ("erika", "Editors"), ("anna", "Administrators")):
    user = User.objects.create_user(name, f"{{name}}@example.org", "a-long-password", is_staff=True)
    user.groups.set(Group.objects.filter(name=group))
print(services.create_post(by=None, title="Tides", body="One line.").pk)
"""


@pytest.fixture(scope="module")
def site(serve):
    server = serve(host="localhost", SECOND_FACTOR_GROUPS="Administrators")
    server.post_pk = server.shell(USERS).split()[-1]
    return server


@pytest.fixture
def open_page(site, new_page):
    """Open pages of the admin; `page.complaints` collects what the console says, such as refused styles or scripts."""

    def open_at(path: str, **options):
        page = new_page(**options)
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(site.url + path)
        return page

    return open_at


def add_authenticator(page) -> None:
    """Give the page's browser a fingerprint reader whose user always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_out(page) -> None:
    page.context.clear_cookies()


def enter(page, field: str, code: str) -> None:
    page.fill(field, code)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def code_shown(page) -> str:
    """Return the code that an app with the key on the page shows now."""
    key = page.inner_text("#app-secret").replace(" ", "")
    return f"{totp(base64.b32decode(key)):06}"


def add_passkey(page, name: str) -> list[str]:
    """Add the first passkey; return the recovery codes that follow it."""
    page.fill("#passkey-name", name)
    with page.expect_navigation():
        page.click("text=Add a passkey")
    return re.findall("[a-z2-7]{4} [a-z2-7]{4}", page.inner_text("#recovery-codes"))


def test_a_passkey_is_added_and_completes_the_next_login(site, open_page):
    page = open_page(f"/admin/login/?next={PAGE}")
    add_authenticator(page)
    sign_in(page, "alice")
    assert len(add_passkey(page, "My laptop")) == 10
    page.click("text=I have kept them")
    assert "My laptop" in page.inner_text("#content-main")

    log_out(page)
    page.goto(f"{site.url}/admin/posts/tag/")
    sign_in(page, "alice")
    assert page.inner_text("h1.visually-hidden") == "Second step of the login"
    with page.expect_navigation(url=f"{site.url}/admin/posts/tag/"):
        page.click("text=Use a passkey")
    assert not page.complaints


def test_a_passkey_that_the_browser_does_not_have_gives_a_sentence_and_a_code_works(site, open_page):
    page = open_page(f"/admin/login/?next={PAGE}")
    add_authenticator(page)
    sign_in(page, "bob")
    codes = add_passkey(page, "")
    other = open_page("/admin/login/")
    add_authenticator(other)
    sign_in(other, "bob")
    other.click("text=Use a passkey")
    other.wait_for_selector(".errornote:visible")
    enter(other, "#id_factor_code", codes[0])
    assert other.url == f"{site.url}/admin/"


def test_an_app_is_set_up_and_used_without_javascript_by_who_must_have_a_factor(site, open_page):
    page = open_page("/admin/posts/post/", java_script_enabled=False)
    sign_in(page, "anna")
    assert "Your account needs a second factor" in page.inner_text("#content-main")
    assert not page.is_visible("#passkey-form")
    page.click("text=Set up an app")
    assert page.locator("svg.qr-code").bounding_box()["width"] > 150
    enter(page, "#app-code", code_shown(page))
    code = page.inner_text("#recovery-codes li >> nth=0")
    page.click("text=I have kept them")
    assert page.url == f"{site.url}/admin/posts/post/"

    log_out(page)
    page.goto(f"{site.url}/admin/posts/tag/")
    sign_in(page, "anna")
    enter(page, "#id_factor_code", "abcd efgh")
    assert "This code is not right" in page.inner_text(".errornote")
    site.shell(FORGET_WRONG_CODES)
    enter(page, "#id_factor_code", code)
    assert page.url == f"{site.url}/admin/posts/tag/"


@pytest.mark.parametrize("way", ["passkey", "code"])
def test_who_is_logged_out_while_writing_logs_in_again_in_the_dialog(way, site, open_page):
    site.shell(f"{IMPORTS}factors.reset(User.objects.get(username='erika'))")
    page = open_page(f"/admin/login/?next={PAGE}")
    add_authenticator(page)
    sign_in(page, "erika")
    codes = add_passkey(page, "My laptop")
    page.goto(f"{site.url}/admin/posts/post/{site.post_pk}/change/")
    page.fill("#id_body", f"Typed before the {way}.")
    page.context.clear_cookies()
    page.click("button[name=_continue]")
    page.wait_for_selector("#desk-login[open]")
    page.fill("#desk-login-password", "a-long-password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-login-code", state="visible")
    if way == "code":
        page.fill("#desk-login-code", "aaaa bbbb")
        page.keyboard.press("Enter")
        page.wait_for_selector("#desk-login .errornote:not([hidden])")
        assert "This code is not right" in page.inner_text("#desk-login .errornote")
        site.shell(FORGET_WRONG_CODES)
        page.fill("#desk-login-code", codes[0])
    with page.expect_navigation():
        page.click("#desk-login [data-passkey]") if way == "passkey" else page.keyboard.press("Enter")
    assert "Saved as a draft." in page.inner_text(".messagelist")
    assert page.input_value("#id_body") == f"Typed before the {way}."


def test_the_pages_are_accessible_and_fit_on_a_phone_and_a_desk(site, open_page):
    site.shell(f"{IMPORTS}User.objects.create_user('clara', 'clara@example.org', 'a-long-password', is_staff=True)")
    page = open_page(f"/admin/login/?next={PAGE}")
    sign_in(page, "clara")

    def check() -> None:
        assert not [note for note in page.locator(".errornote").all() if note.is_visible() and not note.inner_text()]
        for width in (360, 1280):
            resize(page, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for scheme in in_each_scheme(page):
                assert not violations(page, scheme=scheme)

    check()
    page.click("text=Set up an app")
    check()
    enter(page, "#app-code", code_shown(page))
    check()
    page.click("text=I have kept them")
    page.click("#content summary")
    check()
    log_out(page)
    page.goto(f"{site.url}/admin/")
    sign_in(page, "clara")
    check()
    assert not page.complaints
