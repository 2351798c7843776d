"""The list of posts: what it shows, finds and filters, page by page, without counting."""

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


def titles(response) -> list[str]:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return ["".join(cell.itertext()).strip() for cell in page.iter("th") if cell.get("class") == "field-title"]


def link(response, rel: str) -> str:
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return next((URL + a.get("href") for a in page.iter("a") if a.get("rel") == rel), "")


@pytest.fixture
def four_states(erika, make_post):
    make_post("Live")
    make_post("To come", published_at=timezone.now() + timedelta(days=3))
    make_post("Draft", status="draft")
    services.trash_post(make_post("Thrown away"), by=erika, expected_version=1)


def test_it_shows_all_but_the_trash_the_last_change_first(erika, log_in, four_states):
    response = log_in(erika).get(URL)
    assert titles(response) == ["Draft", "To come", "Live"]
    page = response.content.decode()
    assert "Scheduled</span>" in page
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
def test_the_filter_by_status_knows_schedule_and_trash(state, expected, erika, log_in, four_states):
    assert titles(log_in(erika).get(URL, {"state": state})) == expected


def test_it_filters_by_tag_author_and_kind(erika, make_post, log_in):
    sea, zoe = services.create_tag(name="Sea"), services.create_author(name="Zoe")
    make_post("Of the sea", tags=[sea])
    make_post("By Zoe", authors=[zoe])
    make_post("About", kind="page")
    client = log_in(erika)
    assert titles(client.get(URL, {"tag": sea.pk})) == ["Of the sea"]
    assert titles(client.get(URL, {"author": zoe.pk})) == ["By Zoe"]
    assert titles(client.get(URL, {"kind__exact": "page"})) == ["About"]
    assert titles(client.get(URL, {"tag": "nonsense"})) == []


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
def test_it_finds_posts_by_words_of_the_title_or_by_address(typed, expected, erika, make_post, log_in):
    make_post("The deep sea")
    make_post("The sky")
    make_post("All 100% of it")
    assert titles(log_in(erika).get(URL, {"q": typed})) == expected


