"""Automatic drafts on the server: one per user and form, deleted when the form is saved."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.editor import autosaves
from apps.editor.models import Autosave
from apps.posts import services
from apps.posts.models import Post
from tests.editor.forms import fields_of

AUTOSAVE = "/admin/posts/post/autosave/"
PRESENCE = "/admin/posts/post/presence/"
DIFFERENCE = "/admin/posts/post/difference/"
DRAFT_OFFER = "was kept on the server on"


@pytest.fixture
def autosave(log_in):
    """Return a function that posts a form as the editor's script does and returns the response."""

    def send(client: Client, form: dict, url: str = AUTOSAVE, **typed):
        body = urlencode({**form, **typed}, doseq=True)
        return client.post(
            url, body, content_type="application/x-www-form-urlencoded", headers={"Accept": "application/json"}
        )

    return send


def test_a_draft_is_stored_in_one_row_and_not_in_the_post_or_its_history(erika, make_post, log_in, edit, autosave):
    post = make_post("Tides", body="Stored.")
    client = log_in(erika)
    _, form = edit(client, post)
    for text in ("Typed", "Typed more", "Typed even more"):
        assert autosave(client, form, body=text, draft_tab="a").status_code == 200
    draft = Autosave.objects.get()
    assert (draft.user, draft.post, draft.key) == (erika, post, f"post:{post.pk}")
    assert autosaves.deserialize(draft.text)["body"] == "Typed even more"
    post.refresh_from_db()
    assert (post.body, post.version, post.history.count()) == ("Stored.", 1, 1)
    assert b"Typed" not in Client().get(post.get_absolute_url()).content


