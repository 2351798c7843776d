"""The language of responses to comments: the site's for form submissions and mail, English for API clients."""

import pytest
from django.core import mail
from django.test import Client

from apps.core import background_mail
from apps.site.models import Site

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ADDRESS = "/api/v1/comments/"


@pytest.fixture
def german_site(db):
    return Site.objects.create(pk=1, language="de", name="Die Morgenrose")


def send(fields: dict):
    return Client().post(
        ADDRESS,
        "&".join(f"{name}={value}" for name, value in fields.items()),
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
    )


def test_an_invalid_form_submission_is_answered_in_the_sites_language(german_site, make_post):
    page = send({"post": make_post("Rosen").pk, "name": "Rosa", "body": ""})
    assert page.status_code == 400
    text = page.content.decode()
    assert "Noch nicht gesendet. Ihr Text steht hier." in text
    assert "Die Morgenrose" in text
    assert '<html lang="de"' in text


def test_api_clients_are_answered_in_english(german_site, make_post):
    problem = Client().post(ADDRESS, {"post": make_post("Rosen").pk}, content_type="application/json").json()
    assert "This field is required." in str(problem["errors"])


def test_mail_to_the_moderators_is_in_the_sites_language(
    german_site, make_post, settings, django_capture_on_commit_callbacks
):
    settings.COMMENT_MODERATORS = ["desk@example.org"]
    with django_capture_on_commit_callbacks(execute=True):
        send({"post": make_post("Rosen").pk, "name": "Rosa", "body": "Dornen!"})
    background_mail.wait()
    (message,) = mail.outbox
    assert message.subject == "Ein Kommentar zu „Rosen“ wartet auf Sie"
    assert "Rosa hat zu „Rosen“ geschrieben:" in message.body