def test_a_search_that_finds_too_much_says_so_and_shows_the_first_by_title(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.titles.MAX_FOUND", 2)
    for number in range(4):
        make_post(f"Tide {number}")
    response = log_in(erika).get(URL, {"q": "tide"})
    assert titles(response) == ["Tide 1", "Tide 0"]
    assert "More than 2 titles match" in response.content.decode()


def test_pages_go_on_from_the_last_row_and_back_again(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 2)
    for number in range(5):
        make_post(f"Post {number}")
    Post.objects.update(updated_at=timezone.now())  # Equal dates: the key decides.
    client = log_in(erika)
    first = client.get(URL)
    assert titles(first) == ["Post 4", "Post 3"]
    assert not link(first, "prev")
    second = client.get(link(first, "next"))
    assert titles(second) == ["Post 2", "Post 1"]
    third = client.get(link(second, "next"))
    assert titles(third) == ["Post 0"]
    assert not link(third, "next")
    assert titles(client.get(link(third, "prev"))) == ["Post 2", "Post 1"]
    assert titles(client.get(link(client.get(link(third, "prev")), "prev"))) == ["Post 4", "Post 3"]


def test_posts_without_a_date_of_publication_have_pages_too(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 2)
    for number in range(3):
        make_post(f"Draft {number}", status="draft")
    client = log_in(erika)
    first = client.get(URL, {"published_at__isnull": "True"})
    second = client.get(link(first, "next"))
    assert titles(first) + titles(second) == ["Draft 2", "Draft 1", "Draft 0"]
    assert titles(client.get(link(second, "prev"))) == titles(first)


def test_the_address_of_a_page_holds_the_texts_of_a_rows_key(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 1)
    make_post("First")
    last = make_post("Last")
    (page,) = parse_qs(urlsplit(link(log_in(erika).get(URL), "next")).query)["p"]
    direction, _, encoded = page.partition(".")
    assert direction == "after"
    assert json.loads(b64_decode(encoded.encode())) == [last.updated_at.isoformat(), str(last.pk)]


@pytest.mark.parametrize("key", ["[Infinity, 1]", "[1e999, 1]", '["2026-01-01", Infinity]', "[1, 2, 3]", "{}", "null"])
def test_a_page_that_somebody_made_up_is_no_failure(key, erika, log_in):
    page = f"after.{b64_encode(key.encode()).decode()}"
    answer = log_in(erika).get(reverse("admin:posts_post_changelist"), {"p": page})
    assert answer.status_code in (200, 302)


def test_filters_and_searches_are_kept_from_page_to_page(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 1)
    for title in ("Tide one", "Else", "Tide two"):
        make_post(title)
    client = log_in(erika)
    second = client.get(link(client.get(URL, {"q": "tide", "state": "published"}), "next"))
    assert titles(second) == ["Tide one"]


@pytest.mark.parametrize(
    "page", ["2", "after.", "after.bm9uc2Vuc2U", "sideways.WyIyMDI2IiwgIjEiXQ", "after.WyJ4IiwgInkiXQ"]
)
def test_a_page_that_is_none_leads_to_the_first(page, erika, log_in):
    assert log_in(erika).get(URL, {"p": page}).url == f"{URL}?e=1"


def test_tags_and_authors_are_found_as_one_types(erika, log_in):
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("common", [0, 4])
@pytest.mark.parametrize(
    ("typed", "expected"),
    [("lighthouse", ["Live", "Draft", "Thrown"]), ("the lighthouse of live", ["Live"]), ("the", ["Live", "Draft"])],
)
def test_many_posts_are_searched_by_the_full_text_index_and_drafts_and_the_trash_besides(
    common, typed, expected, erika, make_post, monkeypatch
):
    monkeypatch.setattr("apps.editor.admin.titles.MAX_SCANNED", 0)
    monkeypatch.setattr("apps.editor.admin.titles.MAX_RARE", common)
    live, draft = make_post("The lighthouse of Live"), make_post("The lighthouse of Draft", status="draft")
    thrown = make_post("Lighthouse of Thrown")
    services.trash_post(thrown, by=erika, expected_version=1)
    make_post("Nothing of it")
    found, is_cut = titles_admin.find(typed.split())
    named = {"Live": live.pk, "Draft": draft.pk, "Thrown": thrown.pk}
    assert sorted(found) == sorted(named[name] for name in expected)
    assert not is_cut


def test_an_editors_own_posts_are_theirs_among_everybodys(erika, make_post, log_in):
    own = services.create_author(name="Erika", user=erika)
    make_post("Mine", authors=[own])
    make_post("Somebody's")
    assert titles(log_in(erika).get(URL, {"whose": "me"})) == ["Mine"]


def test_by_date_of_publication_the_newest_come_first(erika, make_post, log_in):
    now = timezone.now()
    make_post("Older", published_at=now - timedelta(days=2))
    make_post("Newer", published_at=now - timedelta(days=1))
    make_post("Long ago", published_at=now - timedelta(days=900))
    since = (now - timedelta(days=7)).isoformat()
    query = {"published_at__gte": since, "published_at__lt": now.isoformat()}
    assert titles(log_in(erika).get(URL, query)) == ["Newer", "Older"]


@pytest.mark.parametrize("query", ["author", "tag", "whose=me&tag", "tag&state=published", "author&updated_at__gte"])
def test_a_narrowed_list_goes_on_from_page_to_page_and_back(query, erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 2)
    own, (sea,) = services.create_author(name="Erika", user=erika), services.tags_named(["Sea"])
    posts = [make_post(f"Post {number}", authors=[own], tags=[sea]) for number in range(5)]
    make_post("Of nobody")
    services.update_post(posts[0], by=erika, expected_version=1, title="Post 0")  # Now the last change.
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
    assert titles(first) == ["Post 0", "Post 4"]
    second = client.get(link(first, "next"))
    assert titles(second) == ["Post 3", "Post 2"]
    third = client.get(link(second, "next"))
    assert titles(third) == ["Post 1"]
    assert titles(client.get(link(third, "prev"))) == ["Post 3", "Post 2"]


def test_the_trash_is_in_the_order_in_which_posts_came_there(erika, make_post, log_in, monkeypatch):
    monkeypatch.setattr("apps.editor.admin.posts.PostAdmin.list_per_page", 1)
    first, second = make_post("First"), make_post("Second")
    for post in (second, first):
        services.trash_post(post, by=erika, expected_version=1)
    client = log_in(erika)
    page = client.get(URL, {"state": "trash"})
    assert titles(page) == ["First"]
    assert titles(client.get(link(page, "next"))) == ["Second"]
