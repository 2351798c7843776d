"""Over the API, an author has a picture and links: both are read, written and checked."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.media import services as media
from apps.posts import services
from apps.posts.models import Author
from tests.media import files


@pytest.fixture
def change(erika_client, alice):
    """Return a function that changes Alice's author over the API."""

    def send(**fields):
        return erika_client.patch(f"authors/{alice.author.pk}/", fields, If_Match="*")

    return send


def test_the_picture_is_named_by_its_id_and_read_with_its_address(change, client, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    image = media.create_image(by=alice, file=ContentFile(files.jpeg(), name="me.jpg"))
    assert change(picture=image.pk, links=["https://a.example/@alice", "https://b.example/"]).status_code == 200
    answer = client.get(f"authors/{alice.author.pk}/").json()
    assert answer["picture"] == image.pk
    assert answer["picture_address"] == urljoin(settings.SITE_URL, image.picture.address)
    assert answer["links"] == ["https://a.example/@alice", "https://b.example/"]
    listed = client.get("authors/?fields=picture_address").json()["results"]
    assert listed == [{"id": alice.author.pk, "picture_address": answer["picture_address"]}]
    assert change(picture=None, links=[]).json()["picture_address"] is None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"picture": 999999}, "/picture"),
        ({"links": ["javascript:x"]}, "/links"),
        ({"links": [f"https://a.example/{number}" for number in range(11)]}, "/links"),
    ],
)
def test_what_is_wrong_is_named(fields, pointer, change, alice):
    answer = change(**fields)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]][0].startswith(pointer)
    assert Author.objects.get(pk=alice.author.pk).version == 1


def test_posts_with_whole_authors_take_as_many_queries_for_many_pictures_as_for_one(
    client, make_post, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path)

    def write(number: int) -> None:
        image = media.create_image(by=None, file=ContentFile(files.jpeg(40, 30 + number), name="me.jpg"))
        author = services.create_author(name=f"Author {number}", picture=image)
        make_post(f"Post {number}", authors=[author])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("posts/?include=authors").json()
        assert all(author["picture_address"] for post in answer["results"] for author in post["authors"])
        return len(captured)

    write(1)
    few = queries()
    write(2)
    write(3)
    assert queries() == few
