"""Batches: several creates, changes or deletions in one request, all or none of them or each by itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError

from apps.api import batch
from apps.audit import chain
from apps.audit.models import AuditEntry
from apps.core.models import Change, ContentGeneration
from apps.posts import services
from apps.posts.models import Post, Tag


def one(method: str, path: str, body: dict | None = None, **headers: str) -> dict[str, Any]:
    """Return an operation."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {"method": method, "path": f"/api/v1/{path}", "headers": named, "body": body}
    return {name: value for name, value in given.items() if value not in (None, {})}


def new_tags(*names: str, **headers: str) -> list[dict[str, Any]]:
    return [one("POST", "tags/", {"name": name}, **headers) for name in names]


def send(client, method: str, operations: list, **options: Any):
    return client.send(method, "batch/", {"operations": operations} | options)


def answers(response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    return response.json()["responses"]


def statuses(response) -> list[int]:
    return [answer["status"] for answer in answers(response)]


def problem(response, status: int) -> dict[str, Any]:
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    return response.json()


def test_what_is_created_is_answered_in_order_as_single_requests_are(erika_client):
    posts = [one("POST", "posts/", {"title": "Tides", "body": "*High*.", "tags": ["sea"], "authors": []})]
    tag, post = answers(send(erika_client, "POST", [*new_tags("Sea"), *posts]))
    for answer, path in ((tag, "tags"), (post, "posts")):
        assert answer["status"] == 201
        found = erika_client.get(answer["headers"]["Location"])
        assert (found.json(), found["ETag"]) == (answer["body"], answer["headers"]["ETag"])
        assert answer["headers"]["Location"].endswith(f"/api/v1/{path}/{answer['body']['id']}/")
    assert post["body"]["tags"] == ["sea"]


def test_of_an_atomic_batch_nothing_is_written_if_one_is_refused(erika_client):
    def stored() -> tuple:
        rows = (Tag, AuditEntry, Change, ContentGeneration)
        return [list(model.objects.order_by("pk").values()) for model in rows]

    before = stored()
    refused = problem(send(erika_client, "POST", [*new_tags("Sea"), *new_tags("Sea", "Wind")]), 400)
    assert refused["operation"] == 1
    assert refused["errors"][0]["pointer"] == "/operations/1/body/name"
    assert refused["type"].endswith("#invalid-fields")
    assert stored() == before


def test_with_atomic_false_each_is_carried_out_by_itself(erika_client):
    response = send(erika_client, "POST", [*new_tags("Sea"), *new_tags("Sea", "Wind")], atomic=False)
    assert statuses(response) == [201, 400, 201]
    assert answers(response)[1]["body"]["errors"][0]["pointer"] == "/name"
    assert sorted(Tag.objects.values_list("slug", flat=True)) == ["sea", "wind"]


@pytest.mark.parametrize("is_atomic", [True, False])
def test_each_change_and_deletion_has_its_own_condition(erika_client, is_atomic):
    sea, wind = services.tags_named(["Sea", "Wind"])
    etag = erika_client.get(f"tags/{sea.pk}/")["ETag"]
    changes = [
        one("PATCH", f"tags/{sea.pk}/", {"description": "Salt."}, If_Match=etag),
        one("PUT", f"tags/{wind.pk}/", {"name": "Gale"}, If_Match="*", Prefer="return=minimal"),
    ]
    changed, replaced = answers(send(erika_client, "PATCH", changes, atomic=is_atomic))
    assert (changed["status"], changed["body"]["description"]) == (200, "Salt.")
    assert (replaced["status"], replaced["body"]) == (204, None)
    assert replaced["headers"]["Preference-Applied"] == "return=minimal"
    stale = send(erika_client, "PATCH", changes[:1], atomic=is_atomic)
    missing = send(erika_client, "DELETE", [one("DELETE", f"tags/{sea.pk}/")], atomic=is_atomic)
    if is_atomic:
        assert problem(stale, 412)["operation"] == problem(missing, 428)["operation"] == 0
        assert stale["ETag"] == changed["headers"]["ETag"]
    else:
        assert [statuses(stale), statuses(missing)] == [[412], [428]]
        assert answers(stale)[0]["headers"]["ETag"] == changed["headers"]["ETag"]
    deletions = [one("DELETE", f"tags/{tag.pk}/", If_Match="*") for tag in (sea, wind)]
    assert statuses(send(erika_client, "DELETE", deletions, atomic=is_atomic)) == [204, 204]
    assert not Tag.objects.exists()


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_batch_has_operations_of_one_kind_which_its_own_method_says(erika_client, method):
    operations = [one(name, "tags/7/") for name in ("POST", "PUT", "PATCH", "DELETE")]
    errors = problem(send(erika_client, method, operations), 400)["errors"]
    wrong = [place for place, given in enumerate(("POST", "PATCH", "PATCH", "DELETE")) if given != method]
    assert [error["pointer"] for error in errors] == [f"/operations/{place}/method" for place in wrong]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/operations"),
        ({"operations": []}, "/operations"),
        ({"operations": {}}, "/operations"),
        ({"operations": new_tags(*map(str, range(101)))}, "/operations"),
        ({"operations": new_tags("A"), "atomic": "no"}, "/atomic"),
        ({"operations": new_tags("A"), "all": True}, "/all"),
        ({"operations": ["x"]}, "/operations/0"),
        ({"operations": [{"path": "/api/v1/tags/"}]}, "/operations/0/method"),
        ({"operations": [one("GET", "tags/")]}, "/operations/0/method"),
        ({"operations": [*new_tags("A"), one("POST", "tags/", {}) | {"path": "/admin/"}]}, "/operations/1/path"),
        ({"operations": [one("POST", "tags/?x=1", {})]}, "/operations/0/path"),
        ({"operations": [one("POST", "tags/", {}, Authorization="Bearer x")]}, "/operations/0/headers/Authorization"),
        ({"operations": [one("POST", "tags/") | {"body": []}]}, "/operations/0/body"),
        ({"operations": [one("POST", "tags/") | {"boddy": {}}]}, "/operations/0/boddy"),
    ],
)
def test_a_batch_that_is_no_batch_is_refused_whole(erika_client, body, pointer):
    refused = problem(erika_client.post("batch/", body), 400)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert not Tag.objects.exists()


