"""A thread writes the workers' metrics; it loses no counts and survives failures."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Timer

import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict

from apps.core import metrics
from apps.core.histograms import BOUNDS
from apps.server import metrics_server
from tests.servers import ROOT, environment


def counted() -> float:
    return REGISTRY.get_sample_value("http_requests_total", {"role": "all", "method": "GET", "status": "418"}) or 0


def test_concurrent_writes_lose_no_counts(monkeypatch, settings):
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


def test_a_counted_histogram_is_scraped_like_an_ordinary_one(tmp_path):
    code = """
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from apps.core.histograms import BOUNDS, CountedHistogram
from apps.server.metrics_server import Collector

each, at_once = Histogram("x_seconds", "How long.", ["role"]), CountedHistogram("y_seconds", "How long.", ["role"])
for role, values in {"read": [0.001, 0.005, 0.3, 99], "create": [0.25]}.items():
    for value in values:
        each.labels(role).observe(value)
    smaller = [sum(value <= bound for value in values) for bound in (-1, *BOUNDS)]
    at_once.add([role], [most - least for least, most in zip(smaller, smaller[1:])], sum(values))
registry = CollectorRegistry()
Collector(registry)
print(generate_latest(registry).decode())
"""
    env = environment("sqlite://:memory:", PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    run = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    each, at_once = ([line for line in run.stdout.splitlines() if f"{name}_seconds" in line] for name in "xy")
    assert len(each) == 2 + 2 * (len(BOUNDS) + 2)
    assert sorted(line.replace("x_seconds", "y_seconds") for line in each) == sorted(at_once)


def test_a_failure_is_logged_and_the_loop_continues(caplog):
    turns = []

    class StopLoop(BaseException):
        """Ends the loop of the thread."""

    def task():
        turns.append(len(turns))
        raise RuntimeError("disk full") if len(turns) == 1 else StopLoop

    with pytest.raises(StopLoop):
        metrics._repeat(task, 0)
    assert turns == [0, 1]
    assert "disk full" in caplog.text


def test_a_scrape_waits_for_a_file_that_a_worker_is_creating(tmp_path):
    file = tmp_path / "counter_1.db"
    file.touch()
    filling = Timer(2 * metrics_server.PAUSE_SECONDS, lambda: MmapedDict(str(file)).close())
    filling.start()
    assert list(metrics_server.Collector(CollectorRegistry(), path=str(tmp_path)).collect()) == []
    filling.join()


def test_a_scrape_fails_if_a_file_stays_unreadable(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics_server, "PAUSE_SECONDS", 0)
    (tmp_path / "counter_1.db").touch()
    with pytest.raises(Exception, match="unpack"):
        metrics_server.Collector(CollectorRegistry(), path=str(tmp_path)).collect()
