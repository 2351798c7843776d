"""The start page of the admin shows the user's open tasks, limited to what the user may see."""

from datetime import timedelta

import html5lib
import pytest
from django.utils import timezone

from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.posts import services
from apps.posts.models import Author

pytestmark = pytest.mark.any_database


def section(response, name: str) -> str:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    (element,) = [item for item in page.iter("section") if item.get("aria-labelledby") == f"start-{name}"]
    return " ".join("".join(element.itertext()).split())


def has_section(response, name: str) -> bool:
    return f'id="start-{name}"' in response.content.decode()


@pytest.fixture
def authored_by(db):
    return lambda user: {"authors": [Author.objects.get(user=user)]}


@pytest.fixture
def start_page(log_in):
    return lambda user: log_in(user).get("/admin/")


def test_an_author_sees_their_own_drafts_last_changed_first(alice, bob, make_post, authored_by, start_page):
    make_post("Mine", status="draft", **authored_by(alice))
    make_post("Mine too", status="draft", **authored_by(alice))
    make_post("Bob's", status="draft", **authored_by(bob))
    make_post("Live", **authored_by(alice))
    text = section(start_page(alice), "drafts")
    assert text.index("Mine too") < text.index("Mine changed")
    assert "Bob's" not in text
    assert "Live" not in text


def test_scheduled_posts_are_shown_soonest_first_all_to_editors_and_their_own_to_authors(
    alice, bob, erika, make_post, authored_by, start_page
):
    for title, days, who in (("Later", 9, alice), ("Sooner", 2, alice), ("Bob's", 5, bob)):
        make_post(title, published_at=timezone.now() + timedelta(days=days), **authored_by(who))
    make_post("Out", **authored_by(alice))
    everybodys, own = section(start_page(erika), "scheduled"), section(start_page(alice), "scheduled")
    assert everybodys.index("Sooner") < everybodys.index("Bob's") < everybodys.index("Later")
    assert own.index("Sooner") < own.index("Later")
    assert "Bob's" not in own
    assert "Out" not in everybodys + own


def test_moderators_see_the_number_of_pending_comments_and_authors_do_not(
    alice, erika, make_post, start_page, monkeypatch
):
    post = make_post()
    for number in range(3):
        create_comment(by=None, post=post, body=f"Comment {number}", name="Rita")
    assert "3 comments" in section(start_page(erika), "waiting")
    assert not has_section(start_page(alice), "waiting")
    monkeypatch.setattr("apps.editor.start_page.MAX_COUNTED", 2)
    assert "More than 2 comments" in section(start_page(erika), "waiting")
    Comment.objects.update(status="approved")
    assert "No comment waits" in section(start_page(erika), "waiting")


def test_changes_by_others_are_listed_with_user_and_reason(alice, bob, erika, make_post, authored_by, start_page):
    post, other = make_post("Alice's", by=alice, **authored_by(alice)), make_post("Bob's", by=bob, **authored_by(bob))
    services.update_post(post, by=erika, expected_version=1, title="Alice's, edited", reason="shorter")
    services.update_post(other, by=erika, expected_version=1, title="Bob's, edited")
    text = section(start_page(alice), "changed")
    assert "Alice's, edited erika" in text
    assert "shorter" in text
    assert "Bob's" not in text
    assert "edited" not in section(start_page(erika), "changed")


def test_posts_in_the_trash_are_left_out(alice, erika, make_post, authored_by, start_page):
    post = make_post("Thrown away", status="draft", by=erika, **authored_by(alice))
    services.trash_post(post, by=erika, expected_version=1)
    page = start_page(alice)
    assert "Thrown away" not in section(page, "drafts") + section(page, "changed")


def test_the_button_to_write_is_shown_to_users_who_can_write(alice, erika, start_page):
    assert "Write a post" in start_page(alice).content.decode()
    Author.objects.all().delete()
    assert "Write a post" not in start_page(alice).content.decode()
    assert "not tied to an author yet" in section(start_page(alice), "drafts")
    assert "Write a post" in start_page(erika).content.decode()
    assert "Everybody’s drafts" in section(start_page(erika), "drafts")


def test_an_empty_section_says_what_it_would_show(alice, start_page):
    page = start_page(alice)
    assert "waits for you here" in section(page, "drafts")
    assert "appears by itself" in section(page, "scheduled")
    assert "Nobody else changed" in section(page, "changed")


def test_a_user_without_permissions_on_posts_is_shown_none(charlie, make_post, start_page):
    charlie.is_staff = True
    charlie.save()
    make_post("Draft", status="draft")
    page = start_page(charlie)
    assert not has_section(page, "drafts")
    assert "Draft" not in page.content.decode()


def test_a_section_links_to_the_list_if_there_are_more_posts(alice, make_post, authored_by, start_page, log_in):
    for number in range(7):
        make_post(f"Draft {number}", status="draft", **authored_by(alice))
    page = start_page(alice)
    assert section(page, "drafts").count("Draft ") == 5
    assert 'href="/admin/posts/post/?state=draft"' in page.content.decode()


def test_the_latest_actions_link_to_their_posts(erika, make_post, log_in):
    client, post = log_in(erika), make_post("Draft", status="draft")
    client.post("/admin/posts/post/", {"action": "publish", "_selected_action": [post.pk], "index": "0"})
    page = client.get("/admin/").content.decode()
    assert f'<a href="/admin/posts/post/{post.pk}/change/">Draft</a>' in page
    assert "Published." in page
    assert "Logged in" not in page
