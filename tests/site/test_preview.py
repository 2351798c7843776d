"""Settings that are not saved are shown in a private preview: to who tries them alone, and nothing is stored."""

import pytest

from apps.site import services
from apps.site.models import Site
from tests.site.conftest import URL

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

PREVIEW = "/preview/site/"
TRY = "/admin/site/site/preview/"
STYLESHEET = "/admin/site/site/stylesheet/"


def test_the_preview_shows_what_is_typed_and_readers_do_not_see_it(erika, log_in, open_form, client, make_post):
    make_post("Roses")
    editor = log_in(erika)
    fields = open_form(editor) | {
        "name": "Tried",
        "front_page": "grid",
        "links-4-label": "More",
        "links-4-address": "/m/",
    }
    response = editor.post(TRY, fields, follow=True)
    assert response.request["PATH_INFO"] == PREVIEW
    page = response.content.decode()
    assert "Tried" in page
    assert 'data-front="grid"' in page
    assert ">More</a>" in page
    assert "Roses" in page
    assert "Tried" not in client.get("/").content.decode()
    assert Site.objects.get().version == 1


def test_the_preview_can_show_the_newest_post_and_either_scheme(erika, log_in, open_form, make_post):
    make_post("Roses", body="Words of the post.")
    editor = log_in(erika)
    page = editor.post(TRY, open_form(editor) | {"show": "post", "shown_scheme": "dark"}, follow=True).content.decode()
    assert "Words of the post." in page
    assert 'data-scheme-default="dark"' in page


def test_what_cannot_be_used_is_shown_as_it_is_stored(erika, log_in, open_form):
    editor = log_in(erika)
    page = editor.post(TRY, open_form(editor) | {"name": "Tried", "accent": "red"}, follow=True).content.decode()
    assert "Tried" in page
    assert "theme.css" not in page


def test_a_colour_that_is_tried_has_a_theme_in_the_preview_alone(erika, log_in, open_form, client):
    editor = log_in(erika)
    page = editor.post(TRY, open_form(editor) | {"accent": "#1d4f7c"}, follow=True).content.decode()
    assert 'href="/preview/site/theme.css?' in page
    assert "light-dark(#1d4f7c," in editor.get("/preview/site/theme.css").content.decode()
    assert "/theme/" not in client.get("/").content.decode()


def test_the_frame_is_allowed_on_the_page_of_the_settings_and_for_the_preview_alone(erika, log_in):
    editor = log_in(erika)
    assert "frame-src 'self'" in editor.get(URL)["Content-Security-Policy"]
    shown = editor.get(PREVIEW)
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert shown["X-Robots-Tag"] == "noindex"
    assert "no-store" in shown["Cache-Control"]
    for path in ("/", "/admin/", "/admin/posts/post/"):
        policy = editor.get(path)["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "frame-src" not in policy


def test_the_preview_is_for_those_who_may_change_settings(alice, log_in, client):
    for path in (PREVIEW, "/preview/site/theme.css"):
        assert client.get(path).status_code == 404
        assert log_in(alice).get(path).status_code == 404
    assert log_in(alice).post(TRY, {}).status_code == 403


def test_opening_the_settings_again_forgets_what_was_tried(erika, log_in, open_form):
    editor = log_in(erika)
    editor.post(TRY, open_form(editor) | {"name": "Tried"})
    editor.get(URL)
    assert "Tried" not in editor.get(PREVIEW).content.decode()


def test_what_is_used_of_a_colour_is_said_in_words(erika, log_in):
    uses = log_in(erika).get("/admin/site/site/accent/", {"colour": "#FFCC00"}).json()["uses"]
    assert uses[0]["words"].endswith("your colour has a contrast of 1.3 there, and text needs 4.5.")
    assert uses[1]["words"].startswith("#ffcc00 on dark paper")
    assert log_in(erika).get("/admin/site/site/accent/", {"colour": "red"}).json() == {"uses": []}


@pytest.fixture
def admin_client(admin_user, log_in):
    """A client that is logged in as somebody who may change the stylesheet."""
    return log_in(admin_user)


def test_an_administrator_tries_uses_and_takes_away_a_stylesheet(admin_client, client):
    css = {"css": "a { color: teal }", "digest": ""}
    admin_client.post(STYLESHEET, css | {"_preview": "1"})
    assert "teal" in admin_client.get("/preview/site/theme.css").content.decode()
    assert not services.stored_stylesheet()
    assert admin_client.post(STYLESHEET, css | {"_save": "1"}).status_code == 302
    assert services.stored_stylesheet() == "a { color: teal }"
    assert "/theme/" in client.get("/").content.decode()
    digest = Site.objects.get().stylesheet_digest
    admin_client.post(STYLESHEET, {"css": "", "digest": digest, "_remove": "1"})
    assert services.stored_stylesheet() == ""
    assert "/theme/" not in client.get("/").content.decode()


def test_saving_without_any_change_or_field_changes_nothing(admin_client):
    assert admin_client.post(STYLESHEET, {}).status_code == 302
    assert Site.objects.get().version == 1


def test_a_stylesheet_with_errors_is_shown_again_with_their_lines(admin_client):
    response = admin_client.post(STYLESHEET, {"css": "a { color: red }\n@import 'x';", "digest": "", "_save": "1"})
    page = response.content.decode()
    assert "Line 2: @import is not allowed" in page
    assert "a { color: red }" in page
    assert services.stored_stylesheet() == ""


def test_of_two_administrators_the_second_is_shown_both_stylesheets(admin_client):
    admin_client.post(STYLESHEET, {"css": "a { color: red }", "digest": "", "_save": "1"})
    response = admin_client.post(STYLESHEET, {"css": "a { color: blue }", "digest": "", "_save": "1"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody saved another stylesheet meanwhile." in page
    assert "blue" in page
    assert services.stored_stylesheet() == "a { color: red }"


def test_editors_may_not_change_the_stylesheet(erika, log_in):
    editor = log_in(erika)
    assert editor.get(STYLESHEET).status_code == 403
    assert editor.post(STYLESHEET, {"css": "a {}", "_save": "1"}).status_code == 403
    assert STYLESHEET not in editor.get(URL).content.decode()
