"""The library in the dialog for pictures: the newest images first, found by name, page by page."""

import pytest
from django.core.files.base import ContentFile

from apps.editor.views import inserting
from apps.media import services
from apps.media.models import Image
from tests.media import files

URL = "/admin/posts/post/pictures/"


@pytest.fixture
def library(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for number, name in enumerate(("harbour.png", "boat.png", "old harbour.png")):
        file = ContentFile(files.encode(files.photo(120 + number, 90), "PNG"), name=name)
        services.create_image(by=None, file=file, alt=f"Picture {number}")


def names(client, **fields) -> tuple[list[str], object]:
    answer = client.post(URL, fields)
    assert answer.status_code == 200
    return [picture["name"] for picture in answer.json()["pictures"]], answer.json()["after"]


def test_images_are_listed_page_by_page_the_newest_first(library, log_in, erika, monkeypatch):
    monkeypatch.setattr(inserting, "PICTURES", 2)
    client = log_in(erika)
    first, after = names(client)
    assert first == ["old harbour.png", "boat.png"]
    assert names(client, after=after) == (["harbour.png"], None)


def test_they_are_found_by_a_part_of_their_names(library, log_in, erika):
    assert names(log_in(erika), q="HARB") == (["old harbour.png", "harbour.png"], None)


def test_each_has_what_the_dialog_shows(library, log_in, erika):
    picture = log_in(erika).post(URL, {"q": "boat"}).json()["pictures"][0]
    shown = {"id", "name", "alt", "credit", "thumbnail", "focal_x", "focal_y", "url", "is_editable"}
    assert set(picture) == shown
    assert (picture["alt"], picture["url"][:7]) == ("Picture 1", "/media/")


def test_it_takes_as_many_queries_for_many_as_for_one(library, log_in, erika, django_assert_max_num_queries):
    client = log_in(erika)
    with django_assert_max_num_queries(8):
        names(client)


def test_a_user_who_may_not_write_is_refused(library, log_in, django_user_model):
    reader = django_user_model.objects.create_user("rita", is_staff=True)
    assert log_in(reader).post(URL).status_code == 403


DESCRIBE = "/admin/posts/post/describe-picture/"


def test_a_focal_point_and_a_first_credit_are_saved_on_the_image(library, log_in, erika):
    image = Image.objects.get(name="boat.png")
    answer = log_in(erika).post(DESCRIBE, {"id": image.pk, "focal_x": "0.25", "focal_y": "1", "credit": "Ada"})
    assert (answer.json()["focal_x"], answer.json()["credit"]) == (0.25, "Ada")
    image.refresh_from_db()
    assert (image.focal_x, image.focal_y, image.credit, image.version) == (0.25, 1, "Ada", 2)


def test_a_credit_that_an_image_has_is_kept(library, log_in, erika):
    Image.objects.update(credit="Ada")
    image = Image.objects.get(name="boat.png")
    log_in(erika).post(DESCRIBE, {"id": image.pk, "credit": "Somebody else"})
    image.refresh_from_db()
    assert (image.credit, image.version) == ("Ada", 1)


@pytest.mark.parametrize("fields", [{"focal_x": "left"}, {"focal_x": "2"}, {"focal_y": "nan"}])
def test_a_focal_point_outside_of_the_image_is_refused(library, log_in, erika, fields):
    image = Image.objects.get(name="boat.png")
    answer = log_in(erika).post(DESCRIBE, {"id": image.pk, **fields})
    assert answer.status_code in (400, 422)
    assert "from 0 to 1" in answer.json()["detail"]


def test_authors_describe_only_their_own_images(library, log_in, alice):
    image = Image.objects.get(name="boat.png")
    answer = log_in(alice).post(DESCRIBE, {"id": image.pk, "focal_x": "0"})
    assert answer.status_code == 403
    assert "only pictures that you have uploaded" in answer.json()["detail"]
    assert log_in(alice).post(DESCRIBE, {"id": "999999"}).status_code == 404
    assert log_in(alice).post(DESCRIBE, {"id": "x"}).status_code == 404
