"""`include=count` tells how many rows a list has, and reads a bounded number of them for that."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.api import pagination
from apps.posts import services
from tests.api.test_lists import ten_posts  # noqa: F401  (a fixture)
from tests.resources import NAMES


def count(client, path: str) -> dict:
    return client.get(path).json()["count"]


def test_a_list_tells_how_many_rows_all_its_pages_have(client, ten_posts):  # noqa: F811
    first = client.get("posts/?page_size=4&include=count").json()
    assert (first["count"], len(first["results"])) == ({"value": 10, "exact": True}, 4)
    assert client.get(first["next"]).json()["count"] == first["count"]
    assert set(first["results"][0]) == set(client.get("posts/").json()["results"][0])


def test_what_a_filter_leaves_is_counted(client, erika_client, ten_posts, make_post):  # noqa: F811
    tag = services.create_tag(name="Sea")
    make_post("Tides", tags=[tag])
    make_post("Draft", status="draft", tags=[tag])
    assert count(client, "posts/?tag=sea&include=count")["value"] == 1
    assert count(client, "posts/?tag!=sea&include=count,tags")["value"] == 10
    assert count(client, f"posts/?id={ten_posts[0].pk},999999&include=count")["value"] == 1
    assert count(erika_client, "posts/?status=any&include=count")["value"] == 12


@pytest.mark.parametrize("resource", NAMES)
def test_every_list_can_be_counted(erika_client, make_post, resource):
    post = make_post()
    query = f"post={post.pk}&" if resource == "comments" else ""
    found = erika_client.get(f"{resource}/?{query}include=count").json()
    assert found["count"] == {"value": len(found["results"]), "exact": True}


@pytest.mark.in_process("changes a limit of the server process")
@pytest.mark.parametrize(("most", "expected"), [(9, (9, False)), (10, (10, True))])
def test_beyond_a_limit_it_only_says_that_there_are_more(client, ten_posts, monkeypatch, most, expected):  # noqa: F811
    monkeypatch.setattr(pagination, "MAX_COUNTED", most)
    assert tuple(count(client, "posts/?include=count").values()) == expected


def test_a_count_is_one_query_more_that_ends_at_the_limit(client, ten_posts, django_assert_num_queries):  # noqa: F811
    with django_assert_num_queries(2) as captured:
        client.get("posts/?include=count")
    (sql,) = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert "LIMIT 10001" in sql
    assert "ORDER BY" not in sql


@pytest.mark.in_process("counts the queries of the server process")
@pytest.mark.django_db(transaction=connection.vendor == "mysql")  # A FULLTEXT index finds only committed rows.
@pytest.mark.parametrize("query", ["q=post", "tag=a,b", "tag=a", "id=1,2"])
def test_what_is_filtered_is_looked_up_once_for_the_page_and_its_count(client, make_post, query):
    tags = [services.create_tag(name=name) for name in "ab"]
    make_post("A post", tags=tags)
    taken = []
    for include in ("", "&include=count"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"posts/?{query}{include}").status_code == 200
        taken.append(len(captured))
    assert taken[1] == taken[0] + 1


def test_a_list_with_another_count_has_another_etag(client, ten_posts, make_post):  # noqa: F811
    before = client.get("posts/?ordering=published_at&page_size=2&include=count")
    alone = client.get("posts/?ordering=published_at&page_size=2")
    make_post("Newer")
    path = "posts/?ordering=published_at&page_size=2"
    assert client.get(path, If_None_Match=alone["ETag"]).status_code == 304
    assert client.get(f"{path}&include=count", If_None_Match=before["ETag"]).json()["count"]["value"] == 11


def test_one_object_has_no_count(client, make_post):
    refused = client.get(f"posts/{make_post().pk}/?include=count")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "include")
    assert (
        "authors, tags, series, images, count, excerpt" in client.get("posts/?include=x").json()["errors"][0]["detail"]
    )
