"""The preview shows any post in the template of readers, only to users who may change it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.posts.models import Post
from blog_project import addresses

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(alice, make_post):
    return make_post("Half a thought", status=Post.Status.DRAFT, authors=[alice.author], body="Not *yet*.")


@pytest.mark.parametrize("who", ["alice", "erika"])
def test_users_who_may_change_a_draft_see_its_preview(client, draft, request, who):
    client.force_login(request.getfixturevalue(who))
    response = client.get(addresses.preview(draft.pk))
    page = response.content.decode()
    assert "Not <em>yet</em>." in page
    assert "Preview — not public" in page
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]


def test_an_anonymous_user_is_redirected_to_the_login(client, draft):
    response = client.get(addresses.preview(draft.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/?next=/preview/")


def test_the_preview_is_a_404_for_another_author(client, draft, bob):
    client.force_login(bob)
    assert client.get(addresses.preview(draft.pk)).status_code == 404


def test_a_user_who_is_not_staff_is_redirected_to_the_login(client, draft, charlie):
    client.force_login(charlie)
    assert client.get(addresses.preview(draft.pk)).status_code == 302


def test_the_preview_of_a_scheduled_post_shows_its_date(client, alice, make_post):
    post = make_post("Soon", published_at=timezone.now() + timedelta(days=9), authors=[alice.author])
    client.force_login(alice)
    assert "Readers will see it from" in client.get(addresses.preview(post.pk)).content.decode()


def test_the_public_page_never_has_the_preview_banner(client, make_post, alice):
    make_post("Public")
    client.force_login(alice)
    response = client.get("/public/")
    assert "Preview" not in response.content.decode()
    assert "Cookie" not in response.get("Vary", "")
