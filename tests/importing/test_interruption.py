"""A signal ends an import whatever runs, and a post that takes too long is left out."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from apps.importing import interruption
from apps.importing.report import Level, Outcome
from apps.importing.writer import Writer
from tests.servers import ROOT

pytestmark = pytest.mark.any_database

SCRIPT = """
import hashlib, re, sqlite3, sys, time
from apps.importing import interruption

class Importer:
    def stop(self):
        pass  # It runs in the signal handler, where the interrupted code may be printing.

def loop():
    while True:
        pass

def swallow():
    while True:
        try:
            loop()
        except Exception:
            pass

def quick():
    time.sleep(0.05)

WORK = {
    "a loop": loop,
    "a loop that ignores exceptions": swallow,
    "a regular expression": lambda: re.match("(a|b|ab)*c", "ab" * 100),
    "a wait": lambda: time.sleep(1000),
    "a library in C": lambda: hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1),
    "a query": lambda: sqlite3.connect(":memory:").execute(
        "with recursive n(x) as (values(1) union all select x+1 from n) select count(*) from n").fetchone(),
}
try:
    with interruption.stop_on_signals(Importer(), lambda: print("ended at last", flush=True)):
        print("running", flush=True)
        WORK[sys.argv[1]]()
except interruption.Stopped:
    print("stopped", flush=True)
    sys.exit(interruption.INTERRUPTED)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("work", "how"),
    [
        ("a loop", "stopped"),
        ("a loop that ignores exceptions", "stopped"),
        ("a regular expression", "stopped"),
        ("a wait", "stopped"),
        # The main thread cannot be interrupted there.
        ("a library in C", "ended at last"),
        ("a query", "ended at last"),
    ],
)
def test_a_signal_ends_the_import_whatever_runs(work, how, number):
    command = [sys.executable, "-c", SCRIPT, work]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "running\n"
            process.send_signal(number)
            assert process.communicate(timeout=30)[0].splitlines()[-1] == how
        finally:
            process.kill()
    assert process.returncode == interruption.INTERRUPTED


def test_after_the_import_signals_have_their_former_effect():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGVTALRM)]
    with interruption.stop_on_signals(None, lambda: None), interruption.processor_limit():
        pass
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGVTALRM)]
    assert after == before
    assert signal.getitimer(signal.ITIMER_REAL) == signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_post_that_takes_too_long_or_too_much_memory_is_told_and_the_next_is_imported(monkeypatch):
    def endless() -> None:
        while True:
            pass

    def huge() -> None:
        raise MemoryError

    monkeypatch.setattr(interruption, "PROCESSOR_SECONDS", 0.05)
    told: list[tuple] = []
    writer = Writer(overwrite=False, dry_run=False, report=lambda *problem: told.append(problem), owner_of={}.get)
    assert writer.attempt("a.md", endless) == writer.attempt("b.md", huge) == Outcome.FAILED
    assert writer.attempt("c.md", lambda: Outcome.CREATED) == Outcome.CREATED
    assert [(level, label) for level, label, _line, _message in told] == [(Level.ERROR, "a.md"), (Level.ERROR, "b.md")]


def test_the_time_of_a_picture_is_not_that_of_its_post():
    with interruption.processor_limit(5), interruption.processor_limit(50):
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 5
