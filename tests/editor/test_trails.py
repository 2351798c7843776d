"""Each page of the desk says where it is: in its breadcrumbs, and in the title of the document."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.site.models import current
from tests.editor import desk_pages

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def desk(log_in, erika, make_post, settings, tmp_path):
    """A client of a superuser, and a post."""
    settings.MEDIA_ROOT = tmp_path
    erika.is_superuser = True
    erika.save()
    return log_in(erika), desk_pages.fill(erika, make_post)


def shown(client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code in (200, 403), address
    return response.content.decode()


def steps(page: str) -> list[str]:
    """Return the names of the breadcrumbs."""
    found = re.search(r'<div class="breadcrumbs">(.*?)</div>', page, re.DOTALL)
    parts = re.findall(r"<(?:a |span aria-current)[^>]*>(.*?)</(?:a|span)>", found[1], re.DOTALL) if found else []
    return [unescape(part).strip() for part in parts]


def title(page: str) -> str:
    return " ".join(unescape(re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]).split())


def test_a_post_stands_below_the_list_of_posts_and_its_pages_below_it(desk):
    client, post = desk
    history = reverse("admin:posts_post_history", args=[post.pk])
    version = reverse("admin:posts_post_simple_history", args=[post.pk, post.history.earliest("history_id").history_id])
    found = {
        address: steps(shown(client, address))
        for address in (
            reverse("admin:posts_post_change", args=[post.pk]),
            reverse("admin:posts_post_delete", args=[post.pk]),
            history,
            version,
            f"{history}?from=1&to=2",
            reverse("pending_version", args=[post.pk]),
        )
    }
    assert [*found.values()] == [
        ["Posts", "Tides"],
        ["Posts", "Tides", "Delete"],
        ["Posts", "Tides", "History"],
        ["Posts", "Tides", "History", "Version 1"],
        ["Posts", "Tides", "History", "Two versions"],
        ["Posts", "Tides", "Changes not published yet"],
    ]


def test_a_static_page_stands_below_the_list_of_pages(desk, make_post):
    client, _post = desk
    page = shown(client, reverse("admin:posts_post_change", args=[make_post("Imprint", kind="page").pk]))
    assert steps(page) == ["Pages", "Imprint"]
    assert f'<a class="bar-back" href="{reverse("admin:posts_post_changelist")}?kind__exact=page">Pages</a>' in page


def test_no_page_names_an_app_or_itself_twice_and_titles_begin_with_the_page(desk):
    client, post = desk
    apps = {str(model._meta.app_config.verbose_name) for model in admin.site._registry}
    places = {str(model._meta.verbose_name_plural).casefold() for model in admin.site._registry}
    technical = {name for name in apps if name.casefold() not in places}
    wrong = []
    for address in desk_pages.addresses(post):
        page = shown(client, address)
        names = steps(page)
        is_doubled = any(before.casefold() == after.casefold() for before, after in zip(names, names[1:], strict=False))
        expected = " · ".join([*reversed(names), current().name]) if names else title(page)
        if is_doubled or {"Home", *technical} & {*names} or title(page) != expected or " | " in title(page):
            wrong.append((address, names, title(page)))
    assert not wrong


def test_the_form_of_an_object_is_headed_by_its_name(desk):
    client, _post = desk
    tag = reverse("admin:posts_tag_change", args=[desk_pages.Tag.objects.get().pk])
    page = shown(client, tag)
    assert "<h1>Sea</h1>" in page
    assert "Change tag" not in page
