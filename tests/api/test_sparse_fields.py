"""Sparse fields: `fields` and `include` on lists and single objects, and the columns that they fetch."""

import pytest
from django.core.files.base import ContentFile

from apps.comments.services import create_comment
from apps.media.services import create_image
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from apps.posts.serializers import PostSerializer
from tests.media.files import jpeg

pytestmark = pytest.mark.any_database

NAMED = {"posts": "title", "tags": "name", "authors": "name", "series": "title", "comments": "name", "images": "alt"}
ROWS = 3


@pytest.fixture
def rows(make_post, erika, settings, tmp_path) -> dict[str, int]:
    """Create related rows of each resource, and return the id of one row of each."""
    settings.MEDIA_ROOT = str(tmp_path)
    for number in range(ROWS):
        tags = [services.create_tag(name=f"Tag {number}-{one}") for one in range(2)]
        authors = [services.create_author(name=f"Author {number}-{one}") for one in range(2)]
        cover, shown = (create_image(by=erika, file=ContentFile(jpeg(60 + number, side), "a.jpg")) for side in (40, 50))
        text = f"Text {number}.\n\n{shown.markdown}"
        series = services.create_series(title=f"Series {number}")
        links = {"tags": tags, "authors": authors, "series": series}
        post = make_post(f"Post {number}", body=text, cover_image=cover, **links)
        comment = create_comment(by=erika, post=post, body="A comment.", name="Erika")
    rows = {
        "posts": post,
        "tags": tags[0],
        "authors": authors[0],
        "series": series,
        "comments": comment,
        "images": cover,
    }
    return {name: row.pk for name, row in rows.items()}


def fields_of(client, resource: str) -> list[str]:
    """Return the valid field names from the API's error message."""
    (error,) = client.get(f"{resource}/?fields=nonsense").json()["errors"]
    return error["detail"].split("Valid are: ")[1].rstrip(".").split(", ")


@pytest.mark.parametrize("resource", NAMED)
def test_a_read_shows_the_requested_fields_and_the_id(erika_client, rows, resource):
    name, pk = NAMED[resource], rows[resource]
    for row in erika_client.get(f"{resource}/?fields={name}").json()["results"]:
        assert list(row) == ["id", name]
    assert list(erika_client.get(f"{resource}/{pk}/?fields={name}").json()) == ["id", name]


@pytest.mark.parametrize("resource", NAMED)
def test_each_field_can_be_requested_and_has_the_same_value_as_by_default(erika_client, rows, resource):
    whole = erika_client.get(f"{resource}/{rows[resource]}/").json()
    names = fields_of(erika_client, resource)
    assert set(whole) <= set(names)
    assert set(names) - set(whole) == ({"images"} if resource == "posts" else set())
    for name in set(names) & set(whole) - {"id"}:
        alone = erika_client.get(f"{resource}/{rows[resource]}/?fields={name}").json()
        assert alone == {"id": whole["id"], name: whole[name]}
        listed = erika_client.get(f"{resource}/?fields={name}").json()["results"]
        assert alone in listed


@pytest.mark.parametrize("resource", NAMED)
def test_no_field_needs_a_query_for_each_row(erika_client, rows, resource, django_assert_max_num_queries):
    erika_client.get("posts/")  # Records the use of the token, once an hour.
    for name in [*fields_of(erika_client, resource), ",".join(fields_of(erika_client, resource))]:
        # The token, the user's permissions, the rows, and the posts of comments or the images of posts.
        with django_assert_max_num_queries(4):
            assert len(erika_client.get(f"{resource}/?fields={name}").json()["results"]) >= ROWS


def selected(captured, table: str) -> str:
    return " ".join(query["sql"].partition(f'FROM "{table}"')[0] for query in captured.captured_queries)


def test_columns_of_fields_that_are_not_requested_are_not_fetched(client, rows, django_assert_num_queries):
    for path in ("posts/?fields=title", f"posts/{rows['posts']}/?fields=title"):
        with django_assert_num_queries(1) as captured:
            client.get(path)
        sql = captured.captured_queries[0]["sql"].replace("`", '"')
        for column in ("body", "body_html", "toc_html", "summary", "cover_image_id", "language"):
            assert f'"{column}"' not in sql
        assert "posts_tag" not in sql
        assert "posts_author" not in sql


