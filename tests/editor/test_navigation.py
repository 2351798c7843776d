"""The places of the desk stand in the order of a writer's day, and each user sees those that they may go to."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin

from apps.editor import navigation

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def places(client) -> list[str]:
    """Return the names in the list of places of the start page."""
    page = client.get("/admin/").content.decode()
    nav = page[page.index('<nav class="sticky" id="nav-sidebar"') :]
    return re.findall(r'<th scope="row"[^>]*>\s*<a [^>]*>([^<]+)</a>', nav[: nav.index("</nav>")])


def test_an_administrator_sees_all_places_in_their_order(anna, log_in):
    assert places(log_in(anna)) == [
        *("Posts", "Pages", "Comments", "Images", "Tags", "Series", "Site settings", "Authors", "Users", "Groups"),
        *("API tokens", "Old addresses", "Broken links", "Audit entries", "Second factor", "Sessions"),
    ]


def test_an_author_sees_what_they_may_write_and_their_account(alice, log_in):
    found = places(log_in(alice))
    assert found[:2] == ["Posts", "Pages"]
    assert not {"Users", "Groups", "Site settings", "Audit entries"} & {*found}
    assert found[-2:] == ["Second factor", "Sessions"]


def test_every_model_of_the_desk_has_a_place():
    named = {key for _label, _name, keys in navigation.GROUPS for key in keys}
    assert {model._meta.label for model in admin.site._registry} <= named


def test_pages_are_the_list_of_posts_filtered_and_a_form_for_a_page(erika, log_in, make_post):
    make_post("A post")
    make_post("A page", kind="page")
    client = log_in(erika)
    start = client.get("/admin/").content.decode()
    assert "/admin/posts/post/?kind__exact=page" in start
    found = client.get("/admin/posts/post/?kind__exact=page").content.decode()
    assert "A page" in found
    assert "A post" not in found
    assert '<option value="page" selected>' in client.get("/admin/posts/post/add/?kind=page").content.decode()
