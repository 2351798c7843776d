"""Writes are retried after deadlocks and lock wait timeouts, without an error for the client or partial writes."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle, islice

import pytest

from tests.api.writers import REPEATS, ApiResponse, Rival, Writers, connect_rival

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def url(databases) -> str:
    """The URL of a new database on MySQL or MariaDB."""
    if not databases.server_url.startswith("mysql"):
        pytest.skip("SQLite has one writer at a time")
    return databases.new()


@pytest.fixture(scope="module")
def writers(serve, url) -> Writers:
    # A short lock wait timeout keeps these tests fast.
    return Writers(serve(f"{url}?init_command=SET+innodb_lock_wait_timeout%3D1", WSGI_THREADS="8"))


@pytest.fixture
def rival(writers, url):
    with connect_rival(writers.server) as connected:
        yield connected


@pytest.fixture
def executor():
    """Runs requests that wait for the rival."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Deadlocks:
    """Writes of every kind, each of which certainly loses a deadlock.

    The rival locks the content generation, which a write needs last, and then requests a row that the write has locked.
    The database rolls back the write, because the rival has written more rows.
    """

    def __init__(self, writers: Writers, rival: Rival, executor: ThreadPoolExecutor) -> None:
        self.writers, self.rival, self.executor = writers, rival, executor
        self.tag = self.post_json("tags/", {"name": "Contested"})
        self.post = self.post_json("posts/", {"title": "Contested", "status": "published", "tags": ["contested"]})

    def post_json(self, path: str, body: dict) -> dict:
        response = self.writers.send("POST", path, body)
        assert response.status == 201, response
        return response.json

    def force_deadlock(self, pending: Future[ApiResponse], table: str, pk: int) -> ApiResponse:
        """Cause a deadlock with a pending write, and return the response after its retry."""
        self.rival.wait_until_executing()
        assert not pending.done()
        self.rival.execute(f"SELECT id FROM {table} WHERE id = %s FOR UPDATE", pk)
        self.rival.connection.commit()
        return pending.result()

    def send_into_deadlock(self, table: str, pk: int, *request, **headers: str) -> ApiResponse:
        with self.rival.locking_the_generation():
            return self.force_deadlock(self.executor.submit(self.writers.send, *request, **headers), table, pk)

    def change(self, number: int) -> None:
        path, title = f"posts/{self.post['id']}/", f"Change {number}"
        response = self.send_into_deadlock("posts_post", self.post["id"], "PATCH", path, {"title": title}, If_Match="*")
        assert (response.status, response.json["title"]) == (200, title), response

    def create(self, number: int) -> None:
        request = ("POST", "posts/", {"title": f"New {number}", "status": "published", "tags": ["contested"]})
        key = f"key-{number}"
        # Inserting the link to the tag locks the tag.
        response = self.send_into_deadlock("posts_tag", self.tag["id"], *request, Idempotency_Key=key)
        assert response.status == 201, response
        assert self.writers.send(*request, Idempotency_Key=key).stored_parts == response.stored_parts

    def delete_a_tag(self, number: int) -> None:
        pk = self.post_json("tags/", {"name": f"Tag {number}"})["id"]
        assert self.send_into_deadlock("posts_tag", pk, "DELETE", f"tags/{pk}/", If_Match="*").status == 204
        assert self.writers.send("GET", f"tags/{pk}/").status == 404

    def trash(self, number: int) -> None:
        pk = self.post_json("posts/", {"title": f"Trash {number}", "status": "published"})["id"]
        assert self.send_into_deadlock("posts_post", pk, "DELETE", f"posts/{pk}/", If_Match="*").status == 204
        assert self.writers.send("GET", f"posts/{pk}/").json["trashed"]