def test_scopes_and_rights_are_those_of_single_requests(client, alice, erika, make_post):
    post, tags = make_post(), new_tags("Sea")
    assert problem(send(client, "POST", tags), 401)
    assert problem(send(client.as_(erika, "read", "update"), "POST", tags), 403)["scope"] == "create"
    hers = client.as_(alice, "create", "delete")
    deletions = [one("DELETE", f"posts/{post.pk}/", If_Match="*"), one("DELETE", "posts/999/", If_Match="*")]
    assert statuses(send(hers, "DELETE", deletions, atomic=False)) == [403, 404]
    assert problem(send(hers, "DELETE", deletions), 403)["operation"] == 0
    assert statuses(send(hers, "POST", tags)) == [201]


@pytest.mark.in_process("reads the log of the server process")
def test_an_operation_that_is_refused_is_in_the_log_of_refusals(client, alice, make_post, caplog):
    path = f"posts/{make_post().pk}/"
    send(client.as_(alice), "DELETE", [one("DELETE", path, If_Match="*")], atomic=False)
    (record,) = [record for record in caplog.records if record.name == "blog_project.refused"]
    assert (record.method, record.path, record.status) == ("DELETE", f"/api/v1/{path}", 403)
    assert record.user == alice.pk


@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_repeated_batch_with_keys_is_carried_out_once(erika_client, is_atomic):
    tags = [*new_tags("Sea", Idempotency_Key="one"), *new_tags("Wind", Idempotency_Key="two")]
    first = send(erika_client, "POST", tags, atomic=is_atomic)
    assert statuses(first) == [201, 201]
    assert send(erika_client, "POST", tags, atomic=is_atomic).json() == first.json()
    assert Tag.objects.count() == AuditEntry.objects.filter(action="added", model="posts.tag").count() == 2


def test_a_batch_of_which_nothing_was_written_uses_up_no_key(erika_client):
    first = new_tags("Sea", Idempotency_Key="one")
    problem(send(erika_client, "POST", [*first, *new_tags("Sea")]), 400)
    other = new_tags("Wind", Idempotency_Key="one")
    assert statuses(send(erika_client, "POST", other)) == [201]


def test_each_write_has_its_audit_entry_its_version_and_its_change_and_readers_wait_for_one_lock(
    erika_client, make_post
):
    posts = [make_post(f"Post {number}") for number in range(3)]
    generation, entries = ContentGeneration.objects.get().value, AuditEntry.objects.count()
    changes = [one("PATCH", f"posts/{post.pk}/", {"title": f"New {post.pk}"}, If_Match="*") for post in posts]
    assert statuses(send(erika_client, "PATCH", changes)) == [200] * 3
    written = AuditEntry.objects.order_by("position")[entries:]
    assert [(entry.object_id, entry.message, entry.username) for entry in written] == [
        (str(post.pk), "title", "erika") for post in posts
    ]
    assert all(Post.history.filter(id=post.pk).latest().title == f"New {post.pk}" for post in posts)
    assert list(Change.objects.order_by("pk").values_list("object_id", flat=True))[-3:] == [post.pk for post in posts]
    assert ContentGeneration.objects.get().value == generation + 1


def test_entries_of_a_batch_are_chained(erika_client):
    send(erika_client, "POST", new_tags("Sea", "Wind"))
    last, before = AuditEntry.objects.order_by("-position")[:2]
    assert last.digest == chain.signing.digest([before.digest, *chain.content(last)], salt=chain.SALT)


