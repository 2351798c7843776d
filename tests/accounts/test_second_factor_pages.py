"""Users set up, name and remove their own second factors, and get recovery codes that are shown once."""

import html
import re
from xml.etree import ElementTree

import pytest
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.audit.models import AuditEntry
from tests.accounts.factors import (
    PAGE,
    code_of,
    first_step,
    is_logged_in,
    second_step,
    with_app,
    with_codes,
    wrong_code,
)

pytestmark = pytest.mark.any_database


def set_up_app(client, code=None):
    """Set up an authenticator app, with its right code by default; return the last page."""
    assert client.post(f"{PAGE}app/").status_code == 200
    device = TOTPDevice.objects.get(confirmed=False)
    return client.post(f"{PAGE}app/", {"code": code or code_of(device)})


def messages_of(user):
    entries = AuditEntry.objects.filter(user=user, message__startswith="Second factor").order_by("id")
    return list(entries.values_list("message", flat=True))


@pytest.fixture
def writer(alice, log_in):
    return log_in(alice)


def test_the_page_of_a_new_app_has_its_key_as_text_and_as_a_picture_from_this_server(writer, alice):
    page = writer.post(f"{PAGE}app/").content.decode()
    device = TOTPDevice.objects.get()
    secret = re.search(r'id="app-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    address = html.unescape(re.search(r'href="(otpauth://[^"]+)"', page)[1])
    assert address == device.config_url
    assert address.startswith(f"otpauth://totp/testserver%3Aalice?secret={secret}&")
    picture = ElementTree.fromstring(re.search(r"<svg[^>]*qr-code.*?</svg>", page, re.DOTALL)[0])
    assert not [element for element in picture.iter() if "style" in element.attrib or "href" in str(element.attrib)]


def test_an_app_counts_only_after_it_showed_a_right_code(writer, alice):
    page = set_up_app(writer, code="000")
    assert "not the code that the app shows" in page.content.decode()
    assert not TOTPDevice.objects.get().confirmed
    assert is_logged_in(writer)
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
    assert "Recovery codes" in set_up_app(writer).content.decode()
    assert TOTPDevice.objects.get().confirmed
    assert is_logged_in(writer)
    assert messages_of(alice) == [
        "Second factor: set up an authenticator app.",
        "Second factor: made new recovery codes.",
    ]


def test_recovery_codes_are_shown_once_and_new_ones_replace_them(writer):
    shown = re.findall("<code>([a-z2-7]{4}) ([a-z2-7]{4})</code>", set_up_app(writer).content.decode())
    old = {first + second for first, second in shown}
    assert len(old) == 10
    assert old == set(StaticToken.objects.values_list("token", flat=True))
    page = writer.get(PAGE).content.decode()
    assert "10 unused codes are left" in page
    assert not [code for code in old if code in page or f"{code[:4]} {code[4:]}" in page]
    again = writer.post(f"{PAGE}codes/")
    assert "no-store" in again["Cache-Control"]
    assert not old & set(StaticToken.objects.values_list("token", flat=True))


def test_who_logged_in_by_a_recovery_code_stays_logged_in_with_new_codes_and_without_the_lost_app(alice, client):
    device = with_app(alice)
    first_step(client, alice)
    second_step(client, with_codes(alice)[0])
    client.post(f"{PAGE}codes/")
    assert is_logged_in(client)
    set_up_app(client)
    assert not TOTPDevice.objects.filter(pk=device.pk).exists()
    assert is_logged_in(client)


def test_recovery_codes_are_no_factor_by_themselves(writer):
    writer.post(f"{PAGE}codes/")
    assert not StaticToken.objects.exists()


def test_another_app_replaces_the_first_one_only_when_it_showed_a_code(writer):
    set_up_app(writer)
    first = TOTPDevice.objects.get()
    writer.post(f"{PAGE}app/")
    assert TOTPDevice.objects.get(confirmed=True) == first
    assert is_logged_in(writer)
    set_up_app(writer)
    assert TOTPDevice.objects.get() != first
    assert is_logged_in(writer)


def test_a_factor_is_renamed_and_removed_and_the_codes_go_with_the_last_one(writer, alice):
    set_up_app(writer)
    device = TOTPDevice.objects.get()
    writer.post(f"{PAGE}change/", {"device": device.persistent_id, "name": "  Red phone "})
    assert "Red phone" in writer.get(PAGE).content.decode()
    writer.post(f"{PAGE}change/", {"device": device.persistent_id, "name": " "})
    assert TOTPDevice.objects.get().name == "Red phone"
    writer.post(f"{PAGE}change/", {"device": device.persistent_id, "remove": "yes"})
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert is_logged_in(writer)
    assert messages_of(alice)[-1] == "Second factor: removed “Red phone” (Authenticator app)."


@pytest.mark.parametrize(
    "device", ["", "nonsense", "otp_totp.totpdevice/999", "auth.user/1", "otp_static.staticdevice/1"]
)
def test_what_is_not_one_s_own_factor_is_not_found(device, writer):
    page = writer.post(f"{PAGE}change/", {"device": device, "remove": "yes"}, follow=True)
    assert "not there any more" in page.content.decode()


def test_nobody_changes_another_user_s_factor(writer, erika):
    device = with_app(erika)
    for change in ({"remove": "yes"}, {"name": "Mine"}):
        writer.post(f"{PAGE}change/", {"device": device.persistent_id, **change})
    assert TOTPDevice.objects.get().name == "My phone"


def test_the_last_factor_of_a_user_who_must_have_one_cannot_be_removed(writer, settings):
    settings.SECOND_FACTOR_GROUPS = ["Authors"]
    set_up_app(writer)
    device = TOTPDevice.objects.get()
    page = writer.post(f"{PAGE}change/", {"device": device.persistent_id, "remove": "yes"}, follow=True)
    assert "set up another one before you remove this" in page.content.decode()
    assert TOTPDevice.objects.get().confirmed


@pytest.mark.parametrize("path", ["", "app/", "codes/", "change/"])
def test_the_pages_need_a_user_of_the_admin(path, client, charlie, log_in):
    assert client.post(PAGE + path).status_code == 302
    assert log_in(charlie).post(PAGE + path).status_code == 302


def test_every_user_finds_the_page_in_the_navigation(writer):
    assert f'href="{PAGE}"' in writer.get("/admin/").content.decode()


def test_the_secrets_of_users_are_on_no_page_of_the_admin(erika, log_in, django_user_model):
    root = django_user_model.objects.create_superuser("root", "root@example.org", "a-long-password")
    device, codes = with_app(erika), with_codes(erika)
    client = log_in(root)
    pages = [client.get(path) for path in ("/admin/", f"/admin/auth/user/{erika.pk}/change/")]
    pages += [client.get(f"/admin/{path}/") for path in ("otp_totp/totpdevice", "otp_static/staticdevice")]
    assert [page.status_code for page in pages] == [200, 200, 404, 404]
    text = "".join(page.content.decode() for page in pages)
    assert not [secret for secret in (device.key, *codes) if secret in text]


def test_a_wrong_code_of_a_new_app_pauses_its_setup(writer):
    writer.post(f"{PAGE}app/")
    device = TOTPDevice.objects.get()
    for code in (wrong_code(device), code_of(device)):
        assert "not the code that the app shows" in writer.post(f"{PAGE}app/", {"code": code}).content.decode()
    assert not TOTPDevice.objects.get().confirmed
