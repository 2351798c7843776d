"""A new post is a draft as soon as it was saved automatically, and what is typed in it is saved as the draft."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.editor import autosaves
from apps.editor.admin import automatic
from apps.editor.models import Autosave
from apps.posts import services
from apps.posts.models import Author, Post, PreviewLink, Tag
from tests.editor.forms import fields_of

AUTOSAVE = "/admin/posts/post/autosave/"
MAX_FIRST_QUERIES, MAX_QUERIES = 36, 24
"""Queries of the save that creates a draft, and of each one after it."""


class Page:
    """A page with the form of a post, which does what the editor's script does with the answers of the server."""

    def __init__(self, client: Client, url: str, tab: str) -> None:
        self.client, self.url, self.tab = client, url, tab
        self.response = client.get(url)
        self.form = fields_of(self.response, "post_form")
        self.answer = None

    def send(self, **typed):
        """Type something, and send the form to be saved automatically; the answer is not taken in."""
        self.form |= {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
        body = urlencode({**self.form, "draft_tab": self.tab}, doseq=True)
        return self.client.post(
            AUTOSAVE, body, content_type="application/x-www-form-urlencoded", headers={"Accept": "application/json"}
        )

    def save(self, **typed) -> dict:
        """Send the form, and become the form of the post that the answer names."""
        response = self.send(**typed)
        assert response.status_code == 200, response.content
        self.answer = response.json()
        if post := self.answer.get("form"):
            self.url = post["url"]
            self.form["draft_key"] = [post["key"]]
            self.form["version"] = [str(post["version"] or "")]
        return self.answer

    def press(self, button: str = "_continue", **typed):
        """Save by hand."""
        self.form |= {name: [value] for name, value in typed.items()}
        return self.client.post(self.url, {**self.form, "draft_tab": self.tab, button: ""})


@pytest.fixture
def open_page(log_in):
    """Return a function that opens the form of a new post, or of a stored one."""
    count = iter(range(100))

    def open_form(user, post: Post | None = None) -> Page:
        url = reverse("admin:posts_post_change", args=[post.pk]) if post else reverse("admin:posts_post_add")
        return Page(log_in(user), url, f"tab{next(count)}")

    return open_form


# Creating


def test_the_first_automatic_save_creates_a_draft_by_the_user(alice, open_page):
    page = open_page(alice)
    answer = page.save(title="Tides", body="They *come*.")
    post = Post.objects.get()
    assert (post.title, post.body, post.slug, post.status) == ("Tides", "They *come*.", "tides", "draft")
    assert "<em>come</em>" in post.body_html
    assert post.ordered_authors == [alice.author]
    assert answer["form"] == {
        "key": f"post:{post.pk}",
        "url": reverse("admin:posts_post_change", args=[post.pk]),
        "version": 1,
        "slug": "tides",
        "preview": f"/preview/{post.pk}/",
    }
    assert post.history.get().history_user == alice


def test_the_draft_stands_on_the_start_page_and_in_the_list(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides")
    for url in ("/admin/", "/admin/posts/post/"):
        assert "Tides" in page.client.get(url).content.decode()


def test_an_empty_form_creates_nothing(alice, open_page):
    page = open_page(alice)
    assert "form" not in page.save(title="  ", body="\n", kind="page")
    assert not Post.objects.exists()


def test_an_untitled_draft_has_a_stand_in_until_a_title_comes(alice, open_page):
    page = open_page(alice)
    page.save(body="Text.")
    assert Post.objects.get().title == "Untitled"
    page.save(title="Tides")
    post = Post.objects.get()
    assert (post.title, post.slug) == ("Tides", "tides")
    page.save(title="")
    assert Post.objects.get().title == "Untitled"


def test_an_untitled_draft_is_shown_and_saved_without_a_title_but_not_published(alice, open_page):
    page = open_page(alice)
    page.save(body="Text.")
    again = open_page(alice, Post.objects.get())
    assert again.form["title"] == [""]
    assert 'placeholder="Untitled"' in again.response.content.decode()
    refused = again.press("_publish")
    assert "A post is published under a title." in refused.content.decode()
    assert again.press(body="More text.").status_code == 302
    assert (Post.objects.get().title, Post.objects.get().status) == ("Untitled", "draft")
    last = open_page(alice, Post.objects.get())
    assert last.press("_publish", title="Tides").status_code == 302
    assert (Post.objects.get().title, Post.objects.get().status) == ("Tides", "published")


def test_the_slug_follows_the_title_until_it_is_typed(alice, open_page):
    page = open_page(alice)
    page.save(title="Ti")
    page.save(title="Tides of March")
    assert Post.objects.get().slug == "tides-of-march"
    page.save(slug="tides")
    page.save(title="Tides of April")
    assert Post.objects.get().slug == "tides"


def test_a_slug_that_was_made_is_marked_in_the_form_until_it_was_public(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides")
    post = Post.objects.get()
    assert 'data-made-slug="tides"' in open_page(alice, post).response.content.decode()
    services.update_post(post, by=alice, expected_version=1, status="published")
    services.update_post(post, by=alice, expected_version=2, status="draft")
    assert 'data-made-slug=""' in open_page(alice, post).response.content.decode()


def test_an_invalid_field_is_left_out_of_the_draft_and_kept_beside_it(alice, open_page):
    page = open_page(alice)
    answer = page.save(title="Tides", published_at_0="2030-13-", slug="No Slug!")
    post = Post.objects.get()
    assert (post.slug, post.published_at, answer["is_whole"]) == ("tides", None, False)
    assert fields_of(page.client.get(page.url), "post_form")["slug"] == ["No Slug!"]


def test_a_new_tag_is_made_only_when_somebody_saves_by_hand(anna, open_page):
    page = open_page(anna)
    assert not page.save(title="Tides", tag_list=["new:Sea"])["is_whole"]
    assert not Tag.objects.exists()
    page.press()
    assert [tag.name for tag in Post.objects.get().tags.all()] == ["Sea"]


def test_who_may_not_add_posts_creates_none(alice, open_page):
    page = open_page(alice)
    alice.groups.clear()
    assert page.send(title="Tides").status_code == 403
    assert not Post.objects.exists()


def test_without_an_author_of_their_own_nobody_creates_a_draft_that_they_could_not_change(alice, open_page):
    page = open_page(alice)
    Author.objects.update(user=None)
    page.save(title="Tides")
    assert not Post.objects.exists()


def test_the_draft_of_an_author_is_theirs_alone(alice, bob, open_page, log_in):
    page = open_page(alice)
    page.save(title="Tides", body="Mine.")
    other = log_in(bob)
    assert other.get(page.url).status_code == 404
    assert "Tides" not in other.get("/admin/posts/post/").content.decode()


# Once, whatever happens to requests and answers


def test_a_request_whose_answer_was_lost_is_repeated_without_a_second_post(alice, open_page):
    page = open_page(alice)
    page.send(title="Tides")
    page.send(title="Tides", body="More.")
    answer = page.save(body="And more.")
    post = Post.objects.get()
    assert (post.body, answer["form"]["version"]) == ("And more.", post.version)


def test_an_answer_that_was_lost_later_makes_no_conflict(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides")
    page.send(body="One.")
    page.save(body="One and two.")
    assert Post.objects.get().body == "One and two."


@pytest.mark.parametrize("is_first", [True, False], ids=["creation", "change"])
def test_a_request_that_arrives_after_a_later_one_of_the_same_page_changes_nothing(is_first, alice, open_page):
    page = open_page(alice)
    if not is_first:
        page.save(title="Tides", draft_step="1")
    page.send(title="Tides", body="Later.", draft_step="3")
    page.send(title="Tides", body="Sooner.", draft_step="2")
    assert Post.objects.get().body == "Later."
    assert "Later." in open_page(alice, Post.objects.get()).form["body"][0]


def test_another_page_with_the_same_key_creates_no_second_post(alice, open_page):
    one = open_page(alice)
    two = open_page(alice)
    two.form = dict(one.form)
    one.save(title="Tides")
    assert two.send(title="Tides", body="Other.").status_code == 409
    assert Post.objects.get().body == ""


def test_a_request_that_finds_the_post_created_meanwhile_creates_no_second_one(alice, open_page, monkeypatch):
    page = open_page(alice)
    create_post = services.create_post

    def create_twice(**values):
        monkeypatch.undo()
        page.send(title="Tides", body="First.")
        return create_post(**values)

    monkeypatch.setattr(automatic.services, "create_post", create_twice)
    page.save(title="Tides", body="Second.")
    assert Post.objects.get().body == "Second."


def test_the_form_of_a_new_post_that_is_sent_after_all_creates_no_second_one(alice, open_page):
    page = open_page(alice)
    page.send(title="Tides", body="Text.")
    assert page.press("_save").url == reverse("admin:posts_post_change", args=[Post.objects.get().pk])


# Writing on


def test_what_is_typed_on_is_saved_as_the_draft_and_shown_elsewhere_without_asking(alice, open_page):
    page = open_page(alice)
    for body in ("One.", "One. Two.", "One. Two. Three."):
        page.save(title="Tides", body=body)
    elsewhere = open_page(alice, Post.objects.get())
    assert elsewhere.form["body"][0].strip() == "One. Two. Three."
    assert "You typed more" not in elsewhere.response.content.decode().split('<template id="draft-offer"')[0]


def test_automatic_saves_are_no_versions_of_the_history_until_somebody_saves_by_hand(alice, open_page):
    page = open_page(alice)
    for body in ("One.", "One. Two.", "One. Two. Three."):
        page.save(title="Tides", body=body)
    (begun,) = Post.history.all()
    assert (begun.body, begun.version, begun.history_type) == ("One.", 1, "+")
    assert begun.history_change_reason == services.AUTOMATIC
    history = page.client.get(page.url.replace("change", "history")).content.decode()
    assert "What was saved automatically since the newest version is not listed." in history
    page.press(reason="First draft")
    first = Post.history.first()
    assert (first.body, first.version, first.history_change_reason) == ("One. Two. Three.", 3, "First draft")
    assert [link.author for link in first.authors.all()] == [alice.author]
    assert "is not listed" not in page.client.get(page.url.replace("change", "history")).content.decode()
    page = open_page(alice, Post.objects.get())
    page.save(body="Four.")
    page.save(body="Four. Five.")
    page.press("_publish")
    published, *older = Post.history.all()
    assert (published.body, published.status, published.history_change_reason) == ("Four. Five.", "published", None)
    assert [record.version for record in older] == [3, 1]


def test_what_was_saved_automatically_is_recorded_before_anybody_else_changes_it(alice, erika, open_page):
    page = open_page(alice)
    page.save(title="Tides", body="Begun.")
    page.save(body="An hour's work.")
    other = open_page(erika, Post.objects.get())
    assert other.press(body="Cut.").status_code == 302
    cut, kept, _begun = Post.history.all()
    assert (cut.body, cut.history_user) == ("Cut.", erika)
    assert (kept.body, kept.history_user, kept.history_change_reason) == ("An hour's work.", alice, services.AUTOMATIC)
    assert [link.author for link in kept.authors.all()] == [alice.author]


def test_what_was_saved_automatically_is_recorded_before_an_old_version_is_restored(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides", body="Begun.")
    page.save(body="An hour's work.")
    begun = Post.history.get()
    url = reverse("admin:posts_post_simple_history", args=[begun.id, begun.history_id])
    page.client.post(url, {"version": "2"})
    assert [record.body for record in Post.history.all()] == ["Begun.", "An hour's work.", "Begun."]


def test_the_audit_trail_says_once_that_a_draft_was_saved_automatically(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides")
    page.save(title="Tides and more")
    entries = AuditEntry.objects.filter(model="posts.post")
    assert [(entry.action, entry.username, entry.message) for entry in entries] == [
        ("added", "alice", "Saved automatically.")
    ]


def test_a_published_post_is_never_changed_automatically(alice, open_page, make_post):
    post = make_post("Tides", by=alice, authors=[alice.author], body="Stored.")
    page = open_page(alice, post)
    assert "form" not in page.save(body="Typed.")
    post.refresh_from_db()
    assert post.body == "Stored."


def test_the_draft_that_somebody_else_saved_last_is_not_changed_automatically(alice, erika, open_page):
    hers = open_page(alice)
    hers.save(title="Tides", body="Hers.")
    post = Post.objects.get()
    his = open_page(erika, post)
    assert "form" not in his.save(body="His.")
    post.refresh_from_db()
    assert post.body == "Hers."
    # She goes on, and his text, which was made from an older version, becomes a conflict when he saves it.
    hers.save(body="Hers and more.")
    assert his.save()["newer"]["by"] == "alice"
    assert his.press().status_code == 409


def test_what_could_not_be_saved_as_the_draft_is_shown_without_asking_if_nobody_has_saved_it_since(
    alice, erika, open_page, make_post
):
    post = make_post("Tides", status="draft", by=erika, authors=[alice.author], body="Stored.")
    page = open_page(alice, post)
    page.save(body="Typed.")
    again = open_page(alice, post)
    assert again.form["body"][0].strip() == "Typed."
    assert "This is the text that you typed last" in again.response.content.decode()
    assert again.form["version"] == ["1"]
    # It can be dropped.
    (at,) = Autosave.objects.values_list("saved_at", flat=True)
    again.client.post(again.url, {"draft_key": again.form["draft_key"], "_discard": at.isoformat()})
    assert open_page(alice, post).form["body"][0].strip() == "Stored."
    # After somebody else has saved, it is offered with the differences.
    page.save(body="Typed.")
    services.update_post(post, by=erika, expected_version=1, body="Newer.")
    offered = open_page(alice, post)
    assert offered.form["body"][0].strip() == "Newer."
    assert "was kept on the server on" in offered.response.content.decode()


def test_two_pages_of_one_user_lose_neither_text(alice, open_page):
    one = open_page(alice)
    one.save(title="Tides", body="Begun.")
    two = open_page(alice, Post.objects.get())
    two.save(body="Begun. Two.")
    assert one.save(body="Begun. One.")["newer"] == {"version": 2, "by": "alice", "is_own": True}
    assert two.save(body="Begun. Two. More.")["other_tab"]
    assert Post.objects.get().body == "Begun. Two. More."
    assert autosaves.deserialize(Autosave.objects.get(key__startswith="post:").text)["body"] == "Begun. One."
    assert one.press().status_code == 409


def test_an_own_draft_is_written_on_however_long_ago_it_was_saved_automatically(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides", body="Begun.")
    page.save(body="Begun. Typed.")
    Autosave.objects.all().delete()
    again = open_page(alice, Post.objects.get())
    again.save(body="Begun. Typed. A month later.")
    assert Post.objects.get().body == "Begun. Typed. A month later."


# Emptying


def test_a_draft_that_is_emptied_again_is_deleted_and_begun_anew(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides", body="Text.")
    answer = page.save(title="", body="")
    assert not Post.objects.exists()
    assert answer["form"]["url"] == reverse("admin:posts_post_add")
    page.save(title="Waves")
    assert Post.objects.get().title == "Waves"


def test_a_draft_that_was_saved_by_hand_or_has_a_preview_link_is_not_deleted(alice, open_page):
    page = open_page(alice)
    page.save(title="Tides", body="Text.")
    PreviewLink.objects.issue(post=Post.objects.get(), by=alice, days=1)
    page.save(title="", body="")
    assert Post.objects.get().title == "Untitled"
    PreviewLink.objects.all().delete()
    page.save(body="Text.")
    page.press(title="Tides")
    page = open_page(alice, Post.objects.get())
    page.save(title="", body="")
    assert Post.objects.exists()


# The cost


def test_an_automatic_save_takes_few_queries_however_many_drafts_there_are(alice, open_page):
    page = open_page(alice)

    def count(body: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page.save(title="Tides", body=body)
        return len(captured)

    assert count("None.") <= MAX_FIRST_QUERIES
    few = count("One.")
    for number in range(5):
        open_page(alice).save(title=f"Tides {number}", body="Text.")
    assert count("Two.") == few <= MAX_QUERIES
