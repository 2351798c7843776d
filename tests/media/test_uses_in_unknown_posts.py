"""Where an image is used: the posts that somebody may know of are named, others are only said to be there."""

import pytest
from django.urls import reverse

from apps.media.models import Image

HIDDEN = "not yours to see"


@pytest.fixture
def image(upload, alice) -> Image:
    return upload(by=alice)


@pytest.fixture
def hidden(make_post, bob, image):
    return make_post("Merger", status="draft", authors=[bob.author], cover_image=image)


@pytest.fixture
def page(image) -> str:
    return reverse("admin:media_image_change", args=[image.pk])


def test_the_desk_names_the_known_ones_and_links_to_what_can_be_opened(
    alice, bob, erika, log_in, make_post, image, hidden, page
):
    mine = make_post("Mine", status="draft", authors=[alice.author], cover_image=image)
    make_post("Of Bob", slug="of-bob", authors=[bob.author], cover_image=image)
    shown = log_in(alice).get(page).content.decode()
    assert f'<a href="/admin/posts/post/{mine.pk}/change/">Mine</a>' in shown
    assert '<a href="/of-bob/">Of Bob</a>' in shown
    assert HIDDEN in shown
    assert "Merger" not in shown
    shown = log_in(erika).get(page).content.decode()
    assert f'<a href="/admin/posts/post/{hidden.pk}/change/">Merger</a>' in shown
    assert HIDDEN not in shown


def test_it_does_not_say_that_no_post_shows_it(alice, log_in, hidden, page):
    shown = log_in(alice).get(page).content.decode()
    assert HIDDEN in shown
    assert "No post shows it" not in shown


def test_it_cannot_be_deleted_and_the_reason_names_no_other(alice, alice_client, log_in, make_post, image, hidden):
    for words in (HIDDEN, "It is used in “Mine”. Take it out there first."):
        refused = alice_client.delete(f"images/{image.pk}/", If_Match="*")
        assert refused.status_code == 409
        url = reverse("admin:media_image_delete", args=[image.pk])
        shown = log_in(alice).post(url, {"post": "yes"}, follow=True).content.decode()
        for text in (refused.json()["detail"], shown):
            assert words in text
            assert "Merger" not in text
        make_post("Mine", status="draft", authors=[alice.author], cover_image=image)
    assert Image.objects.exists()