def test_a_list_shows_texts_on_request(client, rows):
    (row, *_rest) = client.get("posts/?fields=body,body_html").json()["results"]
    assert row["body"].startswith("Text 2.")
    assert row["body_html"].startswith("<p>Text 2.</p>")


@pytest.mark.parametrize("path", ["posts/", "posts/{posts}/"])
def test_unknown_names_are_an_error_that_lists_the_valid_ones(client, rows, path):
    path = path.format(**rows)
    errors = client.get(f"{path}?fields=title,boddy,titel&include=author").json()["errors"]
    assert [(error["parameter"], "boddy" in error["detail"]) for error in errors] == [
        ("fields", True), ("fields", False), ("include", False),
    ]  # fmt: skip
    assert ", ".join(PostSerializer.Meta.fields) in errors[0]["detail"]
    others = ", count, excerpt" if path == "posts/" else ""
    assert errors[2]["detail"].endswith(f"Valid are: authors, tags, series, images{others}.")


def test_an_error_lists_only_the_first_20_unknown_names(client):
    names = ",".join(f"field-{number:03}" for number in range(200))
    response = client.get(f"posts/?fields={names}")
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 20


@pytest.mark.parametrize("path", ["tags/?page=2", "tags/{tags}/?include=posts", "posts/{posts}/?page_size=1"])
def test_an_unsupported_parameter_is_an_error_that_lists_the_valid_ones(client, rows, path):
    (error,) = client.get(path.format(**rows)).json()["errors"]
    assert error["parameter"] in ("include", "page", "page_size")
    assert "fields" in error["detail"].split("Valid here are: ")[1]


def test_a_write_accepts_no_query_parameters(erika_client, rows):
    response = erika_client.patch(f"tags/{rows['tags']}/?fields=name", {"name": "New"}, If_Match="*")
    assert response.status_code == 400
    assert not Tag.objects.filter(name="New").exists()


def test_include_shows_whole_objects_in_place_of_slugs_and_ids(client, rows):
    post = Post.objects.get(pk=rows["posts"])
    shown = client.get(f"posts/{post.pk}/?include=authors,tags,images").json()
    plain = client.get(f"posts/{post.pk}/?fields=authors,tags,images").json()
    for name in ("authors", "tags"):
        assert [row["slug"] for row in shown[name]] == plain[name]
        for row in shown[name]:
            assert row == client.get(f"{name}/{row['id']}/").json()
    assert [image["id"] for image in shown["images"]] == plain["images"]
    assert post.cover_image_id in plain["images"]
    assert len(plain["images"]) == 2
    assert {"address", "alt", "width", "height", "renditions"} < set(shown["images"][0])
    assert not {"name", "size"} & set(shown["images"][0])
    assert shown["title"] == "Post 2"
    assert shown in client.get("posts/?include=authors,tags,images&fields=" + ",".join(shown)).json()["results"]


def test_included_fields_are_shown_even_if_fields_does_not_name_them(client, rows):
    for path in ("posts/?fields=title&include=tags", f"posts/{rows['posts']}/?fields=title&include=tags"):
        found = client.get(path).json()
        row = found["results"][0] if "results" in found else found
        assert set(row) == {"id", "title", "tags"}
        assert row["tags"][0]["name"] == "Tag 2-0"


@pytest.mark.parametrize(
    ("include", "queries"), [("authors", 1), ("tags", 1), ("images", 2), ("authors,tags,images", 2)]
)
@pytest.mark.parametrize("more", [0, 10])
def test_included_fields_need_one_query_more_at_most_for_any_number_of_rows(
    client, rows, make_post, include, queries, more, django_assert_num_queries
):
    for number in range(more):
        make_post(f"More {number}", tags=list(Tag.objects.all()), authors=list(Author.objects.all()))
    with django_assert_num_queries(queries):
        client.get(f"posts/?include={include}")
    with django_assert_num_queries(queries):
        client.get(f"posts/{rows['posts']}/?fields=title&include={include}")