def test_writes_are_retried_after_deadlocks_and_leave_nothing_half_written(writers, rival, executor):
    deadlocks, number = Deadlocks(writers, rival, executor), 10 * REPEATS
    before = rival.deadlocks()
    writes = (deadlocks.change, deadlocks.create, deadlocks.delete_a_tag, deadlocks.trash)
    for index, write in enumerate(islice(cycle(writes), number)):
        write(index)
    assert rival.deadlocks() - before >= number
    changed, created = (number + 3) // 4, (number + 2) // 4
    trashed = number // 4
    post = f"Post.objects.get(pk={deadlocks.post['id']})"
    assert writers.evaluate(f"[{post}.version, {post}.history.count()]") == [changed + 1, changed + 1]
    assert writers.evaluate("Post.objects.count()") == 1 + created + trashed
    # The versions of the first post, one of each new post, and two of each trashed post.
    assert writers.evaluate("Post.history.count()") == (1 + changed) + created + 2 * trashed
    assert writers.evaluate("SearchDocument.objects.count()") == 1 + created
    assert writers.evaluate("PostTag.objects.count()") == 1 + created
    assert writers.evaluate("[IdempotencyKey.objects.count(), Tag.objects.count()]") == [created, 1]


def test_a_write_is_retried_after_a_lock_wait_timeout(writers, rival, executor):
    with rival.locking_the_generation():
        pending = executor.submit(writers.send, "POST", "tags/", {"name": "Late"})
        rival.wait_until_executing()
        slept = rival.execute("SELECT SLEEP(1.5)")
    assert slept == ((0,),)
    assert pending.result().status == 201


def test_a_write_that_never_gets_its_lock_is_a_503_with_retry_after(writers, rival, executor):
    with rival.locking_the_generation():
        pending = executor.submit(writers.send, "POST", "tags/", {"name": "Never"}, Idempotency_Key="never")
        rival.wait_until_executing()
        response = pending.result()
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert writers.evaluate("Tag.objects.filter(name='Never').count()") == 0
    assert writers.send("POST", "tags/", {"name": "Never"}, Idempotency_Key="never").status == 201


def test_a_concurrent_request_with_the_same_key_waits_and_gets_the_same_response(writers, rival, executor):
    request = ("POST", "posts/", {"title": "Under way", "status": "published"})
    with rival.locking_the_generation():
        first = executor.submit(writers.send, *request, Idempotency_Key="under-way")
        rival.wait_until_executing()
        second = executor.submit(writers.send, *request, Idempotency_Key="under-way")
        rival.wait_until_executing(statement="INSERT INTO `api_idempotencykey`")
        assert not first.done()
        assert not second.done()
    assert first.result().status == 201
    assert first.result().stored_parts == second.result().stored_parts
    assert writers.evaluate("Post.objects.filter(title='Under way').count()") == 1


def test_if_the_first_request_with_a_key_fails_a_waiting_one_is_carried_out(writers, rival, executor):
    """When the key is released, all waiting requests lock it at once, which InnoDB treats as a deadlock."""
    rival.connection.begin()
    columns = "(digest, fingerprint, created_at, status, headers, body)"
    key = "SELECT digest FROM api_idempotencykey WHERE id = %s"
    first = writers.send("POST", "tags/", {"name": "Failed"}, Idempotency_Key="failed")
    assert first.status == 201
    ((pk,),) = rival.execute("SELECT MAX(id) FROM api_idempotencykey")
    ((digest,),) = rival.execute(key, pk)
    rival.execute("DELETE FROM api_idempotencykey WHERE id = %s", pk)
    rival.execute("DELETE FROM posts_tag WHERE name = 'Failed'")
    rival.connection.commit()
    rival.connection.begin()
    rival.execute(f"INSERT INTO api_idempotencykey {columns} VALUES (%s, '', NOW(), 0, '{{}}', '')", digest)
    request = ("POST", "tags/", {"name": "Failed"})
    waiting = [executor.submit(writers.send, *request, Idempotency_Key="failed") for _number in range(6)]
    rival.wait_until_executing(6, "INSERT INTO `api_idempotencykey`")
    rival.connection.rollback()
    responses = [future.result() for future in waiting]
    assert {response.status for response in responses} == {201}
    assert len({response.stored_parts for response in responses}) == 1
