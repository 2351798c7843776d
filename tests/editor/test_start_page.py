"""The start page says what there is to do: of what the user may see, and at the same cost whatever there is."""

from datetime import timedelta

import html5lib
import pytest
from django.utils import timezone

from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.posts import services
from apps.posts.models import Author

pytestmark = pytest.mark.any_database


def part(response, name: str) -> str:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    (section,) = [one for one in page.iter("section") if one.get("aria-labelledby") == f"start-{name}"]
    return " ".join("".join(section.itertext()).split())


def has_part(response, name: str) -> bool:
    return f'id="start-{name}"' in response.content.decode()


@pytest.fixture
def of(db):
    return lambda user: {"authors": [Author.objects.get(user=user)]}


@pytest.fixture
def start(log_in):
    return lambda user: log_in(user).get("/admin/")


def test_an_author_sees_their_own_drafts_the_last_change_first(alice, bob, make_post, of, start):
    make_post("Mine", status="draft", **of(alice))
    make_post("Mine too", status="draft", **of(alice))
    make_post("Bob's", status="draft", **of(bob))
    make_post("Live", **of(alice))
    text = part(start(alice), "drafts")
    assert text.index("Mine too") < text.index("Mine changed")
    assert "Bob's" not in text
    assert "Live" not in text


def test_what_is_scheduled_comes_soonest_first_an_editors_all_and_an_authors_own(
    alice, bob, erika, make_post, of, start
):
    for title, days, who in (("Later", 9, alice), ("Sooner", 2, alice), ("Bob's", 5, bob)):
        make_post(title, published_at=timezone.now() + timedelta(days=days), **of(who))
    make_post("Out", **of(alice))
    everybodys, own = part(start(erika), "scheduled"), part(start(alice), "scheduled")
    assert everybodys.index("Sooner") < everybodys.index("Bob's") < everybodys.index("Later")
    assert own.index("Sooner") < own.index("Later")
    assert "Bob's" not in own
    assert "Out" not in everybodys + own


def test_moderators_see_how_many_comments_wait_and_authors_do_not(alice, erika, make_post, start, monkeypatch):
    post = make_post()
    for number in range(3):
        create_comment(by=None, post=post, body=f"Comment {number}", name="Rita")
    assert "3 comments" in part(start(erika), "waiting")
    assert not has_part(start(alice), "waiting")
    monkeypatch.setattr("apps.editor.start_page.MAX_COUNTED", 2)
    assert "More than 2 comments" in part(start(erika), "waiting")
    Comment.objects.update(status="approved")
    assert "No comment waits" in part(start(erika), "waiting")


def test_what_others_changed_is_named_with_who_and_why(alice, bob, erika, make_post, of, start):
    post, other = make_post("Alice's", by=alice, **of(alice)), make_post("Bob's", by=bob, **of(bob))
    services.update_post(post, by=erika, expected_version=1, title="Alice's, edited", reason="shorter")
    services.update_post(other, by=erika, expected_version=1, title="Bob's, edited")
    text = part(start(alice), "changed")
    assert "Alice's, edited erika" in text
    assert "shorter" in text
    assert "Bob's" not in text
    assert "edited" not in part(start(erika), "changed")


def test_what_is_in_the_trash_is_nowhere(alice, erika, make_post, of, start):
    post = make_post("Thrown away", status="draft", by=erika, **of(alice))
    services.trash_post(post, by=erika, expected_version=1)
    page = start(alice)
    assert "Thrown away" not in part(page, "drafts") + part(page, "changed")


def test_there_is_a_button_to_write_for_who_can_write(alice, erika, start):
    assert "Write a post" in start(alice).content.decode()
    Author.objects.all().delete()
    assert "Write a post" not in start(alice).content.decode()
    assert "not tied to an author yet" in part(start(alice), "drafts")
    assert "Write a post" in start(erika).content.decode()
    assert "Everybody’s drafts" in part(start(erika), "drafts")


def test_with_nothing_to_do_each_part_says_what_would_be_there(alice, start):
    page = start(alice)
    assert "waits for you here" in part(page, "drafts")
    assert "appears by itself" in part(page, "scheduled")
    assert "Nobody else changed" in part(page, "changed")


def test_somebody_without_rights_to_posts_is_shown_none(charlie, make_post, start):
    charlie.is_staff = True
    charlie.save()
    make_post("Draft", status="draft")
    page = start(charlie)
    assert not has_part(page, "drafts")
    assert "Draft" not in page.content.decode()


def test_more_than_it_shows_is_in_the_list(alice, make_post, of, start, log_in):
    for number in range(7):
        make_post(f"Draft {number}", status="draft", **of(alice))
    page = start(alice)
    assert part(page, "drafts").count("Draft ") == 5
    assert 'href="/admin/posts/post/?state=draft"' in page.content.decode()


def test_what_one_did_last_leads_back_to_it(erika, make_post, log_in):
    client, post = log_in(erika), make_post("Draft", status="draft")
    client.post("/admin/posts/post/", {"action": "publish", "_selected_action": [post.pk], "index": "0"})
    page = client.get("/admin/").content.decode()
    assert f'<a href="/admin/posts/post/{post.pk}/change/">Draft</a>' in page
    assert "Published." in page
    assert "Logged in" not in page
