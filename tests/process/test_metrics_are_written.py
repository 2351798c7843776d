"""What workers count is written by a thread, which neither loses counts nor gives up."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import REGISTRY

from blog_project import metrics


def counted() -> float:
    return REGISTRY.get_sample_value("http_requests_total", {"role": "all", "method": "GET", "status": "418"}) or 0


def test_two_who_write_at_once_lose_nothing(monkeypatch, settings):
    settings.ROLE = "all"
    monkeypatch.setattr(metrics, "_is_read", True)
    before = counted()
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(metrics.write) for _time in range(200)]
        for _time in range(20_000):
            metrics.observe("GET", "/", 418, 0.001)
        for each in writing:
            each.result()
    metrics.write()
    assert counted() == before + 20_000


def test_a_failure_is_logged_and_the_next_turn_comes(caplog):
    turns = []

    class Enough(BaseException):
        """Ends the thread's loop."""

    def work():
        turns.append(len(turns))
        raise RuntimeError("disk full") if len(turns) == 1 else Enough

    with pytest.raises(Enough):
        metrics._repeat(work, 0)
    assert turns == [0, 1]
    assert "disk full" in caplog.text
