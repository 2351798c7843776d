"""The start page of the admin shows the user's open tasks, limited to what the user may see."""

from datetime import UTC, datetime, timedelta

import html5lib
import pytest
from django.utils import timezone

from apps.comments.models import Comment
from apps.comments.services import create_comment
from apps.core.shown_dates import shown_day
from apps.posts import services
from apps.posts.models import Author

pytestmark = pytest.mark.any_database


def section(response, name: str) -> str:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    (element,) = [item for item in page.iter("section") if item.get("aria-labelledby") == f"start-{name}"]
    return " ".join("".join(element.itertext()).split())


def has_section(response, name: str) -> bool:
    return f'id="start-{name}"' in response.content.decode()


def table(response) -> tuple[str, set[str]]:
    """Return the month of the calendar, and the days on which something is scheduled."""
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    (calendar,) = [item for item in page.iter("table") if item.get("class") == "calendar"]
    cells = [" ".join(" ".join(cell.itertext()).split()) for cell in calendar.iter("td") if cell.find("a") is not None]
    return calendar.find("caption").text, set(cells)


@pytest.fixture
def authored_by(db):
    return lambda user: {"authors": [Author.objects.get(user=user)]}


@pytest.fixture
def start_page(log_in):
    return lambda user: log_in(user).get("/admin/")


def test_an_author_goes_on_with_their_own_drafts_last_changed_first(alice, bob, make_post, authored_by, start_page):
    make_post("Mine", status="draft", **authored_by(alice))
    make_post("Mine too", status="draft", **authored_by(alice))
    make_post("Bob's", status="draft", **authored_by(bob))
    make_post("Live", **authored_by(alice))
    text = section(start_page(alice), "writing")
    assert text.index("Mine too") < text.index("Mine Draft")
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


def test_what_one_changed_last_is_there_to_go_on_with(erika, make_post, start_page):
    post = make_post("Out", by=erika)
    make_post("Somebody else's")
    text = section(start_page(erika), "writing")
    assert f"Out Published on {shown_day(post.published_at)}" in text
    assert "Somebody" not in text


def test_moderators_see_the_first_words_of_the_newest_comments_that_wait_and_authors_do_not(
    alice, erika, make_post, start_page, monkeypatch
):
    post = make_post("Tides")
    for number in range(4):
        create_comment(by=None, post=post, body=f"Comment {number} {'and more ' * 100}", name="Rita")
    text = section(start_page(erika), "waiting")
    assert text.index("Comment 3 and more") < text.index("Rita on “Tides”") < text.index("Comment 2")
    assert "Comment 0" not in text
    assert "All 4 comments" in text
    assert len(text) < 1000
    assert not has_section(start_page(alice), "waiting")
    monkeypatch.setattr("apps.editor.start_page.MAX_COUNTED", 3)
    assert "More than 3 comments" in section(start_page(erika), "waiting")
    Comment.objects.update(status="approved")
    assert not has_section(start_page(erika), "waiting")


def test_changes_by_others_are_listed_with_user_and_reason(alice, bob, erika, make_post, authored_by, start_page):
    post, other = make_post("Alice's", by=alice, **authored_by(alice)), make_post("Bob's", by=bob, **authored_by(bob))
    services.update_post(post, by=erika, expected_version=1, title="Alice's, edited", reason="shorter")
    services.update_post(other, by=erika, expected_version=1, title="Bob's, edited")
    text = section(start_page(alice), "changed")
    assert "Alice's, edited erika changed it" in text
    assert "shorter" in text
    assert "Bob's" not in text
    assert not has_section(start_page(erika), "changed")


def test_an_import_is_one_line_without_names_of_files(erika, make_post, start_page):
    for number in range(3):
        make_post(f"Old {number}", reason=f"imported from old-{number}.md (affe490a019a)")
    text = section(start_page(erika), "changed")
    assert text.startswith("Changed by others 3 posts were imported")
    assert not [word for word in ("Old", ".md", "affe") if word in text]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("unpublished", "anna made it a draft again"),
        ("restored version 2", "anna restored version 2"),
        ("tag added: Sea", "anna added the tag “Sea”"),
    ],
)
def test_what_others_did_is_told_in_words(reason, words, anna, erika, make_post, start_page):
    services.update_post(make_post(), by=anna, expected_version=1, title="New", reason=reason)
    assert words in section(start_page(erika), "changed")


def test_scheduled_posts_are_in_a_calendar_of_the_month_that_leads_to_others(erika, make_post, start_page, log_in):
    make_post("Soon", published_at=datetime(2999, 12, 4, 9, 30, tzinfo=UTC))
    make_post("Later", published_at=datetime(3000, 2, 1, tzinfo=UTC))
    page = start_page(erika)
    assert table(page) == ("December 2999", {"4 09:30 Soon"})
    assert 'href="?month=3000-02#start-scheduled" rel="next"' in page.content.decode()
    client = log_in(erika)
    assert table(client.get("/admin/?month=3000-02")) == ("February 3000", {"1 00:00 Later"})
    for unknown in ("3000-01", "nothing", "0000-99"):
        assert table(client.get(f"/admin/?month={unknown}"))[0] == "December 2999"


def test_posts_in_the_trash_are_left_out(alice, erika, make_post, authored_by, start_page):
    post = make_post("Thrown away", status="draft", by=erika, **authored_by(alice))
    services.trash_post(post, by=erika, expected_version=1)
    page = start_page(alice)
    assert "Thrown away" not in page.content.decode()


def test_the_button_to_write_is_shown_to_users_who_can_write(alice, erika, start_page):
    assert "Write a post" in start_page(alice).content.decode()
    Author.objects.all().delete()
    assert "Write a post" not in start_page(alice).content.decode()
    assert "has no author yet" in start_page(alice).content.decode()
    assert "Write a post" in start_page(erika).content.decode()
    assert "Everybody’s drafts" in start_page(erika).content.decode()


def test_nothing_empty_is_shown_and_an_empty_desk_says_what_to_do(alice, make_post, authored_by, start_page):
    page = start_page(alice)
    assert not [name for name in ("writing", "scheduled", "waiting", "changed") if has_section(page, name)]
    assert "Nothing is under way. Write a post" in page.content.decode()
    make_post("Begun", status="draft", **authored_by(alice))
    page = start_page(alice)
    assert has_section(page, "writing")
    assert "Nothing is under way" not in page.content.decode()


def test_a_user_without_permissions_on_posts_is_shown_none(charlie, make_post, start_page):
    charlie.is_staff = True
    charlie.save()
    make_post("Draft", status="draft")
    page = start_page(charlie)
    assert not has_section(page, "writing")
    assert "Draft" not in page.content.decode()


def test_a_section_links_to_the_list_if_there_are_more_posts(alice, make_post, authored_by, start_page, log_in):
    for number in range(8):
        make_post(f"No. {number}", status="draft", **authored_by(alice))
    page = start_page(alice)
    assert section(page, "writing").count("No. ") == 6
    assert 'href="/admin/posts/post/?state=draft"' in page.content.decode()
