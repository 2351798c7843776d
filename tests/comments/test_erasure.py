"""Erasing a commenter's data on request, and deleting IP addresses after some days."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.comments import services
from apps.comments.models import Comment


def run_command(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().strip()


@pytest.mark.django_db
def test_erased_comments_keep_their_place_in_the_thread_but_no_data(post, comment):
    first = comment(
        post,
        "Secret words.",
        name="Rita",
        email="rita@example.org",
        website="https://rita.example",
        notify=True,
        visit=services.Visit("192.0.2.1"),
    )
    comment(post, "I agree.", parent=first, name="Ada", email="ada@example.org")
    comment(post, "It waits.", status="pending", name="Rita", email="rita@example.org")
    assert run_command("erase_commenter", "Rita@Example.org") == "2 comments erased"
    row = Comment.objects.filter(pk=first.pk).values().get()
    stored = " ".join(str(value) for value in row.values())
    assert not [word for word in ("Rita", "rita", "Secret", "192.0.2.1") if word in stored]
    html = Client().get("/tides/").content.decode()
    assert "Deleted" in html
    assert "This comment was erased." in html
    assert "I agree." in html
    assert sorted(Comment.objects.values_list("status", flat=True)) == ["approved", "approved", "trash"]


@pytest.mark.django_db
def test_erasing_an_empty_address_erases_nothing(post, comment):
    comment(post)
    assert services.erase_commenter(" ") == 0
    assert Comment.objects.get().name == "Rita"


@pytest.fixture
def old_comment(post, comment, settings) -> Comment:
    """A comment whose IP address is old enough to be deleted, beside a new one."""
    settings.COMMENT_ADDRESS_DAYS = 30
    comment(post, "New.", name="New", visit=services.Visit("192.0.2.2"))
    row = comment(post, "Old.", name="Old", visit=services.Visit("192.0.2.1"))
    Comment.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=31))
    return row


def addresses() -> set:
    return set(Comment.objects.values_list("name", "address"))


def test_the_command_deletes_old_addresses(old_comment):
    assert run_command("forget_addresses") == "1 addresses forgotten"
    assert addresses() == {("New", "192.0.2.2"), ("Old", None)}


def test_moderating_any_comment_deletes_old_addresses(old_comment):
    new = Comment.objects.get(name="New")
    services.update_comment(new, by=None, expected_version=new.version, status="spam")
    assert addresses() == {("New", "192.0.2.2"), ("Old", None)}
