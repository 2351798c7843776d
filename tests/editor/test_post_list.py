"""The list of posts: columns, search, filters and keyset pagination."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from django.core.signing import b64_decode, b64_encode
from django.urls import reverse
from django.utils import timezone

from apps.editor.admin import titles as titles_admin
from apps.posts import services
from apps.posts.models import Post

URL = "/admin/posts/post/"


def shown_titles(response) -> list[str]:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return ["".join(cell.itertext()).strip() for cell in page.iter("th") if cell.get("class") == "field-title"]


def page_link(response, rel: str) -> str:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return next((URL + a.get("href") for a in page.iter("a") if a.get("rel") == rel), "")


@pytest.fixture
def four_states(erika, make_post):
    make_post("Live")
    make_post("To come", published_at=timezone.now() + timedelta(days=3))
    make_post("Draft", status="draft")
    services.trash_post(make_post("Thrown away"), by=erika, expected_version=1)


def test_the_list_shows_all_posts_outside_the_trash_last_changed_first(erika, log_in, four_states):
    response = log_in(erika).get(URL)
    assert shown_titles(response) == ["Draft", "To come", "Live"]
    page = response.content.decode()
    assert "Scheduled for " in page
    assert "In the trash</span>" not in page


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("draft", ["Draft"]),
        ("scheduled", ["To come"]),
        ("published", ["Live"]),
        ("trash", ["Thrown away"]),
    ],
)
def test_the_status_filter_includes_scheduled_posts_and_the_trash(state, expected, erika, log_in, four_states):
    assert shown_titles(log_in(erika).get(URL, {"state": state})) == expected


def test_the_list_filters_by_tag_author_and_kind(erika, make_post, log_in):
    sea, zoe = services.create_tag(name="Sea"), services.create_author(name="Zoe")
    make_post("Of the sea", tags=[sea])
    make_post("By Zoe", authors=[zoe])
    make_post("About", kind="page")
    client = log_in(erika)
    assert shown_titles(client.get(URL, {"tag": sea.pk})) == ["Of the sea"]
    assert shown_titles(client.get(URL, {"author": zoe.pk})) == ["By Zoe"]
    assert shown_titles(client.get(URL, {"kind__exact": "page"})) == ["About"]
    assert shown_titles(client.get(URL, {"tag": "nonsense"})) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sea", ["The deep sea"]),
        ("SEA deep", ["The deep sea"]),
        ("sky", ["The sky"]),
        ("the-sky", ["The sky"]),
        ("https://blog.example/the-sky/", ["The sky"]),
        ("100%", ["All 100% of it"]),
        ("_", []),
        ("nothing like it", []),
    ],
)
def test_the_search_finds_posts_by_words_of_the_title_or_by_address(typed, expected, erika, make_post, log_in):
    make_post("The deep sea")
    make_post("The sky")
    make_post("All 100% of it")
    assert shown_titles(log_in(erika).get(URL, {"q": typed})) == expected


def test_a_search_with_too_many_matches_shows_the_first_by_title_and_a_message(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.titles.MAX_FOUND", 2)
    for number in range(4):
        make_post(f"Tide {number}")
    response = log_in(erika).get(URL, {"q": "tide"})
    assert shown_titles(response) == ["Tide 1", "Tide 0"]
    assert "More than 2 titles match" in response.content.decode()


def test_keyset_pages_continue_after_the_last_row_and_lead_back(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 2)
    for number in range(5):
        make_post(f"Post {number}")
    Post.objects.update(updated_at=timezone.now())  # Equal dates: the primary key decides.
    client = log_in(erika)
    first = client.get(URL)
    assert shown_titles(first) == ["Post 4", "Post 3"]
    assert not page_link(first, "prev")
    second = client.get(page_link(first, "next"))
    assert shown_titles(second) == ["Post 2", "Post 1"]
    third = client.get(page_link(second, "next"))
    assert shown_titles(third) == ["Post 0"]
    assert not page_link(third, "next")
    assert shown_titles(client.get(page_link(third, "prev"))) == ["Post 2", "Post 1"]
    assert shown_titles(client.get(page_link(client.get(page_link(third, "prev")), "prev"))) == ["Post 4", "Post 3"]


def test_posts_without_a_publication_date_are_paginated_too(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 2)
    for number in range(3):
        make_post(f"Draft {number}", status="draft")
    client = log_in(erika)
    first = client.get(URL, {"published_at__isnull": "True"})
    second = client.get(page_link(first, "next"))
    assert shown_titles(first) + shown_titles(second) == ["Draft 2", "Draft 1", "Draft 0"]
    assert shown_titles(client.get(page_link(second, "prev"))) == shown_titles(first)


def test_the_url_of_a_page_contains_the_key_of_the_last_row_as_strings(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 1)
    make_post("First")
    last = make_post("Last")
    (page,) = parse_qs(urlsplit(page_link(log_in(erika).get(URL), "next")).query)["p"]
    direction, _, encoded = page.partition(".")
    assert direction == "after"
    assert json.loads(b64_decode(encoded.encode())) == [last.updated_at.isoformat(), str(last.pk)]


@pytest.mark.parametrize("key", ["[Infinity, 1]", "[1e999, 1]", '["2026-01-01", Infinity]', "[1, 2, 3]", "{}", "null"])
def test_an_invalid_page_key_is_not_a_server_error(key, erika, log_in):
    page = f"after.{b64_encode(key.encode()).decode()}"
    answer = log_in(erika).get(reverse("admin:posts_post_changelist"), {"p": page})
    assert answer.status_code in (200, 302)


def test_filters_and_searches_are_kept_across_pages(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 1)
    for title in ("Tide one", "Else", "Tide two"):
        make_post(title)
    client = log_in(erika)
    second = client.get(page_link(client.get(URL, {"q": "tide", "state": "published"}), "next"))
    assert shown_titles(second) == ["Tide one"]


@pytest.mark.parametrize(
    "page", ["2", "after.", "after.bm9uc2Vuc2U", "sideways.WyIyMDI2IiwgIjEiXQ", "after.WyJ4IiwgInkiXQ"]
)
def test_an_invalid_page_redirects_to_the_first_one(page, erika, log_in):
    assert log_in(erika).get(URL, {"p": page}).url == f"{URL}?e=1"


def test_autocomplete_finds_tags_page_by_page(erika, log_in):
    for number in range(30):
        services.create_tag(name=f"Topic {number:02}")
    client = log_in(erika)
    query = {"app_label": "posts", "model_name": "post", "field_name": "tags", "term": "topic"}
    first = client.get(reverse("admin:autocomplete"), query).json()
    assert [item["text"] for item in first["results"]] == [f"Topic {number:02}" for number in range(20)]
    assert first["pagination"]["more"]
    rest = client.get(reverse("admin:autocomplete"), {**query, "page": "2"}).json()
    assert len(rest["results"]) == 10
    assert not rest["pagination"]["more"]


def test_autocomplete_offers_no_page_beyond_its_last_one(erika, log_in, monkeypatch):
    monkeypatch.setattr("apps.core.admin.lists.UncountedPaginator.max_page", 2)
    for number in range(50):
        services.create_tag(name=f"Topic {number:02}")
    query = {"app_label": "posts", "model_name": "post", "field_name": "tags", "term": "topic", "page": "2"}
    last = log_in(erika).get(reverse("admin:autocomplete"), query).json()
    assert [last["results"][0]["text"], last["pagination"]["more"]] == ["Topic 20", False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("max_rare", [0, 4])
@pytest.mark.parametrize(
    ("typed", "expected"),
    [("lighthouse", ["Live", "Draft", "Thrown"]), ("the lighthouse of live", ["Live"]), ("the", ["Live", "Draft"])],
)
def test_many_posts_are_searched_by_the_full_text_index_and_drafts_and_trash_by_scanning(
    max_rare, typed, expected, erika, make_post, monkeypatch
):
    monkeypatch.setattr("apps.editor.admin.titles.MAX_SCANNED", 0)
    monkeypatch.setattr("apps.editor.admin.titles.MAX_RARE", max_rare)
    live, draft = make_post("The lighthouse of Live"), make_post("The lighthouse of Draft", status="draft")
    thrown = make_post("Lighthouse of Thrown")
    services.trash_post(thrown, by=erika, expected_version=1)
    make_post("Nothing of it")
    found, is_cut = titles_admin.find(typed.split())
    named = {"Live": live.pk, "Draft": draft.pk, "Thrown": thrown.pk}
    assert sorted(found) == sorted(named[name] for name in expected)
    assert not is_cut


def test_the_filter_mine_shows_only_the_editors_own_posts(erika, make_post, log_in):
    own = services.create_author(name="Erika", user=erika)
    make_post("Mine", authors=[own])
    make_post("Somebody's")
    assert shown_titles(log_in(erika).get(URL, {"whose": "me"})) == ["Mine"]


def test_a_filter_by_publication_date_orders_by_that_date(erika, make_post, log_in):
    now = timezone.now()
    make_post("Older", published_at=now - timedelta(days=2))
    make_post("Newer", published_at=now - timedelta(days=1))
    make_post("Long ago", published_at=now - timedelta(days=900))
    since = (now - timedelta(days=7)).isoformat()
    query = {"published_at__gte": since, "published_at__lt": now.isoformat()}
    assert shown_titles(log_in(erika).get(URL, query)) == ["Newer", "Older"]


@pytest.mark.parametrize("query", ["author", "tag", "whose=me&tag", "tag&state=published", "author&updated_at__gte"])
def test_a_filtered_list_is_paginated_forwards_and_backwards(query, erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 2)
    own, (sea,) = services.create_author(name="Erika", user=erika), services.tags_named(["Sea"])
    posts = [make_post(f"Post {number}", authors=[own], tags=[sea]) for number in range(5)]
    make_post("Of nobody")
    services.update_post(
        posts[0], by=erika, expected_version=1, summary="Changed."
    )  # So that it is the last changed post.
    parameters = {
        "author": own.pk,
        "tag": sea.pk,
        "whose": "me",
        "state": "published",
        "updated_at__gte": "2020-01-01T00:00Z",
    }
    names = [part.partition("=")[0] for part in query.split("&")]
    client = log_in(erika)
    first = client.get(URL, {name: parameters[name] for name in names})
    assert shown_titles(first) == ["Post 0", "Post 4"]
    second = client.get(page_link(first, "next"))
    assert shown_titles(second) == ["Post 3", "Post 2"]
    third = client.get(page_link(second, "next"))
    assert shown_titles(third) == ["Post 1"]
    assert shown_titles(client.get(page_link(third, "prev"))) == ["Post 3", "Post 2"]


def test_the_trash_lists_the_last_trashed_post_first(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 1)
    first, second = make_post("First"), make_post("Second")
    for post in (second, first):
        services.trash_post(post, by=erika, expected_version=1)
    client = log_in(erika)
    page = client.get(URL, {"state": "trash"})
    assert shown_titles(page) == ["First"]
    assert shown_titles(client.get(page_link(page, "next"))) == ["Second"]
