"""Private preview links: anyone with the link can read one post until it expires; it reveals nothing else."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.posts import services
from apps.posts.models import Post, PreviewLink
from apps.server import logs

pytestmark = pytest.mark.any_database

SECRET = re.compile(r"/preview/([\w-]{32})/")


@pytest.fixture
def draft(make_post):
    return make_post("Half a thought", status="draft", body="Not *yet*.")


@pytest.fixture
def make_link(erika, log_in):
    """Return a function that makes a link for a post in the admin and returns its path."""
    client = log_in(erika)

    def make(post, **fields) -> str:
        page = client.post(reverse("preview_links", args=[post.pk]), {"days": "7", **fields})
        return SECRET.search(page.content.decode())[0]

    return make


def test_the_link_shows_the_newest_saved_text_without_an_account(draft, make_link):
    path = make_link(draft)
    services.update_post(draft, by=None, expected_version=1, body="Not *quite*.")
    response = Client().get(path)
    page = response.content.decode()
    assert "Not <em>quite</em>." in page
    assert "Whoever has this address sees it (until" in page
    assert "only its authors and editors" not in page


def test_a_link_to_a_published_post_works_too(make_post, make_link):
    post = make_post("Out")
    page = Client().get(make_link(post)).content.decode()
    assert "Readers see the post like this now." in page
    assert "not public" not in page


def test_the_preview_is_not_cached_indexed_or_sent_as_a_referrer(draft, make_link):
    response = Client().get(make_link(draft))
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert not response.cookies


def test_only_a_digest_of_the_secret_is_stored(draft, make_link, erika):
    secret = make_link(draft).split("/")[2]
    assert secret not in str(list(PreviewLink.objects.values()))
    assert secret not in str(list(erika.logentry_set.values()))
    assert len(secret) * 6 >= 128


@pytest.mark.parametrize("end", ["wrong", "expired", "revoked", "purged"])
def test_expired_and_unknown_preview_links_get_the_same_response(draft, make_link, log_in, erika, end):
    path, link = make_link(draft), PreviewLink.objects.get()
    if end == "expired":
        PreviewLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "revoked":
        log_in(erika).post(reverse("preview_links", args=[draft.pk]), {"revoke": link.pk})
    elif end == "purged":
        services.purge_post(services.trash_post(draft, by=None, expected_version=1), by=None)
    else:
        path = path[:-2] + ("a/" if path[-2] != "a" else "b/")
    response, unknown = Client().get(path), Client().get("/preview/" + "a" * 32 + "/")
    assert response.status_code == unknown.status_code == 404
    assert response.content == unknown.content


def test_the_link_to_a_trashed_post_is_a_410(draft, make_link):
    path = make_link(draft)
    services.trash_post(draft, by=None, expected_version=1)
    response = Client().get(path)
    assert response.status_code == 410
    assert "Half a thought" not in response.content.decode()
    services.restore_post(Post.objects.get(), by=None, expected_version=2)
    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_link_expires_after_the_chosen_number_of_days(draft, make_link, days):
    make_link(draft, days=days)
    link = PreviewLink.objects.get()
    assert link.expires_at - link.created_at == timedelta(days=days)


def test_the_page_presets_a_week_and_refuses_other_numbers_than_its_choices(draft, erika, log_in):
    client, url = log_in(erika), reverse("preview_links", args=[draft.pk])
    assert '<option value="7" selected>' in client.get(url).content.decode()
    assert "Select a valid choice" in client.post(url, {"days": "3650"}).content.decode()
    assert not PreviewLink.objects.exists()


def test_the_form_and_the_page_list_usable_links_without_their_secrets(draft, make_link, erika, log_in):
    path = make_link(draft)
    for name in ("admin:posts_post_change", "preview_links"):
        page = log_in(erika).get(reverse(name, args=[draft.pk])).content.decode()
        assert "erika" in page.lower().partition('id="content"')[2]
        assert path not in page
    PreviewLink.objects.update(expires_at=timezone.now())
    page = log_in(erika).get(reverse("preview_links", args=[draft.pk])).content.decode()
    assert "There is no link that works now." in page


def test_the_address_is_shown_once_in_a_response_that_is_not_stored(draft, erika, log_in):
    client, url = log_in(erika), reverse("preview_links", args=[draft.pk])
    response = client.post(url, {"days": "7"})
    assert "no-store" in response["Cache-Control"]
    assert SECRET.search(response.content.decode())
    assert not SECRET.search(client.get(url).content.decode())


def test_making_a_link_deletes_expired_and_revoked_ones(draft, make_link):
    make_link(draft)
    PreviewLink.objects.update(revoked_at=timezone.now())
    make_link(draft)
    assert PreviewLink.objects.count() == 1


def test_the_number_of_links_per_post_is_limited(draft, erika, log_in):
    for _number in range(20):
        PreviewLink.objects.issue(post=draft, by=erika, days=1)
    page = log_in(erika).post(reverse("preview_links", args=[draft.pk]), {"days": "1"}).content.decode()
    assert "at most 20 links" in page
    assert PreviewLink.objects.count() == 20


def test_a_user_cannot_make_a_link_for_a_post_that_they_may_not_change(draft, alice, log_in):
    url = reverse("preview_links", args=[draft.pk])
    assert log_in(alice).post(url, {"days": "7"}).status_code == 404
    assert not PreviewLink.objects.exists()


def test_a_link_cannot_be_revoked_from_the_page_of_another_post(draft, make_post, make_link, erika, log_in):
    path, link = make_link(draft), PreviewLink.objects.get()
    other = make_post("Other")
    log_in(erika).post(reverse("preview_links", args=[other.pk]), {"revoke": link.pk})
    assert Client().get(path).status_code == 200


def test_making_and_revoking_a_link_is_logged(draft, make_link, erika, log_in):
    make_link(draft)
    log_in(erika).post(reverse("preview_links", args=[draft.pk]), {"revoke": PreviewLink.objects.get().pk})
    log = [entry.get_change_message() for entry in erika.logentry_set.order_by("pk")]
    assert log[0].startswith("Made a private preview link, valid until")
    assert log[1] == "Revoked a private preview link."


@pytest.mark.parametrize("path", ["/preview/{}/", "/preview/{}", "/preview/%41{}/"])
def test_access_logs_mask_the_secret(path, draft, make_link):
    secret = make_link(draft).split("/")[2]
    record = logs.access_logger.makeRecord("x", 20, "", 0, f"GET {path.format(secret)} 200", (), None)
    for formatter in (logs.TextFormatter(), logs.JSONFormatter()):
        assert secret not in formatter.format(record)
        assert "/preview/***" in formatter.format(record)


def test_access_logs_show_the_key_of_a_post_in_preview_paths():
    record = logs.access_logger.makeRecord("x", 20, "", 0, "GET /preview/12345/ 200", (), None)
    assert "/preview/12345/" in logs.TextFormatter().format(record)
