"""GET on collections: which rows, in which order, page by page, at a constant price."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.core import signing

from apps.posts import services
from apps.posts.models import Author, Post

START = datetime(2026, 1, 1, tzinfo=UTC)
TOO_LONG = pytest.mark.in_process("asks for an address that gunicorn takes for too long")


@pytest.fixture
def ten(make_post):
    """Ten posts, two of each day: the date alone does not order them."""
    return [make_post(f"Post {number}", published_at=START + timedelta(days=number // 2)) for number in range(10)]


def titles(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


def walk(client, path: str, relation: str = "next") -> list[list[str]]:
    pages = []
    while path:
        response = client.get(path)
        pages.append(titles(response))
        path = response.json()[relation]
        assert (f'rel="{relation.replace("previous", "prev")}"' in response.get("Link", "")) == bool(path)
    return pages


NEWEST_FIRST = [f"Post {number}" for number in range(9, -1, -1)]


@pytest.mark.parametrize("size", [1, 3, 5, 100])
@pytest.mark.parametrize(
    ("ordering", "expected"), [("-published_at", NEWEST_FIRST), ("published_at", NEWEST_FIRST[::-1])]
)
def test_pages_hold_every_post_once_in_order(client, ten, size, ordering, expected):
    pages = walk(client, f"posts/?page_size={size}&ordering={ordering}")
    assert sum(pages, []) == expected
    assert max(map(len, pages)) <= size


def test_pages_lead_back_as_they_led_forth(client, ten):
    forth = walk(client, "posts/?page_size=4")
    last = client.get("posts/?page_size=4")
    while last.json()["next"]:
        last = client.get(last.json()["next"])
    back = [titles(last), *walk(client, last.json()["previous"], "previous")]
    assert back[::-1] == forth


def test_a_post_that_appears_meanwhile_moves_no_page(client, ten, make_post):
    first = client.get("posts/?page_size=4").json()
    make_post("Newer", published_at=START + timedelta(days=100))
    assert titles(client.get(first["next"])) == NEWEST_FIRST[4:8]


def test_a_list_shows_what_is_public_and_no_texts(client, make_post):
    make_post("Public", body="A secret of the list.")
    make_post("Draft", status="draft")
    make_post("Scheduled", published_at=datetime(2990, 1, 1, tzinfo=UTC))
    make_post("Page", kind="page")
    services.trash_post(make_post("Trashed"), by=None, expected_version=1)
    response = client.get("posts/")
    assert titles(response) == ["Public"]
    assert not {"body", "body_html"} & set(response.json()["results"][0])
    assert titles(client.get("posts/?kind=page")) == ["Page"]


@pytest.fixture
def desk(make_post, alice, bob):
    """What is not public, of Alice and of Bob."""
    for name, user in [("Alice", alice), ("Bob", bob)]:
        fields = {"authors": [Author.objects.get(user=user)]}
        make_post(f"{name}'s draft", status="draft", **fields)
        make_post(f"{name}'s scheduled", published_at=datetime(2990, 1, 1, tzinfo=UTC), **fields)
        services.trash_post(make_post(f"{name}'s trashed", **fields), by=None, expected_version=1)


@pytest.mark.parametrize("status", ["draft", "scheduled", "trashed"])
def test_what_is_not_public_is_listed_for_who_may_change_it(client, alices, erikas, charlie, desk, status):
    path = f"posts/?status={status}"
    assert titles(alices.get(path)) == [f"Alice's {status}"]
    assert sorted(titles(erikas.get(path))) == [f"Alice's {status}", f"Bob's {status}"]
    assert titles(client.as_(charlie).get(path)) == []
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_any_is_all_but_the_trash(alices, desk, make_post):
    make_post("Bob's published")
    assert sorted(titles(alices.get("posts/?status=any"))) == ["Alice's draft", "Alice's scheduled"]


def test_posts_of_a_tag_and_of_an_author(client, alice, make_post):
    tag, author = services.create_tag(name="News"), Author.objects.get(user=alice)
    for number in range(3):
        make_post(f"Tagged {number}", tags=[tag], published_at=START + timedelta(days=number))
        make_post(f"Written {number}", authors=[author], published_at=START + timedelta(days=number))
        make_post(f"Both {number}", tags=[tag], authors=[author], published_at=START + timedelta(days=number))
    tagged = sum(walk(client, "posts/?tag=news&page_size=2"), [])
    assert tagged == ["Both 2", "Tagged 2", "Both 1", "Tagged 1", "Both 0", "Tagged 0"]
    assert sum(walk(client, "posts/?author=alice-adams&page_size=2"), []) == [
        "Both 2", "Written 2", "Both 1", "Written 1", "Both 0", "Written 0",
    ]  # fmt: skip
    assert sum(walk(client, "posts/?author=alice-adams&tag=news&page_size=2"), []) == ["Both 2", "Both 1", "Both 0"]
    assert len(titles(client.get("posts/?tag=news&ordering=-updated_at"))) == 6


def test_posts_of_a_tag_by_a_slug_that_it_had_before(client, make_post, django_assert_num_queries):
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    make_post("Tides", tags=[sea])
    make_post("Currents", tags=[ocean])
    services.update_tag(sea, expected_version=1, slug="salt-water")
    with django_assert_num_queries(3):
        assert titles(client.get("posts/?tag=sea")) == ["Tides"]
    with django_assert_num_queries(2):
        assert titles(client.get("posts/?tag=salt-water")) == ["Tides"]
    services.merge_tags(ocean, into=sea)
    assert titles(client.get("posts/?tag=ocean")) == titles(client.get("posts/?tag=sea")) == ["Currents", "Tides"]


def test_a_slug_is_the_tag_that_has_it_now_before_the_one_that_had_it(client, make_post):
    sea, ocean = services.tags_named(["Sea", "Ocean"])
    make_post("Tides", tags=[sea])
    make_post("Currents", tags=[ocean])
    services.update_tag(sea, expected_version=1, slug="salt-water")
    services.update_tag(ocean, expected_version=1, slug="sea")
    assert titles(client.get("posts/?tag=sea")) == ["Currents"]


def test_a_post_is_found_by_its_slug(client, make_post):
    make_post("Other")
    make_post("About", kind="page")
    assert titles(client.get("posts/?slug=about")) == ["About"]
    assert titles(client.get("posts/?slug=nothing")) == []


def test_posts_of_a_time(client, ten):
    after, before = quote(f"{START + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"), "2026-01-03"
    path = f"posts/?published_after={after}&published_before={before}"
    assert titles(client.get(path)) == ["Post 3", "Post 2"]


def test_a_mirror_asks_for_changes_and_gets_the_oldest_first(client, ten):
    for number, post in enumerate(reversed(ten)):
        Post.objects.filter(pk=post.pk).update(updated_at=START + timedelta(days=number))
    path = "posts/?page_size=2&updated_since=2026-01-06T00:00:00Z"
    assert sum(walk(client, path), []) == [f"Post {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("titel=x", "titel", "status, kind, slug, tag, author"),
        ("page_size=101", "page_size", "1 to 100"),
        ("page_size=0", "page_size", "1 to 100"),
        ("page_size=x", "page_size", "1 to 100"),
        pytest.param("page_size=" + "9" * 5000, "page_size", "1 to 100", marks=TOO_LONG),
        ("cursor=nonsense", "cursor", "next"),
        ("status=live", "status", "live"),
        ("kind=x", "kind", "x"),
        ("tag=nothing", "tag", "“nothing”"),
        ("author=nothing", "author", "“nothing”"),
        ("slug=%00", "slug", "Null"),
        ("published_after=yesterday", "published_after", "2026-01-31T12:00:00Z"),
        ("published_after=2026-02-31", "published_after", "2026-01-31T12:00:00Z"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "updated_since", "2026-01-31T12:00:00Z"),
        ("updated_since=2026-01-01&ordering=published_at", "ordering", "updated_at"),
        ("ordering=title", "ordering", "title"),
        ("kind=post&kind=page", "kind", "more than once"),
        ("format=xml", "format", "no such parameter"),
    ],
)
def test_a_wrong_parameter_is_named(client, query, parameter, words):
    response = client.get(f"posts/?{query}")
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["parameter"] == parameter
    assert words in error["detail"]


def test_a_cursor_is_the_signed_key_of_a_row(client, ten):
    (cursor,) = parse_qs(urlsplit(client.get("posts/?page_size=2").json()["next"]).query)["cursor"]
    key = [ten[8].published_at.isoformat(), ten[8].pk]
    assert signing.loads(cursor, salt="apps.api.pagination") == [False, ["-published_at", "-id"], key]


def test_a_cursor_serves_only_the_order_it_was_made_for(client, ten):
    cursor = client.get("posts/?page_size=2").json()["next"].split("cursor=")[1].split("&")[0]
    response = client.get(f"posts/?ordering=published_at&cursor={cursor}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "cursor"


def test_tags_are_in_one_order_in_lists_and_in_a_post(client, make_post):
    post = make_post(tags=services.tags_named(["Zebra", "apple", "Äpfel"]))
    in_list = client.get("posts/").json()["results"][0]["tags"]
    assert client.get(f"posts/{post.pk}/").json()["tags"] == in_list == ["apple", "zebra", "apfel"]


@pytest.mark.parametrize("rows", [2, 40])
def test_a_list_costs_one_query_and_one_for_each_name_whatever_the_rows(
    client, make_post, rows, django_assert_num_queries
):
    tags = [services.create_tag(name=f"Tag {number}") for number in range(3)]
    authors = [services.create_author(name=f"Author {number}") for number in range(3)]
    for number in range(rows):
        make_post(f"Post {number}", tags=tags, authors=authors)
    with django_assert_num_queries(1):
        client.get("posts/?page_size=20")
    with django_assert_num_queries(3):
        client.get("posts/?tag=tag-1&author=author-1")
    with django_assert_num_queries(1):
        client.get("tags/")
    with django_assert_num_queries(1):
        client.get("authors/")


@pytest.mark.parametrize("rows", [2, 30])
def test_a_token_adds_its_own_query_and_drafts_one_for_the_rights(
    alices, alice, make_post, rows, django_assert_num_queries
):
    for number in range(rows):
        make_post(f"Post {number}", status="draft" if number % 2 else "published", authors=[alice.author])
    alices.get("posts/")  # Notes the token's use, once an hour.
    with django_assert_num_queries(2):
        alices.get("posts/")
    with django_assert_num_queries(3):
        alices.get("posts/?status=draft")


def test_a_list_of_posts_reads_no_text_counts_nothing_and_skips_nothing(client, ten, django_assert_num_queries):
    second = client.get("posts/?page_size=2").json()["next"]
    with django_assert_num_queries(1) as captured:
        client.get(second)
    sql = " ".join(query["sql"] for query in captured.captured_queries)
    for word in ("body_html", "COUNT(", "OFFSET"):
        assert word not in sql


@pytest.mark.parametrize("resource", ["tags", "authors"])
def test_tags_and_authors_are_listed_by_name(client, resource):
    make = {"tags": services.create_tag, "authors": services.create_author}[resource]
    for name in ("Cherry", "Apple", "Banana"):
        make(name=name)
    first = client.get(f"{resource}/?page_size=2").json()
    assert [row["name"] for row in first["results"]] == ["Apple", "Banana"]
    assert [row["name"] for row in client.get(first["next"]).json()["results"]] == ["Cherry"]
    assert [row["name"] for row in client.get(f"{resource}/?slug=cherry").json()["results"]] == ["Cherry"]


@pytest.mark.parametrize(
    "parameter", ["status", "kind", "ordering", "updated_since", "page_size", "slug", "tag", "language", "q", "cursor"]
)
def test_an_empty_value_is_refused(client, parameter):
    refused = client.get(f"posts/?{parameter}=")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]