def test_sparse_fields_can_be_combined_with_filters_and_paging(client, rows):
    first = client.get("posts/?fields=title&include=tags&page_size=2&ordering=published_at").json()
    assert [row["title"] for row in first["results"]] == ["Post 0", "Post 1"]
    second = client.get(first["next"]).json()["results"]
    assert [set(row) for row in second] == [{"id", "title", "tags"}]
    (found,) = client.get("posts/?tag=tag-1-0&fields=slug").json()["results"]
    assert found["slug"] == "post-1"


def test_a_draft_is_visible_to_its_author_for_any_requested_fields(
    client, alice_client, alice, bob, make_post, django_assert_max_num_queries
):
    post = make_post(
        "A draft", status="draft", authors=[alice.author, *(services.create_author(name=n) for n in "xyz")]
    )
    alice_client.get("posts/")
    with django_assert_max_num_queries(4):
        assert alice_client.get(f"posts/{post.pk}/?fields=title").json()["title"] == "A draft"
    assert client.get(f"posts/{post.pk}/?fields=title").status_code == 404
    assert client.as_(bob).get(f"posts/{post.pk}/?fields=title&include=authors").status_code == 404


# ETags


def test_each_representation_has_its_own_etag_and_if_match_accepts_any_of_them(erika_client, rows):
    path = f"posts/{rows['posts']}/"
    etags = {
        query: erika_client.get(path + query)["ETag"]
        for query in ("", "?fields=title", "?fields=slug", "?include=tags")
    }
    assert len(set(etags.values())) == 4
    for query, etag in etags.items():
        for other in etags:
            assert erika_client.get(path + other, If_None_Match=etag).status_code == (304 if other == query else 200)
    sparse = etags["?fields=title"]
    assert erika_client.patch(path, {"title": "New"}, If_Match=sparse).status_code == 200
    assert erika_client.patch(path, {"title": "Newer"}, If_Match=sparse).status_code == 412


def test_the_etag_changes_with_an_included_object(client, rows):
    path = f"posts/{rows['posts']}/?fields=title&include=tags"
    before = client.get(path)["ETag"]
    tag = Post.objects.get(pk=rows["posts"]).tags.first()
    services.update_tag(tag, expected_version=1, description="Said anew.")
    assert client.get(path, If_None_Match=before).status_code == 200


# HEAD and OPTIONS


@pytest.mark.parametrize("resource", NAMED)
def test_head_returns_the_headers_of_get_without_a_body(erika_client, rows, resource):
    for path in (
        f"{resource}/?page_size=1",
        f"{resource}/{rows[resource]}/",
        f"{resource}/{rows[resource]}/?fields=id",
    ):
        head, whole = erika_client.send("HEAD", path), erika_client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert set(head.headers) == set(whole.headers)
        # The cursor in Link contains the time.
        for name in set(whole.headers) - {"X-Request-ID", "Link"}:
            assert head[name] == whole[name]
    assert erika_client.send("HEAD", f"{resource}/999999/").status_code == 404
    assert erika_client.send("HEAD", f"{resource}/?nonsense=1").status_code == 400


@pytest.mark.parametrize("resource", NAMED)
def test_options_returns_the_methods_for_any_user_and_query(client, erika_client, rows, resource):
    for path, methods in [
        (f"{resource}/?page_size=2&fields=id", ["GET", "POST", "HEAD", "OPTIONS"]),
        (f"{resource}/{rows[resource]}/?fields=id", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
    ]:
        for sender in (client, erika_client):
            response = sender.send("OPTIONS", path)
            assert response.status_code == 200
            assert response["Allow"] == ", ".join(methods)
            assert response.json()["methods"] == methods


@pytest.mark.parametrize("query", ["fields=", "fields=,", "fields=title,", "include=", "include=tags,,authors"])
def test_an_empty_field_name_is_refused(client, query):
    refused = client.get(f"posts/?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [query.partition("=")[0]]
