"""What is known of a commenter goes on request, and their IP address after a time."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.comments import services
from apps.comments.models import Comment


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().strip()


@pytest.mark.django_db
def test_an_erased_commenter_leaves_a_place_in_the_thread_and_nothing_else(post, comment):
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
    assert run("erase_commenter", "Rita@Example.org") == "2 comments erased"
    row = Comment.objects.filter(pk=first.pk).values().get()
    told = " ".join(str(value) for value in row.values())
    assert not [known for known in ("Rita", "rita", "Secret", "192.0.2.1") if known in told]
    html = Client().get("/tides/").content.decode()
    assert "Deleted" in html
    assert "This comment was erased." in html
    assert "I agree." in html
    assert sorted(Comment.objects.values_list("status", flat=True)) == ["approved", "approved", "trash"]


@pytest.mark.django_db
def test_nobody_is_everybody_without_an_address(post, comment):
    comment(post)
    assert services.erase_commenter(" ") == 0
    assert Comment.objects.get().name == "Rita"


@pytest.fixture
def old(post, comment, settings) -> Comment:
    """A comment whose IP address is due, beside one whose is not."""
    settings.COMMENT_ADDRESS_DAYS = 30
    comment(post, "New.", name="New", visit=services.Visit("192.0.2.2"))
    row = comment(post, "Old.", name="Old", visit=services.Visit("192.0.2.1"))
    Comment.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=31))
    return row


def addresses() -> set:
    return set(Comment.objects.values_list("name", "address"))


def test_a_command_forgets_old_addresses(old):
    assert run("forget_addresses") == "1 addresses forgotten"
    assert addresses() == {("New", "192.0.2.2"), ("Old", None)}


def test_whoever_moderates_forgets_them_too(old):
    new = Comment.objects.get(name="New")
    services.update_comment(new, by=None, expected_version=new.version, status="spam")
    assert addresses() == {("New", "192.0.2.2"), ("Old", None)}
