"""The checklist and the report of broken links tell nothing of a post that the user may not know of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.posts import links, services

HTML = '<p><a href="/merger/">a</a> <a href="/former/">b</a> <a href="/Merger">c</a></p>'


@pytest.mark.parametrize("state", ["draft", "scheduled", "trash"])
def test_there_is_nothing_at_its_address(state, alice, erika, bob, make_post):
    date = timezone.now() + timedelta(days=9) if state == "scheduled" else None
    status = "published" if date else "draft"
    post = make_post("Merger", status=status, published_at=date, authors=[bob.author], aliases=["/former/"])
    if state == "trash":
        services.trash_post(post, by=None, expected_version=1)
    found = {
        user: {link.problem for link in links.find_broken_links({1: ("/own/", HTML)}, user=user)[1]}
        for user in (alice, bob, erika, None)
    }
    assert found.pop(alice) == {"missing"}
    assert {"missing"} not in found.values()


def test_a_public_post_of_somebody_else_is_there(alice, bob, make_post):
    make_post("Merger", authors=[bob.author], aliases=["/former/"])
    found = links.find_broken_links({1: ("/own/", HTML)}, user=alice)[1]
    assert [(link.href, link.better) for link in found] == [("/former/", "/merger/"), ("/Merger", "/merger/")]
