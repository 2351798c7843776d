"""Invalid query parameters and form values in the admin are refused with a message, never with a 500."""

from __future__ import annotations

import json

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.urls import reverse

from apps.media import services as media
from apps.posts.models import Post
from tests.media import files

POSTS = "/admin/posts/post/"


@pytest.mark.parametrize(
    "query",
    [
        "body__regex=(a%2B)%2B$",
        "title__startswith=A",
        "updated_at__year=99999999999999999",
        "authors__user__password__startswith=p",
    ],
)
def test_a_lookup_that_no_filter_offers_is_a_400(query, erika, log_in):
    assert log_in(erika).get(f"{POSTS}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["kind__exact=page", "updated_at__gte=2026-01-01%2000:00:00Z&updated_at__lt=2026-02-01%2000:00:00Z"]
)
def test_the_lookups_of_the_filters_are_accepted(query, erika, log_in):
    assert log_in(erika).get(f"{POSTS}?{query}").status_code == 200


def assert_nothing_is_found(client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert "Tides" not in response.content.decode()


@pytest.mark.parametrize("parameter", ["tag", "author"])
@pytest.mark.parametrize("value", ["9" * 30, "abc", "-1", "%00"])
def test_a_filter_by_an_invalid_key_finds_nothing(parameter, value, erika, make_post, log_in):
    make_post("Tides")
    assert_nothing_is_found(log_in(erika), f"{POSTS}?{parameter}={value}")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [(POSTS, "state"), (POSTS, "whose"), (POSTS, "kind__exact"), ("/admin/media/image/", "use")],
)
@pytest.mark.parametrize("value", ["%20", "%E2%80%8B", "%00", "unknown"])
def test_a_filter_by_an_unknown_choice_finds_nothing(
    path, parameter, value, erika, make_post, log_in, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path)
    media.create_image(by=erika, file=ContentFile(files.jpeg(64, 64), name="Tides.jpg"))
    make_post("Tides")
    assert_nothing_is_found(log_in(erika), f"{path}?{parameter}={value}")


@pytest.mark.parametrize(
    ("field", "value"),
    [("published_at_0", "٢٠٩٩-١١-٢٧"), ("published_at_1", "０９:00"), ("published_at_0", "2099-W48-7")],
)
def test_a_date_in_other_digits_or_by_week_is_refused(field, value, alice, make_post, log_in, edit):
    post = make_post("Tides", authors=[alice.author])
    client = log_in(alice)
    url, form = edit(client, post)
    response = client.post(url, {**form, "published_at_0": "2099-11-27", "published_at_1": "09:00", field: value})
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["published_at"]


@pytest.mark.parametrize(
    "query", ["author_list=abc", "tag_list=99999999999999999999999", "published_at=tomorrow", "title=A%20title"]
)
def test_a_query_string_presets_text_fields_only(query, alice, log_in):
    response = log_in(alice).get(f"{POSTS}add/?{query}")
    assert response.status_code == 200
    assert ('value="A title"' in response.content.decode()) == query.startswith("title")


def test_a_query_string_presets_nothing_of_a_token(alice, log_in):
    response = log_in(alice).get("/admin/api/apitoken/add/?expires_at=x&scopes=delete")
    assert response.status_code == 200
    assert response.context["adminform"].form.initial["scopes"] == ["read"]


@pytest.mark.parametrize("key", ["abc", "9" * 30, "\0"])
def test_an_invalid_author_shows_the_form_again_with_the_text(key, alice, make_post, log_in, edit):
    post = make_post("Tides", authors=[alice.author])
    client = log_in(alice)
    url, form = edit(client, post)
    response = client.post(url, {**form, "title": "Typed for an hour", "author_list": [key]})
    assert response.status_code == 200
    assert "Typed for an hour" in response.content.decode()
    assert Post.objects.get().title == "Tides"


@pytest.mark.parametrize("carried", ["[" * 5000, json.dumps([["title", ["\ud800"]]]), "{}", "x"])
def test_an_invalid_carried_form_does_not_prevent_the_login(carried, alice, client):
    url = reverse("admin:login") + "?next=/admin/posts/post/add/"
    sent = {"username": "alice", "password": "a-long-password", "carried_fields": carried}
    assert client.post(url, sent).status_code in (200, 302)
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_login_with_an_external_next_url_redirects_to_the_admin(alice, client):
    sent = {"username": "alice", "password": "a-long-password", "next": "//evil.example"}
    response = client.post(reverse("admin:login") + "?next=//evil.example", sent)
    assert response["Location"] == reverse("admin:index")


def test_the_view_on_site_redirect_does_not_reveal_the_address_of_a_draft(alice, bob, make_post, log_in):
    post = make_post("Nobody knows yet", status="draft", authors=[bob.author])
    kind = ContentType.objects.get_for_model(Post)
    response = log_in(alice).get(f"/admin/r/{kind.pk}/{post.pk}/")
    assert response.status_code == 404
