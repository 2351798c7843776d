"""GET on collections: filters, order, paging and the number of queries."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from apps.core import signing
from apps.posts import services
from apps.posts.models import Author, Post, Tag, posts

START = datetime(2026, 1, 1, tzinfo=UTC)
TOO_LONG = pytest.mark.in_process("requests a URL that exceeds gunicorn's limit")


@pytest.fixture
def ten_posts(make_post):
    """Ten posts, two of each day, so that the date alone does not order them."""
    return [make_post(f"Post {number}", published_at=START + timedelta(days=number // 2)) for number in range(10)]


def titles(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


def pages_of_titles(client, path: str, relation: str = "next") -> list[list[str]]:
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
def test_paging_returns_every_post_once_in_order(client, ten_posts, size, ordering, expected):
    pages = pages_of_titles(client, f"posts/?page_size={size}&ordering={ordering}")
    assert sum(pages, []) == expected
    assert max(map(len, pages)) <= size


def test_paging_backwards_returns_the_same_pages(client, ten_posts):
    forwards = pages_of_titles(client, "posts/?page_size=4")
    last = client.get("posts/?page_size=4")
    while last.json()["next"]:
        last = client.get(last.json()["next"])
    backwards = [titles(last), *pages_of_titles(client, last.json()["previous"], "previous")]
    assert backwards[::-1] == forwards


def test_a_new_post_does_not_shift_later_pages(client, ten_posts, make_post):
    first = client.get("posts/?page_size=4").json()
    make_post("Newer", published_at=START + timedelta(days=100))
    assert titles(client.get(first["next"])) == NEWEST_FIRST[4:8]


def test_a_list_shows_public_posts_without_their_texts(client, make_post):
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
def unpublished_posts(make_post, alice, bob):
    """A draft, a scheduled and a trashed post of Alice and of Bob each."""
    for name, user in [("Alice", alice), ("Bob", bob)]:
        fields = {"authors": [Author.objects.get(user=user)]}
        make_post(f"{name}'s draft", status="draft", **fields)
        make_post(f"{name}'s scheduled", published_at=datetime(2990, 1, 1, tzinfo=UTC), **fields)
        services.trash_post(make_post(f"{name}'s trashed", **fields), by=None, expected_version=1)


@pytest.mark.parametrize("status", ["draft", "scheduled", "trashed"])
def test_posts_that_are_not_public_are_listed_for_users_who_may_change_them(
    client, alice_client, erika_client, charlie, unpublished_posts, status
):
    path = f"posts/?status={status}"
    assert titles(alice_client.get(path)) == [f"Alice's {status}"]
    assert sorted(titles(erika_client.get(path))) == [f"Alice's {status}", f"Bob's {status}"]
    assert titles(client.as_(charlie).get(path)) == []
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_status_any_excludes_the_trash(alice_client, unpublished_posts, make_post):
    make_post("Bob's published")
    assert sorted(titles(alice_client.get("posts/?status=any"))) == ["Alice's draft", "Alice's scheduled"]


def test_posts_can_be_filtered_by_tag_and_author(client, alice, make_post):
    tag, author = services.create_tag(name="News"), Author.objects.get(user=alice)
    for number in range(3):
        make_post(f"Tagged {number}", tags=[tag], published_at=START + timedelta(days=number))
        make_post(f"Written {number}", authors=[author], published_at=START + timedelta(days=number))
        make_post(f"Both {number}", tags=[tag], authors=[author], published_at=START + timedelta(days=number))
    tagged = sum(pages_of_titles(client, "posts/?tag=news&page_size=2"), [])
    assert tagged == ["Both 2", "Tagged 2", "Both 1", "Tagged 1", "Both 0", "Tagged 0"]
    assert sum(pages_of_titles(client, "posts/?author=alice-adams&page_size=2"), []) == [
        "Both 2", "Written 2", "Both 1", "Written 1", "Both 0", "Written 0",
    ]  # fmt: skip
    assert sum(pages_of_titles(client, "posts/?author=alice-adams&tag=news&page_size=2"), []) == [
        "Both 2",
        "Both 1",
        "Both 0",
    ]
    assert len(titles(client.get("posts/?tag=news&ordering=-updated_at"))) == 6


@pytest.fixture
def tagged(make_post) -> None:
    """Posts of a day each, with every choice of two tags."""
    sea, wind = services.tags_named(["Sea", "Wind"])
    choices = {"Neither": [], "Sea": [sea], "Wind": [wind], "Both": [sea, wind]}
    for number, (title, tags) in enumerate(choices.items()):
        make_post(title, tags=tags, published_at=START + timedelta(days=number))


FEW_OR_MANY = pytest.mark.parametrize("most", [2_000, 1], ids=["few links", "many links"])


@FEW_OR_MANY
@pytest.mark.in_process("changes a limit of the server process")
def test_several_tags_find_the_posts_that_have_any_of_them_once(client, tagged, most, monkeypatch):
    monkeypatch.setattr(posts, "MAX_LINKS", most)
    assert sum(pages_of_titles(client, "posts/?tag=sea,wind&page_size=2"), []) == ["Both", "Wind", "Sea"]
    assert titles(client.get("posts/?tag=sea,+sea")) == ["Both", "Sea"]
    last = client.get(client.get("posts/?tag=sea,wind&page_size=2").json()["next"])
    assert sum(pages_of_titles(client, last.json()["previous"], "previous"), []) == ["Both", "Wind"]


def test_posts_without_a_tag_are_found_by_tag_and_an_exclamation_mark(client, tagged, alice, make_post):
    assert titles(client.get("posts/?tag!=sea")) == ["Wind", "Neither"]
    assert titles(client.get("posts/?tag%21=sea,wind")) == ["Neither"]
    assert titles(client.get("posts/?tag=sea&tag!=wind")) == ["Sea"]
    assert sum(pages_of_titles(client, "posts/?tag!=wind&page_size=1"), []) == ["Sea", "Neither"]
    make_post("Hers", authors=[Author.objects.get(user=alice)])
    assert titles(client.get("posts/?author=alice-adams&tag!=sea,wind")) == ["Hers"]
    assert titles(client.get("posts/?author=alice-adams&tag=sea,wind")) == []


def test_former_slugs_are_accepted_among_several_tags(client, tagged, django_assert_num_queries):
    services.update_tag(Tag.objects.get(slug="sea"), expected_version=1, slug="salt-water")
    with django_assert_num_queries(4):  # The tags, the former slug, the links and the posts.
        assert titles(client.get("posts/?tag=sea,wind")) == ["Both", "Wind", "Sea"]
    with django_assert_num_queries(4):
        assert titles(client.get("posts/?tag=salt-water,wind&tag!=wind")) == ["Sea"]


@pytest.mark.parametrize("rows", [2, 40])
def test_filters_by_lists_need_as_many_queries_for_any_number_of_rows(
    client, make_post, rows, django_assert_num_queries
):
    tags = services.tags_named(["Sea", "Wind"])
    ids = ",".join(str(make_post(f"Post {number}", tags=tags[: 1 + number % 2]).pk) for number in range(rows))
    with django_assert_num_queries(3):
        client.get("posts/?tag=sea,wind")
    with django_assert_num_queries(2):
        client.get("posts/?tag!=wind")
    with django_assert_num_queries(1):
        client.get(f"posts/?id={ids}")


def test_several_ids_find_the_posts_that_there_are_in_the_order_of_the_list(client, ten_posts, make_post, alice_client):
    draft, page = make_post("Draft", status="draft"), make_post("Page", kind="page")
    chosen = [ten_posts[number] for number in (7, 0, 3)]
    ids = ",".join(str(post.pk) for post in [*chosen, draft])
    assert sum(pages_of_titles(client, f"posts/?id={ids},999999&page_size=2"), []) == ["Post 7", "Post 3", "Post 0"]
    assert titles(client.get(f"posts/?id={ids}&ordering=published_at&page_size=1")) == ["Post 0"]
    assert titles(client.get(f"posts/?id={page.pk}")) == ["Page"]
    assert titles(alice_client.get(f"posts/?id={draft.pk}&status=draft")) == []


@pytest.mark.parametrize("resource", ["tags", "authors", "series"])
def test_tags_authors_and_series_are_found_by_several_ids(client, resource):
    make = {"tags": "name", "authors": "name", "series": "title"}
    create = {"tags": services.create_tag, "authors": services.create_author, "series": services.create_series}
    rows = [create[resource](**{make[resource]: name}) for name in ("Cherry", "Apple", "Banana")]
    found = client.get(f"{resource}/?id={rows[0].pk},{rows[1].pk},999999").json()["results"]
    assert [row["slug"] for row in found] == ["apple", "cherry"]


def test_the_tag_filter_accepts_former_slugs(client, make_post, django_assert_num_queries):
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


def test_the_tag_filter_prefers_a_current_slug_to_a_former_one(client, make_post):
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


def test_posts_can_be_filtered_by_date(client, ten_posts):
    after, before = quote(f"{START + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"), "2026-01-03T00:00:00Z"
    path = f"posts/?published_after={after}&published_before={before}"
    assert titles(client.get(path)) == ["Post 3", "Post 2"]


def test_updated_since_lists_the_oldest_change_first(client, ten_posts):
    for number, post in enumerate(reversed(ten_posts)):
        Post.objects.filter(pk=post.pk).update(updated_at=START + timedelta(days=number))
    path = "posts/?page_size=2&updated_since=2026-01-06T00:00:00Z"
    assert sum(pages_of_titles(client, path), []) == [f"Post {number}" for number in (4, 3, 2, 1, 0)]


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
        ("tag!=nothing", "tag!", "“nothing”"),
        ("tag=a,,b", "tag", "“a,b,c”"),
        ("tag!=a,", "tag!", "“a,b,c”"),
        ("tag=" + ",".join(f"t{number}" for number in range(21)), "tag", "At most 20"),
        ("id=1,x", "id", "“1,2,3”"),
        ("id=0", "id", "“1,2,3”"),
        ("id=1.5", "id", "“1,2,3”"),
        ("id=%D9%A1", "id", "“1,2,3”"),
        ("id=9999999999999999999", "id", "“1,2,3”"),
        ("id=" + ",".join(map(str, range(1, 102))), "id", "At most 100"),
        ("author=nothing", "author", "“nothing”"),
        ("slug=%00", "slug", "empty"),
        ("published_after=yesterday", "published_after", "2026-01-31T12:00:00Z"),
        ("published_after=2026-02-31", "published_after", "2026-01-31T12:00:00Z"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "updated_since", "2026-01-31T12:00:00Z"),
        ("updated_since=2026-01-01T00:00:00Z&ordering=published_at", "ordering", "updated_at"),
        ("ordering=title", "ordering", "title"),
        ("kind=post&kind=page", "kind", "more than once"),
        ("format=xml", "format", "no such parameter"),
    ],
)
def test_an_invalid_parameter_is_named_in_the_error(client, query, parameter, words):
    response = client.get(f"posts/?{query}")
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["parameter"] == parameter
    assert words in error["detail"]


def test_a_cursor_contains_the_signed_key_of_a_row(client, ten_posts):
    (cursor,) = parse_qs(urlsplit(client.get("posts/?page_size=2").json()["next"]).query)["cursor"]
    key = [ten_posts[8].published_at.isoformat(), ten_posts[8].pk]
    assert signing.loads(cursor, salt="apps.api.pagination") == [False, ["-published_at", "-id"], key]


def test_a_cursor_is_refused_in_another_order(client, ten_posts):
    cursor = client.get("posts/?page_size=2").json()["next"].split("cursor=")[1].split("&")[0]
    response = client.get(f"posts/?ordering=published_at&cursor={cursor}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "cursor"


def test_tags_have_the_same_order_in_lists_and_in_a_post(client, make_post):
    post = make_post(tags=services.tags_named(["Zebra", "apple", "Äpfel"]))
    in_list = client.get("posts/").json()["results"][0]["tags"]
    assert client.get(f"posts/{post.pk}/").json()["tags"] == in_list == ["apple", "zebra", "apfel"]


@pytest.mark.parametrize("rows", [2, 40])
def test_a_list_needs_one_query_and_one_for_each_slug_filter_for_any_number_of_rows(
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
def test_a_token_needs_two_more_queries_for_itself_and_for_the_permissions(
    alice_client, alice, make_post, rows, django_assert_num_queries
):
    for number in range(rows):
        make_post(f"Post {number}", status="draft" if number % 2 else "published", authors=[alice.author])
    alice_client.get("posts/")  # Records the use of the token, once an hour.
    with django_assert_num_queries(2):
        alice_client.get("posts/?fields=title")
    with django_assert_num_queries(3):
        alice_client.get("posts/")  # Which originals are shown depends on the permissions.
    with django_assert_num_queries(3):
        alice_client.get("posts/?status=draft")


def test_a_list_of_posts_fetches_no_html_and_uses_neither_count_nor_offset(
    client, ten_posts, django_assert_num_queries
):
    second = client.get("posts/?page_size=2").json()["next"]
    with django_assert_num_queries(1) as captured:
        client.get(second)
    sql = " ".join(query["sql"] for query in captured.captured_queries)
    for word in ("body_html", "COUNT(", "OFFSET"):
        assert word not in sql


@pytest.mark.parametrize("resource", ["tags", "authors"])
def test_tags_and_authors_are_ordered_by_name(client, resource):
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
def test_an_empty_parameter_is_refused(client, parameter):
    refused = client.get(f"posts/?{parameter}=")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]
