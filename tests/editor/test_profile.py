"""One's own profile: the account and the public author in one form, and where one is logged in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from apps.core import background_mail
from apps.posts.models import Author

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


def test_strangers_are_asked_to_log_in(client, db):
    assert client.get(PROFILE)["Location"].startswith("/admin/login/")