def test_the_response_contains_the_time_of_the_draft(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    _, form = edit(client, make_post())
    answer = autosave(client, form, body="Typed").json()
    assert answer["at"] == Autosave.objects.get().saved_at.isoformat()
    assert answer["others"] == []


def test_opening_the_form_offers_the_draft_with_its_differences(erika, make_post, log_in, edit, autosave):
    post = make_post("Tides", body="Stored.")
    client = log_in(erika)
    url, form = edit(client, post)
    autosave(client, form, body="Typed.")
    page = client.get(url)
    assert DRAFT_OFFER in page.content.decode()
    assert "<ins>Typed</ins>" in page.content.decode()
    assert fields_of(page, "post_form")["body"][0].strip() == "Stored."


def offered_fields(page) -> dict:
    """Return the fields of the form that offers a draft on a page."""
    html = page.content.decode().replace('class="draft-offer"', 'class="draft-offer" id="the-offer"', 1)
    page.content = html.encode()
    return fields_of(page, "the-offer")


def test_taking_a_draft_over_fills_the_form_and_saving_deletes_the_draft(erika, make_post, log_in, edit, autosave):
    post = make_post("Tides", body="Stored.")
    client = log_in(erika)
    url, form = edit(client, post)
    autosave(client, form, body="Typed.", title="High tides", draft_tab="a")
    taken = client.post(url, {**offered_fields(client.get(url)), "_take": "a"})
    again = fields_of(taken, "post_form")
    assert again["body"][0].strip() == "Typed."
    assert again["title"] == ["High tides"]
    assert Post.objects.get().version == 1
    assert client.post(url, again).status_code == 302
    assert Post.objects.get().title == "High tides"
    assert not Autosave.objects.exists()


def test_a_discarded_draft_is_not_offered_again(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    url, form = edit(client, make_post())
    at = autosave(client, form, body="Typed.").json()["at"]
    assert client.post(url, {**offered_fields(client.get(url)), "_discard": at}).status_code == 302
    assert not Autosave.objects.exists()
    assert DRAFT_OFFER not in client.get(url).content.decode()


def test_discarding_an_offered_draft_does_not_delete_a_newer_one(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    url, form = edit(client, make_post())
    at = autosave(client, form, body="Typed.").json()["at"]
    autosave(client, form, body="Typed on.")
    client.post(url, {**form, "_discard": at})
    assert Autosave.objects.exists()


def test_a_draft_without_differences_is_not_offered(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    url, form = edit(client, make_post("Tides", body="Stored."))
    autosave(client, form, slug="")
    assert DRAFT_OFFER not in client.get(url).content.decode()
    assert autosave(client, form, DIFFERENCE).json()["is_same"]


def test_saving_deletes_the_draft_of_the_same_page_and_keeps_that_of_another(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    url, form = edit(client, make_post())
    autosave(client, form, body="Typed.", draft_tab="one")
    client.post(url, {**form, "body": "Typed and more.", "draft_tab": "one"})
    assert not Autosave.objects.exists()
    url, form = edit(client, Post.objects.get())
    autosave(client, form, body="Typed elsewhere.", draft_tab="two")
    client.post(url, {**form, "body": "Saved.", "draft_tab": "one"})
    assert autosaves.deserialize(Autosave.objects.get().text)["body"] == "Typed elsewhere."


def test_saving_sets_a_cookie_with_the_pages_whose_local_drafts_can_be_deleted(erika, make_post, log_in, edit):
    client = log_in(erika)
    url, form = edit(client, make_post())
    cookie = client.post(url, {**form, "body": "Saved.", "draft_tab": "one"}).cookies["desk_saved"]
    assert (cookie.value, cookie["path"], cookie["samesite"]) == ("one", "/admin/", "Lax")
    url, form = edit(client, Post.objects.get())
    assert client.post(url, {**form, "draft_tab": "two"}).cookies["desk_saved"].value == "one.two"


def test_on_https_the_cookie_has_the_prefix_that_asks_for_it(erika, make_post, log_in, edit, settings):
    settings.SESSION_COOKIE_SECURE = True
    client = log_in(erika)
    url, form = edit(client, make_post())
    saved = client.post(url, {**form, "body": "Saved.", "draft_tab": "one"})
    assert saved.cookies["__Secure-desk_saved"]["secure"]
    url, form = edit(client, Post.objects.get())
    assert client.post(url, {**form, "draft_tab": "two"}).cookies["__Secure-desk_saved"].value == "one.two"


def test_an_invalid_form_keeps_its_draft(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    url, form = edit(client, make_post())
    autosave(client, form, title="", draft_tab="one")
    refused = client.post(url, {**form, "title": "", "draft_tab": "one"})
    assert refused.status_code == 200
    assert "desk_saved" not in refused.cookies
    assert Autosave.objects.exists()


def test_the_draft_of_a_new_post_that_cannot_be_a_post_yet_is_offered_when_the_add_form_is_opened_again(
    alice, log_in, edit, autosave
):
    client = log_in(alice)
    url, form = edit(client)
    autosave(client, form, title="Begun", body="Typed.", author_list=[])
    assert not Post.objects.exists()
    page = client.get(url)
    offer = offered_fields(page)
    assert offer["title"] == ["Begun"]
    taken = fields_of(client.post(url, {**offer, "_take": "server"}), "post_form")
    assert taken["draft_key"] == form["draft_key"]
    assert client.post(url, {**taken, "author_list": form["author_list"]}).status_code == 302
    assert Post.objects.get().title == "Begun"
    assert DRAFT_OFFER not in client.get(url).content.decode()


def test_two_new_posts_are_two_drafts(alice, log_in, edit, autosave):
    client = log_in(alice)
    autosave(client, edit(client)[1], title="One")
    autosave(client, edit(client)[1], title="Two")
    assert {post.title for post in Post.objects.all()} == {"One", "Two"}


def test_each_user_has_their_own_draft_and_sees_who_else_is_editing(alice, erika, make_post, log_in, edit, autosave):
    post = make_post(authors=[alice.author])
    hers, his = log_in(alice), log_in(erika)
    url, form = edit(hers, post)
    autosave(hers, form, body="Alice's")
    answer = autosave(his, edit(his, post)[1], body="Erika's").json()
    assert answer["others"] == ["alice"]
    page = his.get(url).content.decode()
    assert "alice typed in this post at" in " ".join(page.split())
    assert "Alice&#x27;s" not in page
    Autosave.objects.filter(user=alice).update(saved_at=timezone.now() - timedelta(hours=1))
    assert autosave(his, form, body="Erika's", draft_of=str(erika.pk)).json()["others"] == []


def test_whoever_closes_the_page_is_not_named_as_editing_any_more(alice, erika, make_post, log_in, edit, autosave):
    post = make_post(authors=[alice.author])
    hers, his = log_in(alice), log_in(erika)
    form, other = edit(hers, post)[1], edit(his, post)[1]
    autosave(hers, form, body="Alice's", draft_tab="a")
    assert autosave(his, other, PRESENCE).json()["others"] == ["alice"]
    # Another page of hers that is closed changes nothing.
    autosave(hers, form, PRESENCE, draft_tab="b", left="1")
    assert autosave(his, other, PRESENCE).json()["others"] == ["alice"]
    autosave(hers, form, PRESENCE, draft_tab="a", left="1")
    assert autosave(his, other, PRESENCE).json()["others"] == []
    autosave(hers, form, body="Alice's again", draft_tab="a")
    assert autosave(his, other, PRESENCE).json()["others"] == ["alice"]


def test_the_response_names_the_user_who_saved_since_the_form_was_opened(
    alice, erika, make_post, log_in, edit, autosave
):
    post = make_post(authors=[alice.author])
    client = log_in(erika)
    _, form = edit(client, post)
    assert "newer" not in autosave(client, form, body="Typed").json()
    services.update_post(post, by=alice, expected_version=1, body="Hers")
    assert autosave(client, form, body="Typed").json()["newer"] == {"version": 2, "by": "alice", "is_own": False}
    services.update_post(post, by=erika, expected_version=2, body="In another tab")
    assert autosave(client, form, body="Typed").json()["newer"]["is_own"]


def test_a_page_that_replaces_the_draft_of_another_page_is_told_so(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    _, form = edit(client, make_post())
    first = autosave(client, form, body="One", draft_tab="one").json()
    assert first["other_tab"] is None
    assert autosave(client, form, body="Two", draft_tab="two").json()["other_tab"] == first["at"]
    assert autosave(client, form, body="Two", draft_tab="two").json()["other_tab"] is None


def test_a_page_that_took_a_draft_over_replaces_it_without_a_warning(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    url, form = edit(client, make_post())
    autosave(client, form, title="", draft_tab="one")
    refused = client.post(url, {**form, "title": "", "draft_tab": "one"})
    assert 'data-taken="one"' in refused.content.decode()
    assert autosave(client, form, title="Two", draft_tab="two", draft_after="one").json()["other_tab"] is None


def test_without_a_session_the_endpoints_return_401_as_json(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    _, form = edit(client, make_post())
    client.logout()
    for url in (AUTOSAVE, DIFFERENCE, "/admin/posts/post/render/"):
        answer = autosave(client, form, url)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")
    assert not Autosave.objects.exists()


def test_the_form_of_another_user_is_not_stored_for_the_logged_in_one(alice, erika, make_post, log_in, edit, autosave):
    _, form = edit(log_in(alice), make_post(authors=[alice.author]))
    answer = autosave(log_in(erika), form, body="Alice's")
    assert answer.status_code == 401
    assert "logged in as erika" in answer.json()["detail"]


def test_a_stale_csrf_token_is_distinguished_from_an_expired_session(erika, make_post, log_in, edit, autosave):
    client = log_in(erika, enforce_csrf_checks=True)
    _, form = edit(client, make_post())
    stale = {**form, "csrfmiddlewaretoken": "x" * 64}
    answer = autosave(client, stale)
    assert (answer.status_code, answer.json()["is_stale"]) == (403, True)
    fresh = client.get("/admin/posts/post/session/").json()
    assert fresh["user"] == erika.pk
    assert autosave(client, {**form, "csrfmiddlewaretoken": fresh["csrf"]}).status_code == 200
    client.cookies.clear()
    assert autosave(client, form).status_code == 401


def test_drafts_of_other_authors_posts_are_refused(alice, bob, make_post, log_in, edit, autosave):
    client = log_in(alice)
    _, form = edit(client, make_post("Mine", authors=[alice.author]))
    theirs = make_post("Bob's", authors=[bob.author])
    for url in (AUTOSAVE, DIFFERENCE):
        answer = autosave(client, form, url, draft_key=f"post:{theirs.pk}")
        assert answer.status_code == 404
        assert "Bob" not in answer.content.decode()


@pytest.mark.parametrize("key", ["", "post:", "post:x", "new:short", "post:1:2", "other:1"])
def test_an_invalid_form_key_is_refused(key, erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    _, form = edit(client, make_post())
    assert autosave(client, form, draft_key=key).status_code == 400


def test_a_draft_that_is_too_long_is_a_413_with_a_reason(erika, make_post, log_in, edit, autosave):
    client = log_in(erika)
    _, form = edit(client, make_post())
    answer = autosave(client, form, body="x" * autosaves.MAX_BYTES)
    assert answer.status_code == 413
    assert "too long to be kept" in answer.json()["detail"]


def test_storing_a_draft_deletes_old_ones(erika, make_post, log_in, edit, autosave, monkeypatch):
    monkeypatch.setattr(autosaves, "MAX_FORMS", 3)
    client = log_in(erika)
    autosave(client, edit(client, make_post("Old"))[1], body="Old")
    Autosave.objects.update(saved_at=timezone.now() - autosaves.MAX_AGE - timedelta(minutes=1))
    for number in range(5):
        autosave(client, edit(client, make_post(f"Post {number}"))[1], body=f"Typed {number}")
    drafts = [autosaves.deserialize(row.text)["body"] for row in Autosave.objects.order_by("saved_at")]
    assert drafts == ["Typed 2", "Typed 3", "Typed 4"]


def test_the_endpoints_require_post(erika, log_in):
    client = log_in(erika)
    assert client.get(AUTOSAVE).status_code == 405


def test_purging_a_post_deletes_its_drafts(erika, make_post, log_in, edit, autosave):
    post = make_post()
    client = log_in(erika)
    autosave(client, edit(client, post)[1], body="Typed")
    services.trash_post(post, by=None, expected_version=1)
    services.purge_post(post, by=None)
    assert not Autosave.objects.exists()


def test_the_queries_of_the_form_are_bounded(erika, make_post, log_in, edit, django_assert_max_num_queries):
    post = make_post()
    client = log_in(erika)
    url = reverse("admin:posts_post_change", args=[post.pk])
    client.get(url)
    with django_assert_max_num_queries(13):
        client.get(url)
