"""Images at the desk: listed with what they show, uploaded several at a time, described, deleted where unused."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.media import services
from apps.media.models import Image
from tests.editor.forms import fields_of
from tests.media import files

pytestmark = pytest.mark.any_database

LIST, ADD = "/admin/media/image/", "/admin/media/image/add/"


def file(name: str = "cat.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.jpeg(60, 40) if content is None else content, "image/jpeg")


def html(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def one(image: Image, what: str = "change") -> str:
    return f"/admin/media/image/{image.pk}/{what}/"


def test_the_list_shows_each_and_finds_names_and_what_is_unused(log_in, erika, upload, make_post):
    cat = upload(files.jpeg(60, 40), "cat.jpg", alt="A cat")
    dog = upload(files.jpeg(61, 40), "dog.jpg")
    make_post(cover_image=cat)
    client = log_in(erika)
    page = html(client.get(LIST))
    assert page.index(dog.thumbnail) < page.index(cat.thumbnail)
    assert "60 × 40, JPEG" in page
    assert "A cat" in page
    assert cat.thumbnail not in html(client.get(LIST + "?use=none"))
    assert dog.thumbnail in html(client.get(LIST + "?use=none"))
    assert dog.thumbnail not in html(client.get(LIST + "?q=CAT"))


def test_the_list_costs_the_same_however_long_it_is(log_in, erika, alice, upload):
    client, costs = log_in(erika), []
    upload(files.jpeg(30, 20), by=alice)
    client.get(LIST)
    for side in (31, 36):
        for more in range(3):
            upload(files.jpeg(side + more, 20), by=alice)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 8


def test_one_file_leads_to_where_it_is_described(log_in, alice):
    response = log_in(alice).post(ADD, {"pictures": file()}, follow=True)
    image = Image.objects.get()
    assert response.redirect_chain == [(one(image), 302)]
    assert "Say what it shows" in html(response)
    assert (image.uploaded_by, LogEntry.objects.get().object_id) == (alice, str(image.pk))


def test_several_files_are_kept_and_a_bad_one_is_named_with_the_reason(log_in, alice):
    sent = [file("a.jpg"), file("b.jpg", b"<svg/>"), file("c.jpg", files.jpeg(61, 40))]
    page = html(log_in(alice).post(ADD, {"pictures": sent}, follow=True))
    assert {image.name for image in Image.objects.all()} == {"a.jpg", "c.jpg"}
    assert "2 images are here." in page
    assert "“b.jpg”: This is no picture" in page


def test_where_no_file_is_good_the_form_comes_back_with_the_reason(log_in, alice):
    page = html(log_in(alice).post(ADD, {"pictures": file("b.jpg", b"<svg/>")}))
    assert "“b.jpg”: This is no picture" in page
    assert 'type="file"' in page


def test_a_form_without_a_file_says_so(log_in, alice):
    assert "This field is required" in html(log_in(alice).post(ADD))


def test_a_window_that_was_opened_to_choose_an_image_has_the_new_one_chosen(log_in, alice):
    client = log_in(alice)
    assert 'name="_popup"' in html(client.get(ADD + "?_popup=1"))
    page = html(client.post(ADD, {"pictures": file(), "_popup": "1"}))
    assert "data-popup-response" in page
    assert f"&quot;{Image.objects.get().pk}&quot;" in page


def test_it_is_described_and_a_second_editor_is_shown_what_the_first_wrote(log_in, erika, upload):
    image, client = upload(), log_in(erika)
    fields = fields_of(client.get(one(image)), "image_form")
    assert client.post(one(image), fields | {"alt": "A cat", "focal_x": "0.25"}).status_code == 302
    image.refresh_from_db()
    assert (image.alt, image.focal_x, image.version) == ("A cat", 0.25, 2)
    conflict = client.post(one(image), fields | {"alt": "A dog"})
    assert conflict.status_code == 409
    shown = re.sub("<[^>]*>", "", conflict.content.decode())
    assert "A dog" in shown
    assert "A cat" in shown
    assert Image.objects.get().alt == "A cat"


@pytest.mark.parametrize("value", ["2", "-0.1", "nan", "x", ""])
def test_a_focal_point_that_is_none_is_refused_by_the_form(log_in, erika, upload, value):
    image, client = upload(), log_in(erika)
    fields = fields_of(client.get(one(image)), "image_form")
    response = client.post(one(image), fields | {"focal_y": value})
    assert "focal_y" in response.context["adminform"].form.errors
    assert Image.objects.get().version == 1


def test_its_page_says_where_it_is_used_and_what_to_write(log_in, erika, upload, make_post):
    image = upload(alt="A cat")
    client = log_in(erika)
    assert "No post shows it." in html(client.get(one(image)))
    posts = [make_post(f"Post {number}", cover_image=image) for number in range(22)]
    page = html(client.get(one(image)))
    assert f'<a href="/admin/posts/post/{posts[-1].pk}/change/">Post 21</a>' in page
    assert "and others" in page
    assert f"<code>![A cat]({image.address})</code>" in page


def test_what_is_used_is_not_deleted_and_one_is_told_where_it_is(log_in, erika, upload, make_post):
    image = upload()
    make_post("The cat of the house", cover_image=image)
    client = log_in(erika)
    for send in (client.get, lambda *args, **kwargs: client.post(*args, {"post": "yes"}, **kwargs)):
        assert "used in “The cat of the house”" in html(send(one(image, "delete"), follow=True))
    assert Image.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_unused_is_deleted_with_its_files(log_in, erika, upload, store):
    image, client = upload(), log_in(erika)
    assert "picture.jpg" in html(client.get(one(image, "delete")))
    client.post(one(image, "delete"), {"post": "yes"})
    assert not Image.objects.exists()
    assert list(store.iterdir()) == []


def test_nothing_is_deleted_past_the_services(log_in, erika, upload):
    upload()
    assert "delete_selected" not in html(log_in(erika).get(LIST))


def test_authors_describe_and_delete_their_own_and_see_the_others(log_in, alice, bob, upload):
    image, client = upload(by=alice), log_in(bob)
    page = html(client.get(one(image)))
    assert 'name="alt"' not in page
    assert client.post(one(image), {"alt": "Bob's"}).status_code == 403
    assert client.post(one(image, "delete"), {"post": "yes"}).status_code == 403
    assert 'name="alt"' in html(log_in(alice).get(one(image)))


def test_whoever_may_not_add_images_gets_no_form(log_in, charlie):
    charlie.is_staff = True
    charlie.save()
    assert log_in(charlie).get(ADD).status_code == 403
    assert log_in(charlie).get(LIST).status_code == 403


def test_a_busy_server_says_so_for_each_file(log_in, alice, monkeypatch):
    def fail(**fields):
        raise services.Busy

    monkeypatch.setattr(services, "create_image", fail)
    assert "“cat.jpg”: Other pictures are being worked on" in html(log_in(alice).post(ADD, {"pictures": file()}))
