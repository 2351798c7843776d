"""The buttons of a comment in the desk: approve, spam, trash and answer, one press each, with a way back."""

from __future__ import annotations

import re

import html5lib
import pytest

from apps.comments import services
from apps.comments.models import Comment

LIST = "/admin/comments/comment/"


@pytest.fixture
def moderator(log_in, erika):
    return log_in(erika)


def buttons(page, path: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return what each button of the page whose address has `path` would send: the address and the fields."""
    found = {}
    for form in html5lib.parse(page.content.decode(), namespaceHTMLElements=False).iter("form"):
        fields = {
            field.get("name"): field.get("value", "") for field in form.iter("input") if field.get("type") == "hidden"
        }
        for button in form.iter("button"):
            address = button.get("formaction") or form.get("action") or ""
            if path in address:
                own = {button.get("name"): button.get("value")} if button.get("name") else {}
                found["".join(button.itertext()).strip()] = (address, fields | own)
    return found


def press(client, page, name: str, path: str = "/moderate/", **typed):
    address, fields = buttons(page, path)[name]
    return client.post(address, fields | typed, follow=True)


@pytest.mark.parametrize(
    ("name", "status", "others"),
    [
        ("Approve", "approved", {"Spam", "Trash"}),
        ("Spam", "spam", {"Approve", "Trash"}),
        ("Trash", "trash", {"Approve", "Spam"}),
    ],
)
@pytest.mark.parametrize("where", [LIST, "/admin/"])
def test_one_press_moderates_and_one_press_undoes_it(name, status, others, where, moderator, post, comment):
    row = comment(post, status="pending")
    page = press(moderator, moderator.get(where), name)
    assert page.redirect_chain == [(where, 302)]
    assert Comment.objects.get().status == status
    shown = moderator.get(f"{LIST}?status={status}")
    assert others <= set(buttons(shown, "/moderate/"))
    assert name not in buttons(shown, "/moderate/")
    press(moderator, page, "Undo")
    assert Comment.objects.get(pk=row.pk).status == "pending"


def test_undoing_spam_restores_the_trust_in_the_address(moderator, post, comment):
    row = comment(post, email="rita@example.org")
    services.update_comment(row, by=None, expected_version=row.version, is_trusted=True)
    page = press(moderator, moderator.get(f"{LIST}?status=approved"), "Spam")
    assert not Comment.objects.get().is_trusted
    press(moderator, page, "Undo")
    assert (Comment.objects.get().status, Comment.objects.get().is_trusted) == ("approved", True)


def test_an_answer_is_typed_in_the_row_and_can_be_taken_back(moderator, post, comment):
    row = comment(post, status="pending")
    page = moderator.get(LIST)
    page = press(moderator, page, "Publish the answer", "/answer/", **{f"answer-{row.pk}": "Thank you."})
    answer = Comment.objects.get(parent=row)
    assert (answer.body, answer.status, answer.is_official) == ("Thank you.", "approved", True)
    assert Comment.objects.get(pk=row.pk).status == "approved"
    press(moderator, page, "Take it back")
    assert Comment.objects.get(pk=answer.pk).status == "trash"


def test_an_empty_answer_is_refused_in_words(moderator, post, comment):
    comment(post, status="pending")
    page = press(moderator, moderator.get(LIST), "Publish the answer", "/answer/")
    assert "Type your answer first." in page.content.decode()
    assert Comment.objects.get().status == "pending"


def test_a_typed_answer_is_kept_until_it_is_published(moderator, post, comment, policy):
    row, other = comment(post, "First.", status="pending"), comment(post, "Second.", status="pending")
    typed = {f"answer-{row.pk}": "Half an answer"}
    page = moderator.post(
        f"{LIST}{other.pk}/moderate/?version={other.version}", {"status": "spam", **typed}, follow=True
    )
    assert ">Half an answer</textarea>" in page.content.decode()
    policy("off")
    page = press(moderator, page, "Publish the answer", "/answer/", **typed)
    assert "no comments on this post" in page.content.decode()
    page = moderator.get(f"{LIST}?status=all")
    assert ">Half an answer</textarea>" in page.content.decode()
    policy("open")
    page = press(moderator, page, "Publish the answer", f"/{row.pk}/answer/", **typed)
    assert Comment.objects.get(parent=row).body == "Half an answer"
    assert "Half an answer</textarea>" not in page.content.decode()


def test_what_somebody_else_changed_meanwhile_is_left_alone(moderator, post, comment):
    row = comment(post, "First.", status="pending")
    page = moderator.get(LIST)
    services.update_comment(row, by=None, expected_version=row.version, body="Second.")
    assert "was changed meanwhile" in press(moderator, page, "Approve").content.decode()
    assert Comment.objects.get().status == "pending"


def test_the_buttons_lead_back_to_the_list_as_it_was_and_to_no_other_site(moderator, post, comment):
    row = comment(post, email="rita@example.org")
    where = f"{LIST}?q=rita%40example.org&status=approved"
    assert press(moderator, moderator.get(where), "Trash").redirect_chain == [(where, 302)]
    foreign = moderator.post(f"{LIST}{row.pk}/moderate/?next=https://elsewhere.example/", {"status": "approved"})
    assert foreign["Location"] == LIST


def test_a_link_or_an_unknown_status_moderates_nothing(moderator, post, comment):
    row = comment(post, status="pending")
    assert moderator.get(f"{LIST}{row.pk}/moderate/?status=approved").status_code == 405
    assert "Choose what" in moderator.post(f"{LIST}{row.pk}/moderate/", {"status": "x"}, follow=True).content.decode()
    assert moderator.post(f"{LIST}999999/moderate/", {"status": "spam"}).status_code == 404
    assert Comment.objects.get().status == "pending"


def test_authors_have_no_buttons_and_cannot_press_them(log_in, alice, post, comment):
    row = comment(post, status="pending")
    client = log_in(alice)
    assert client.post(f"{LIST}{row.pk}/moderate/", {"status": "approved"}).status_code == 403
    assert client.post(f"{LIST}{row.pk}/answer/", {f"answer-{row.pk}": "Mine."}).status_code == 403
    assert not re.search("/moderate/", client.get("/admin/").content.decode())
