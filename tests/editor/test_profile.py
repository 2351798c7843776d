"""One's own profile: the account and the public author in one form, and where one is logged in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from apps.accounts import preferences, time_zones
from apps.accounts.models import Preferences
from apps.core import background_mail
from apps.media import services as media
from apps.posts.models import Author
from tests.editor.forms import fields_of
from tests.media import files

PROFILE = "/admin/profile/"
FIELDS = {"name": "Alice A.", "bio": "Writes about water.", "website": "alice.example", "email": "new@example.org"}


def test_an_author_without_rights_on_authors_changes_their_own(alice, bob, log_in):
    assert log_in(alice).post(PROFILE, FIELDS)["Location"] == PROFILE
    author = Author.objects.get(user=alice)
    assert (author.name, author.bio, author.website) == ("Alice A.", "Writes about water.", "https://alice.example")
    assert User.objects.get(pk=alice.pk).email == "new@example.org"
    assert Author.objects.get(user=bob).name == "Bob Brown"
    background_mail.wait()
    assert ["alice@example.org"] in [message.to for message in mail.outbox]  # The former address is told.


def test_who_has_no_author_has_a_name_and_an_address(erika, log_in):
    client = log_in(erika)
    assert "About you" not in client.get(PROFILE).content.decode()
    client.post(PROFILE, {"name": "Erika E.", "email": "erika@example.org"})
    assert User.objects.get(pk=erika.pk).first_name == "Erika E."


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"name": "Bob BROWN"}, "has this name already"), ({"email": "BOB@example.org"}, "has an account already")],
)
def test_the_name_and_the_address_of_somebody_else_are_refused(fields, words, alice, bob, log_in):
    assert words in log_in(alice).post(PROFILE, FIELDS | fields).content.decode()
    assert Author.objects.get(user=alice).name == "Alice Adams"


def test_saving_asks_for_the_password_again_and_reading_does_not(alice):
    client = Client()
    client.force_login(alice)
    session = client.session
    session["password_given_at"] = 0
    session.save()
    assert "About you" in client.get(PROFILE).content.decode()
    page = client.post(PROFILE, FIELDS)
    assert "Your password again" in page.content.decode()
    assert Author.objects.get(user=alice).name == "Alice Adams"


def test_each_page_leads_there_and_it_says_where_one_is_logged_in(alice, log_in):
    log_in(alice, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"})
    client = log_in(alice)
    assert f'href="{PROFILE}"' in client.get("/admin/").content.decode()
    page = client.get(PROFILE).content.decode()
    assert "This browser" in page
    assert "no second factor" in page


def chosen(user) -> Preferences:
    return Preferences.objects.get(user=user)


def test_the_desk_speaks_the_language_that_one_chooses_and_to_others_its_own(alice, erika, log_in, make_post):
    client = log_in(alice)
    page = client.post(PROFILE, FIELDS | {"language": "de"}, follow=True).content.decode()
    assert "Ihr Profil wurde gespeichert." in page
    assert '<html lang="de"' in client.get("/admin/").content.decode()
    assert '<html lang="en"' in log_in(erika).get("/admin/").content.decode()
    assert '<html lang="en"' in client.get("/").content.decode()


def test_dates_are_in_the_time_zone_that_one_chooses_whatever_the_browser_has(alice, log_in, make_post):
    post = make_post("Tides", authors=[alice.author], published_at=datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    client = log_in(alice)
    client.cookies[time_zones.COOKIE] = "Asia/Tokyo"
    client.post(PROFILE, FIELDS | {"time_zone": "Europe/Berlin"})
    page = client.get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    assert "09:30, Europe/Berlin" in page


def test_a_mail_about_the_account_is_in_the_language_of_its_owner(alice, log_in):
    preferences.choose(alice, language="de")
    log_in(alice).post(PROFILE, FIELDS | {"language": "de"})
    background_mail.wait()
    assert "Ihre E-Mail-Adresse wurde geändert." in mail.outbox[0].body


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("time_zone", "Mars/Olympus")])
def test_what_there_is_not_cannot_be_chosen(field, value, alice, log_in):
    assert "not one of the available choices" in log_in(alice).post(PROFILE, FIELDS | {field: value}).content.decode()
    assert not Preferences.objects.exists()


def test_a_mail_box_that_is_not_ticked_turns_mails_off(alice, log_in):
    client = log_in(alice)
    assert fields_of(client.get(PROFILE), "plain-form")["mails_about_posts"] == ["on"]
    client.post(PROFILE, FIELDS)
    assert chosen(alice).mails_about_posts is False


def test_links_are_one_per_line(alice, log_in, client):
    page = log_in(alice).post(PROFILE, FIELDS | {"links": "https://a.example/@alice\r\njavascript:x"})
    assert "“javascript:x” is no address of a page" in page.content.decode()
    log_in(alice).post(PROFILE, FIELDS | {"links": " https://a.example/@alice\r\n\r\nhttps://b.example/alice "})
    assert Author.objects.get(user=alice).links == "https://a.example/@alice\nhttps://b.example/alice"
    page = client.get("/authors/alice-adams/").content.decode()
    assert '<a href="https://b.example/alice" rel="me noopener">' in page
    assert '<link rel="me" href="https://a.example/@alice">' in page


def test_an_uploaded_picture_is_shown_to_readers_until_it_is_taken_away(
    alice, log_in, client, make_post, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path)
    make_post("Tides", authors=[alice.author])
    desk = log_in(alice)
    page = desk.post(
        f"{PROFILE}picture/", {"picture": ContentFile(files.jpeg(), name="me.jpg")}, follow=True
    ).content.decode()
    assert "Readers see your picture now." in page
    image = Author.objects.get(user=alice).picture
    for path in ("/authors/alice-adams/", "/tides/"):
        assert image.picture.address in client.get(path).content.decode()
    assert "Picture of Alice Adams" in desk.get(f"/admin/media/image/{image.pk}/change/").content.decode()
    with pytest.raises(ValidationError, match="It is the picture of Alice Adams"):
        media.delete_image(image, by=alice)
    assert (
        "Readers see no picture of you any more."
        in desk.post(f"{PROFILE}picture/", {"remove": "1"}, follow=True).content.decode()
    )
    assert "portrait" not in client.get("/tides/").content.decode().partition("</style>")[2]
    media.delete_image(image, by=alice)


@pytest.mark.parametrize(
    ("sent", "words"), [({}, "Choose a picture first."), ({"picture": b"no picture"}, "This is no picture")]
)
def test_what_is_no_picture_is_refused(sent, words, alice, log_in, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    sent = {name: ContentFile(content, name="me.png") for name, content in sent.items()}
    page = log_in(alice).post(f"{PROFILE}picture/", sent, follow=True).content.decode()
    assert words in page
    assert Author.objects.get(user=alice).picture is None


def test_who_has_no_author_uploads_no_picture(erika, log_in):
    assert log_in(erika).post(f"{PROFILE}picture/", {"remove": "1"}).status_code == 403


def test_strangers_are_asked_to_log_in(client, db):
    assert client.get(PROFILE)["Location"].startswith("/admin/login/")
