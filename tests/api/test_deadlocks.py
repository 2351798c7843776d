"""A deadlock, and a lock that does not come, are met with another try: no client sees them, and nothing is half-written."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle, islice

import pytest

from tests.api.writers import REPEATS, Answer, Rival, Writers, rival_of

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def url(databases) -> str:
    """The address of a database on the server of the tests."""
    if not databases.server_url.startswith("mysql"):
        pytest.skip("SQLite has one writer at a time")
    return databases.new()


@pytest.fixture(scope="module")
def writers(serve, url) -> Writers:
    # Who waits for a lock waits for a second, so that nobody waits long for this test.
    return Writers(serve(f"{url}?init_command=SET+innodb_lock_wait_timeout%3D1", WSGI_THREADS="8"))


@pytest.fixture
def rival(writers, url):
    with rival_of(writers.server) as one:
        yield one


@pytest.fixture
def elsewhere():
    """Runs what waits for the rival."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Deadlocks:
    """Writes of every kind, each of which loses one deadlock for certain.

    The rival holds the counter, which a write needs last, and then asks for a row that the write has locked by then. It
    has written more, so the write is the one that is rolled back.
    """

    def __init__(self, writers: Writers, rival: Rival, elsewhere: ThreadPoolExecutor) -> None:
        self.writers, self.rival, self.elsewhere = writers, rival, elsewhere
        self.tag = self.new("tags/", {"name": "Contested"})
        self.post = self.new("posts/", {"title": "Contested", "status": "published", "tags": ["contested"]})

    def new(self, path: str, body: dict) -> dict:
        answer = self.writers.send("POST", path, body)
        assert answer.status == 201, answer
        return answer.json

    def lose(self, sent: Future[Answer], table: str, pk: int) -> Answer:
        """Make a deadlock with the write that is under way; return what it is answered in the end."""
        self.rival.wait_for_writers()
        assert not sent.done()
        self.rival.execute(f"SELECT id FROM {table} WHERE id = %s FOR UPDATE", pk)
        self.rival.connection.commit()
        return sent.result()

    def meet(self, table: str, pk: int, *request, **headers: str) -> Answer:
        with self.rival.holding_the_counter():
            return self.lose(self.elsewhere.submit(self.writers.send, *request, **headers), table, pk)

    def change(self, number: int) -> None:
        path, title = f"posts/{self.post['id']}/", f"Change {number}"
        answer = self.meet("posts_post", self.post["id"], "PATCH", path, {"title": title}, If_Match="*")
        assert (answer.status, answer.json["title"]) == (200, title), answer

    def create(self, number: int) -> None:
        request = ("POST", "posts/", {"title": f"New {number}", "status": "published", "tags": ["contested"]})
        key = f"key-{number}"
        # The link to the tag holds that where it is.
        answer = self.meet("posts_tag", self.tag["id"], *request, Idempotency_Key=key)
        assert answer.status == 201, answer
        assert self.writers.send(*request, Idempotency_Key=key).kept == answer.kept

    def delete_a_tag(self, number: int) -> None:
        pk = self.new("tags/", {"name": f"Tag {number}"})["id"]
        assert self.meet("posts_tag", pk, "DELETE", f"tags/{pk}/", If_Match="*").status == 204
        assert self.writers.send("GET", f"tags/{pk}/").status == 404

    def trash(self, number: int) -> None:
        pk = self.new("posts/", {"title": f"Trash {number}", "status": "published"})["id"]
        assert self.meet("posts_post", pk, "DELETE", f"posts/{pk}/", If_Match="*").status == 204
        assert self.writers.send("GET", f"posts/{pk}/").json["trashed"]


def test_no_deadlock_reaches_a_client_or_leaves_anything_half_written(writers, rival, elsewhere):
    forced, number = Deadlocks(writers, rival, elsewhere), 10 * REPEATS
    before = rival.deadlocks()
    kinds = (forced.change, forced.create, forced.delete_a_tag, forced.trash)
    for which, kind in enumerate(islice(cycle(kinds), number)):
        kind(which)
    assert rival.deadlocks() - before >= number
    changed, created = (number + 3) // 4, (number + 2) // 4
    trashed = number // 4
    post = f"Post.objects.get(pk={forced.post['id']})"
    assert writers.ask(f"[{post}.version, {post}.history.count()]") == [changed + 1, changed + 1]
    assert writers.ask("Post.objects.count()") == 1 + created + trashed
    # Of the first post, of each new one, and of each that went to the trash two.
    assert writers.ask("Post.history.count()") == (1 + changed) + created + 2 * trashed
    assert writers.ask("SearchDocument.objects.count()") == 1 + created
    assert writers.ask("PostTag.objects.count()") == 1 + created
    assert writers.ask("[IdempotencyKey.objects.count(), Tag.objects.count()]") == [created, 1]


def test_a_lock_that_comes_late_is_waited_for_again(writers, rival, elsewhere):
    with rival.holding_the_counter():
        sent = elsewhere.submit(writers.send, "POST", "tags/", {"name": "Late"})
        rival.wait_for_writers()
        waited = rival.execute("SELECT SLEEP(1.5)")
    assert waited == ((0,),)
    assert sent.result().status == 201


def test_a_lock_that_never_comes_is_an_answer_that_says_when_to_try_again(writers, rival, elsewhere):
    with rival.holding_the_counter():
        sent = elsewhere.submit(writers.send, "POST", "tags/", {"name": "Never"}, Idempotency_Key="never")
        rival.wait_for_writers()
        answer = sent.result()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert writers.ask("Tag.objects.filter(name='Never').count()") == 0
    assert writers.send("POST", "tags/", {"name": "Never"}, Idempotency_Key="never").status == 201


def test_a_second_request_with_the_key_of_one_that_is_under_way_waits_and_gets_its_answer(writers, rival, elsewhere):
    request = ("POST", "posts/", {"title": "Under way", "status": "published"})
    with rival.holding_the_counter():
        first = elsewhere.submit(writers.send, *request, Idempotency_Key="under-way")
        rival.wait_for_writers()
        second = elsewhere.submit(writers.send, *request, Idempotency_Key="under-way")
        rival.wait_for_writers(statement="INSERT INTO `api_idempotencykey`")
        assert not first.done()
        assert not second.done()
    assert first.result().status == 201
    assert first.result().kept == second.result().kept
    assert writers.ask("Post.objects.filter(title='Under way').count()") == 1


def test_where_the_first_request_with_a_key_fails_one_of_those_who_waited_does_the_work(writers, rival, elsewhere):
    """Those that wait for one key all ask for it when it becomes free, which InnoDB sees as a deadlock of theirs."""
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
    waiting = [elsewhere.submit(writers.send, *request, Idempotency_Key="failed") for _number in range(6)]
    rival.wait_for_writers(6, "INSERT INTO `api_idempotencykey`")
    rival.connection.rollback()
    answers = [one.result() for one in waiting]
    assert {answer.status for answer in answers} == {201}
    assert len({answer.kept for answer in answers}) == 1
