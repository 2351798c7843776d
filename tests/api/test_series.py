"""Series in the API: a resource of their own, and the place of a post in one."""

import pytest

from apps.posts import services
from apps.posts.models import Post, Series
from tests.api.mirrors import entries, told


@pytest.fixture
def series(db) -> Series:
    return services.create_series(title="A garden in a year")


def slugs(response) -> list[str]:
    return [row["slug"] for row in response.json()["results"]]


def test_an_editor_creates_changes_and_deletes_a_series(erika_client):
    made = erika_client.post("series/", {"title": "Tools", "description": "What is needed."})
    assert (made.status_code, made.json()["slug"], made.json()["url"]) == (
        201,
        "tools",
        "http://testserver/series/tools/",
    )
    path = f"series/{made.json()['id']}/"
    changed = erika_client.patch(path, {"slug": "garden-tools"}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert erika_client.patch(path, {"title": "Late"}, If_Match=made["ETag"]).status_code == 412
    assert erika_client.delete(path, If_Match=changed["ETag"]).status_code == 204
    assert erika_client.get(path).status_code == 404


def test_an_author_may_make_a_series_but_not_change_it(alice_client, series):
    assert alice_client.post("series/", {"title": "Tools"}).status_code == 201
    assert alice_client.patch(f"series/{series.pk}/", {"title": "Mine"}, If_Match="*").status_code == 403
    assert alice_client.delete(f"series/{series.pk}/", If_Match="*").status_code == 403


def test_a_title_that_another_series_has_is_refused(erika_client, series):
    refused = erika_client.post("series/", {"title": "a garden in a year"})
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/title"]


def test_a_post_has_the_slug_of_its_series_and_its_position(erika_client, series, make_post):
    make_post("One", series=series)
    body = {"title": "Two", "authors": [], "series": "a-garden-in-a-year"}
    made = erika_client.post("posts/", body)
    assert (made.json()["series"], made.json()["series_position"]) == ("a-garden-in-a-year", 2)
    path = f"posts/{made.json()['id']}/"
    moved = erika_client.patch(path, {"series_position": 1}, If_Match="*").json()
    assert (moved["series"], moved["series_position"]) == ("a-garden-in-a-year", 1)
    gone = erika_client.patch(path, {"series": None}, If_Match="*").json()
    assert (gone["series"], gone["series_position"]) == (None, None)


def test_a_put_without_a_position_keeps_the_one_there_is(erika_client, series, make_post):
    post = make_post("Three", series=series, series_position=3)
    body = {"title": "Still three", "authors": [], "series": "a-garden-in-a-year"}
    assert erika_client.put(f"posts/{post.pk}/", body, If_Match="*").json()["series_position"] == 3


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"series": "no-such-series"}, "/series"),
        ({"series": 7}, "/series"),
        ({"series_position": 2}, "/series_position"),
        ({"series": "a-garden-in-a-year", "series_position": 0}, "/series_position"),
        ({"series": "a-garden-in-a-year", "series_position": 99_999}, "/series_position"),
        ({"series": "a-garden-in-a-year", "series_position": "2"}, "/series_position"),
    ],
)
def test_what_is_no_place_in_a_series_is_refused_by_name(erika_client, series, fields, pointer):
    refused = erika_client.post("posts/", {"title": "A", "authors": []} | fields)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_the_parts_of_a_series_are_listed_in_reading_order(client, series, make_post):
    for position in (3, 1, 2):
        make_post(f"Part {position}", series=series, series_position=position)
    make_post("No part")
    make_post("Draft", status="draft", series=series)
    first = client.get("posts/?series=a-garden-in-a-year&page_size=2")
    assert slugs(first) == ["part-1", "part-2"]
    assert slugs(client.get(first.json()["next"])) == ["part-3"]
    assert slugs(client.get("posts/?series=a-garden-in-a-year&ordering=published_at")) == ["part-3", "part-1", "part-2"]


def test_parts_can_be_narrowed_by_tag_and_found_by_a_former_slug(client, series, make_post):
    tag = services.create_tag(name="Sea")
    make_post("Part 1", series=series)
    make_post("Part 2", series=series, tags=[tag])
    services.update_series(series, expected_version=1, slug="garden")
    assert slugs(client.get("posts/?series=a-garden-in-a-year&tag=sea")) == ["part-2"]
    refused = client.get("posts/?series=nothing")
    assert refused.status_code == 400
    assert "There is no series with the slug “nothing”." in refused.content.decode()


def test_a_series_can_be_included_whole_without_a_query_for_each_post(client, make_post, django_assert_num_queries):
    for number in range(3):
        make_post(f"Post {number}", series=services.create_series(title=f"Series {number}"))
    with django_assert_num_queries(2):
        rows = client.get("posts/?fields=title&include=series").json()["results"]
    assert [row["series"]["title"] for row in rows] == ["Series 2", "Series 1", "Series 0"]
    with django_assert_num_queries(1):
        rows = client.get("posts/?fields=series").json()["results"]
    assert [row["series"] for row in rows] == ["series-2", "series-1", "series-0"]


def test_the_etag_of_a_post_changes_with_the_slug_of_its_series(client, series, make_post):
    post = make_post(series=series)
    before = client.get(f"posts/{post.pk}/")["ETag"]
    services.update_series(series, expected_version=1, slug="garden")
    assert client.get(f"posts/{post.pk}/")["ETag"] != before


def test_the_change_feed_tells_a_series_and_the_posts_that_show_it(client, series, make_post):
    one, two = make_post("One", series=series), make_post("Two", series=series)
    make_post("Draft", status="draft", series=series)
    start = client.get("changes/?after=now").json()["next"]
    services.update_series(series, expected_version=1, slug="garden")
    services.update_series(series, expected_version=2, parts=[two.pk, one.pk])
    services.delete_series(Series.objects.get())
    found, _next = entries(client, start)
    assert ("series", series.pk, "deleted") in told(found)
    assert {pk for kind, pk, _event in told(found) if kind == "post"} == {one.pk, two.pk}


def test_a_position_changes_with_the_version_of_its_post(erika_client, series, make_post):
    post = make_post(series=series)
    erika_client.patch(f"posts/{post.pk}/", {"series_position": 5}, If_Match="*")
    assert Post.objects.get(pk=post.pk).version == 2
