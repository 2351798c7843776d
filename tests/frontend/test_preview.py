"""The preview shows any post in the template of readers, only to users who may change it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core import content_state
from apps.posts.models import Post, PreviewLink
from apps.site.models import Site
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
    assert "This is a draft; only its authors and editors see it." in page
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
    assert "Not public yet: readers will see it from" in client.get(addresses.preview(post.pk)).content.decode()


def test_the_public_page_never_has_the_preview_banner(client, make_post, alice):
    make_post("Public")
    client.force_login(alice)
    response = client.get("/public/")
    assert "Preview" not in response.content.decode()
    assert "Cookie" not in response.get("Vary", "")


@pytest.fixture
def shown_as(client, alice):
    """Return a function that returns the preview of a post of one kind, as Alice sees it."""

    def get(post, kind: str):
        client.force_login(alice)
        return client.get(f"{addresses.preview(post.pk)}?as={kind}")

    return get


def test_the_preview_as_a_search_result_is_cut_as_search_engines_do(shown_as, alice, make_post):
    post = make_post("Tides " * 20, status="draft", authors=[alice.author], summary="Water " * 60, slug="tides")
    page = shown_as(post, "search").content.decode()
    assert "<bdi>testserver</bdi> › <bdi>tides</bdi>" in page
    assert "Tides Tides Tides Tides Tides Tides Tides Tides Tides …" in page
    assert "search engines show about 60 characters" in page
    assert "search engines show about 155 characters" in page


def test_the_preview_as_a_shared_link_has_what_the_public_page_tells_networks(shown_as, draft):
    page = shown_as(draft, "card").content.decode()
    assert '<p class="card-title" dir="auto">Half a thought</p>' in page
    assert "an image with its title is made" in page
    assert '<img src="?as=image"' in page


def test_the_image_that_is_made_for_links_is_shown_before_it_is_public(shown_as, draft):
    image = shown_as(draft, "image")
    assert (image["Content-Type"], image.content[:4]) == ("image/png", b"\x89PNG")


def test_the_preview_as_a_feed_entry_has_as_much_of_the_text_as_the_feeds(shown_as, draft):
    page = shown_as(draft, "feed").content.decode()
    assert "Not <em>yet</em>." in page
    Site.objects.update_or_create(pk=1, defaults={"feed_text": Site.FeedText.SUMMARY})
    content_state.invalidate()
    assert "Feeds have the summary alone" in shown_as(draft, "feed").content.decode()


def test_the_phone_is_a_frame_of_the_page_which_only_this_site_may_frame(shown_as, draft):
    phone = shown_as(draft, "phone")
    assert 'src="?as=page"' in phone.content.decode()
    assert "frame-src 'self'" in phone["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in phone["Content-Security-Policy"]
    page = shown_as(draft, "page")
    assert "Not <em>yet</em>." in page.content.decode()
    assert "preview-switch" not in page.content.decode()
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert shown_as(draft, "")["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("kind", ["", "phone", "search", "card", "feed", "page", "nonsense"])
def test_every_kind_of_preview_is_private_and_kept_by_nobody(kind, shown_as, draft, bob, client):
    response = shown_as(draft, kind)
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    client.force_login(bob)
    assert client.get(f"{addresses.preview(draft.pk)}?as={kind}").status_code == 404


def test_a_preview_link_shows_the_kinds_too(client, draft, alice):
    _link, secret = PreviewLink.objects.issue(post=draft, by=alice, days=1)
    response = client.get(f"{addresses.shared_preview(secret)}?as=search")
    assert "Half a thought" in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"
