"""Writers that write at the same time, in several processes, make one chain without gaps, and wait for each other."""

from __future__ import annotations

import pytest

from tests.api.writers import REPEATS, Writers

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def writers(serve) -> Writers:
    return Writers(serve(WEB_CONCURRENCY="2", WSGI_THREADS="8"))


@pytest.mark.heavy
def test_concurrent_writers_make_one_chain(writers):
    """Drafts take the lock of the chain alone; what is public takes that of the content generation before it."""
    public = {"title": "Public", "status": "published"}
    posts = [writers.send("POST", "posts/", public).json["id"] for _number in range(16)]

    def send(index: int):
        title = f"Title {index}"
        if index % 3 == 0:
            return writers.send("PATCH", f"posts/{posts[index // 3 % 16]}/", {"title": title}, If_Match="*")
        status = ("draft", "published")[index % 2]
        return writers.send("POST", "posts/", {"title": title, "status": status}, Idempotency_Key=f'"{index}"')

    for number in range(REPEATS):
        responses = writers.send_concurrently(48, lambda index: send(48 * number + index))  # noqa: B023
        assert {response.status for response in responses} <= {200, 201}
    out = writers.server.manage("audit", "verify")
    assert "Nothing was changed, taken out or added." in out
    count = "from apps.audit.models import AuditEntry; print(AuditEntry.objects.exclude(token='').count())"
    assert int(writers.server.shell(count)) == len(posts) + 48 * REPEATS


def test_a_trail_of_one_process_is_verified_by_another_and_an_entry_that_is_taken_out_is_found(writers):
    for number in range(4):
        assert writers.send("POST", "posts/", {"title": f"Entry {number}"}).status == 201
    writers.server.shell("from apps.audit.models import AuditEntry; AuditEntry.objects.filter(position=3).delete()")
    with pytest.raises(Exception, match="not as it was written: 2 problems"):
        writers.server.manage("audit", "verify")