@pytest.mark.in_process("changes the limits of the server process")
class TestLimits:
    """The limits of single requests apply to what is in a batch."""

    @pytest.fixture(autouse=True)
    def _rates(self, settings):
        settings.API_TOKEN_RATES = {"create": "5/minute"}
        cache.clear()
        yield
        cache.clear()

    def test_each_operation_is_counted_and_a_batch_beyond_the_limit_is_refused_whole(self, erika_client):
        response = send(erika_client, "POST", new_tags("A", "B", "C"))
        assert (statuses(response), response["RateLimit"].partition(";t")[0]) == ([201] * 3, '"create";r=2')
        refused = send(erika_client, "POST", new_tags("D", "E", "F"))
        assert problem(refused, 429)
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert Tag.objects.count() == 3
        assert erika_client.post("tags/", {"name": "D"}).status_code == 201
        assert erika_client.post("tags/", {"name": "E"}).status_code == 429

    def test_a_batch_that_the_limit_never_allows_is_wrong(self, erika_client):
        refused = problem(send(erika_client, "POST", new_tags(*"ABCDEF")), 400)
        assert "At most 5" in refused["errors"][0]["detail"]

    def test_comments_of_people_without_a_right_are_counted_by_the_hour(self, client, charlie, make_post, settings):
        settings.COMMENTS_PER_HOUR = 2
        post = make_post()
        comments = [
            one("POST", "comments/", {"post": post.pk, "name": "Charlie", "body": f"Words {number}."})
            for number in range(3)
        ]
        single = client.as_(charlie).post("comments/", comments[0]["body"]).status_code
        expected = [201, 429, 429] if single == 201 else [single] * 3
        assert statuses(send(client.as_(charlie), "POST", comments, atomic=False)) == expected


def test_what_cannot_be_in_a_batch_is_refused_as_a_single_request(erika_client, make_post):
    post = make_post()
    operations = [
        one("POST", "batch/", {}),
        one("POST", "nothing/", {}),
        one("POST", "comments/unsubscribe/x/", {}),
        one("POST", "images/", {"alt": "A rose"}),
        one("POST", f"posts/{post.pk}/", {}),
        one("POST", "comments/", {"post": post.pk, "body": "x" * 140_000, "name": "Erika"}),
    ]
    found = statuses(send(erika_client, "POST", operations, atomic=False))
    assert found == [404, 404, 404, 415, 405, 413]


@pytest.mark.in_process("makes a service of the server process fail")
@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_fault_of_one_operation_does_not_take_the_answers_of_the_others(erika_client, monkeypatch, is_atomic):
    tag, author = services.create_tag(name="Sea"), services.create_author(name="Ada")

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(batch.urls.resolve(f"/api/v1/authors/{author.pk}/").func.cls, "update_service", fail)
    changes = [
        one("PATCH", f"tags/{tag.pk}/", {"description": "Salt."}, If_Match="*"),
        one("PATCH", f"authors/{author.pk}/", {"bio": "Words."}, If_Match="*"),
    ]
    response = send(erika_client, "PATCH", changes, atomic=is_atomic)
    assert (response.status_code == 500) is is_atomic
    assert is_atomic or statuses(response) == [200, 500]
    assert Tag.objects.get().description == ("" if is_atomic else "Salt.")


@pytest.mark.in_process("makes a service of the server process lose a deadlock")
@pytest.mark.django_db(transaction=True)
def test_an_atomic_batch_that_loses_a_deadlock_is_carried_out_anew(client, erika, monkeypatch):
    sender = client.as_(erika)
    author, tag = services.create_author(name="Ada"), services.create_tag(name="Sea")
    viewset = batch.urls.resolve(f"/api/v1/authors/{author.pk}/").func.cls
    write, losses = viewset.update_service, iter([True, False])

    def lose_once(*args, **kwargs):
        write(*args, **kwargs)
        if next(losses):
            raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")

    monkeypatch.setattr(viewset, "update_service", lose_once)
    changes = [
        one("PATCH", f"tags/{tag.pk}/", {"description": "Salt."}, If_Match='"1-00000000"'),
        one("PATCH", f"authors/{author.pk}/", {"bio": "Words."}, If_Match='"1-00000000"'),
    ]
    assert statuses(send(sender, "PATCH", changes)) == [200, 200]
    assert Tag.objects.get().version == 2
    assert AuditEntry.objects.filter(action="changed", model="posts.tag").count() == 1


@pytest.mark.in_process("changes a limit of the server process")
def test_a_batch_that_takes_too_long_ends_in_time(erika_client, monkeypatch):
    monkeypatch.setattr(batch, "SHARE", -1)
    late = send(erika_client, "POST", new_tags("Sea", "Wind"), atomic=False)
    assert statuses(late) == [503, 503]
    assert answers(late)[0]["headers"]["Retry-After"]
    assert problem(send(erika_client, "POST", new_tags("Sea", "Wind")), 503)["operation"] == 0


def test_a_batch_is_written_with_few_queries_besides_those_of_its_operations(
    erika_client, django_assert_max_num_queries
):
    erika_client.get("posts/")  # Records the use of the token, once an hour.
    with django_assert_max_num_queries(1_000) as single:
        erika_client.post("tags/", {"name": "First"})
    with django_assert_max_num_queries(10 * len(single)):
        send(erika_client, "POST", new_tags(*(f"Tag {number}" for number in range(10))))
