"""What workers count is written by a thread, which neither loses counts nor gives up."""

from concurrent.futures import ThreadPoolExecutor
from threading import Timer

import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict

from apps.core import metrics
from apps.server import metrics_server


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


def test_a_scrape_waits_for_a_file_that_a_worker_is_just_making(tmp_path):
    file = tmp_path / "counter_1.db"
    file.touch()
    filling = Timer(2 * metrics_server.PAUSE_SECONDS, lambda: MmapedDict(str(file)).close())
    filling.start()
    assert list(metrics_server.Collector(CollectorRegistry(), path=str(tmp_path)).collect()) == []
    filling.join()


def test_a_file_that_stays_unreadable_is_no_scrape(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics_server, "PAUSE_SECONDS", 0)
    (tmp_path / "counter_1.db").touch()
    with pytest.raises(Exception, match="unpack"):
        metrics_server.Collector(CollectorRegistry(), path=str(tmp_path)).collect()
