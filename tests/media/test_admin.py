"""The admin of images: the list, uploads of several files, descriptions, and the deletion of unused images."""

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


def admin_url(image: Image, view: str = "change") -> str:
    return f"/admin/media/image/{image.pk}/{view}/"


def test_the_list_shows_thumbnails_and_can_be_searched_and_filtered(log_in, erika, upload, make_post):
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


def test_the_queries_of_the_list_do_not_grow_with_its_length(log_in, erika, alice, upload):
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


def test_uploading_one_file_redirects_to_its_form(log_in, alice):
    response = log_in(alice).post(ADD, {"pictures": file()}, follow=True)
    image = Image.objects.get()
    assert response.redirect_chain == [(admin_url(image), 302)]
    assert "Say what it shows" in html(response)
    assert (image.uploaded_by, LogEntry.objects.get().object_id) == (alice, str(image.pk))


def test_several_files_are_stored_and_an_invalid_one_is_reported_with_the_reason(log_in, alice):
    uploads = [file("a.jpg"), file("b.jpg", b"<svg/>"), file("c.jpg", files.jpeg(61, 40))]
    page = html(log_in(alice).post(ADD, {"pictures": uploads}, follow=True))
    assert {image.name for image in Image.objects.all()} == {"a.jpg", "c.jpg"}
    assert "2 images are here." in page
    assert "“b.jpg”: This is no picture" in page


def test_without_a_valid_file_the_form_is_shown_again_with_the_reason(log_in, alice):
    page = html(log_in(alice).post(ADD, {"pictures": file("b.jpg", b"<svg/>")}))
    assert "“b.jpg”: This is no picture" in page
    assert 'type="file"' in page


def test_an_upload_form_without_a_file_is_refused(log_in, alice):
    assert "This field is required" in html(log_in(alice).post(ADD))


def test_an_upload_in_a_popup_chooses_the_new_image(log_in, alice):
    client = log_in(alice)
    assert 'name="_popup"' in html(client.get(ADD + "?_popup=1"))
    page = html(client.post(ADD, {"pictures": file(), "_popup": "1"}))
    assert "data-popup-response" in page
    assert f"&quot;{Image.objects.get().pk}&quot;" in page


def test_an_edit_conflict_shows_the_descriptions_of_both_editors(log_in, erika, upload):
    image, client = upload(), log_in(erika)
    fields = fields_of(client.get(admin_url(image)), "image_form")
    assert client.post(admin_url(image), fields | {"alt": "A cat", "focal_x": "0.25"}).status_code == 302
    image.refresh_from_db()
    assert (image.alt, image.focal_x, image.version) == ("A cat", 0.25, 2)
    conflict = client.post(admin_url(image), fields | {"alt": "A dog"})
    assert conflict.status_code == 409
    text = re.sub("<[^>]*>", "", conflict.content.decode())
    assert "A dog" in text
    assert "A cat" in text
    assert Image.objects.get().alt == "A cat"


@pytest.mark.parametrize("value", ["2", "-0.1", "nan", "x", ""])
def test_the_form_refuses_an_invalid_focal_point(log_in, erika, upload, value):
    image, client = upload(), log_in(erika)
    fields = fields_of(client.get(admin_url(image)), "image_form")
    response = client.post(admin_url(image), fields | {"focal_y": value})
    assert "focal_y" in response.context["adminform"].form.errors
    assert Image.objects.get().version == 1


def test_the_form_lists_the_posts_that_use_the_image_and_its_markdown(log_in, erika, upload, make_post):
    image = upload(alt="A cat")
    client = log_in(erika)
    assert "No post shows it." in html(client.get(admin_url(image)))
    posts = [make_post(f"Post {number}", cover_image=image) for number in range(22)]
    page = html(client.get(admin_url(image)))
    assert f'<a href="/admin/posts/post/{posts[-1].pk}/change/">Post 21</a>' in page
    assert "and others" in page
    assert f"<code>![A cat]({image.address}#picture)</code>" in page


def test_an_image_in_use_is_not_deleted_and_its_post_is_named(log_in, erika, upload, make_post):
    image = upload()
    make_post("The cat of the house", cover_image=image)
    client = log_in(erika)
    for send in (client.get, lambda *args, **kwargs: client.post(*args, {"post": "yes"}, **kwargs)):
        assert "used in “The cat of the house”" in html(send(admin_url(image, "delete"), follow=True))
    assert Image.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_unused_image_is_deleted_with_its_files(log_in, erika, upload, store):
    image, client = upload(), log_in(erika)
    assert "picture.jpg" in html(client.get(admin_url(image, "delete")))
    client.post(admin_url(image, "delete"), {"post": "yes"})
    assert not Image.objects.exists()
    assert list(store.iterdir()) == []


def test_the_list_has_no_bulk_deletion_which_would_bypass_the_services(log_in, erika, upload):
    upload()
    assert "delete_selected" not in html(log_in(erika).get(LIST))


def test_authors_may_change_and_delete_only_their_own_images(log_in, alice, bob, upload):
    image, client = upload(by=alice), log_in(bob)
    page = html(client.get(admin_url(image)))
    assert 'name="alt"' not in page
    assert client.post(admin_url(image), {"alt": "Bob's"}).status_code == 403
    assert client.post(admin_url(image, "delete"), {"post": "yes"}).status_code == 403
    assert 'name="alt"' in html(log_in(alice).get(admin_url(image)))


def test_users_without_the_right_to_add_images_get_403(log_in, charlie):
    charlie.is_staff = True
    charlie.save()
    assert log_in(charlie).get(ADD).status_code == 403
    assert log_in(charlie).get(LIST).status_code == 403


def test_a_busy_server_is_reported_for_each_file(log_in, alice, monkeypatch):
    def fail(**fields):
        raise services.Busy

    monkeypatch.setattr(services, "create_image", fail)
    assert "“cat.jpg”: Other work like this is still under way" in html(log_in(alice).post(ADD, {"pictures": file()}))
