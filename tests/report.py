"""The report of a test run: its progress, commands that run failed tests alone, and skipped tests.

`--results FILE` writes the counts and durations as JSON, from which `make test` builds its table.
"""

from __future__ import annotations

import json
import shlex
import time
from collections import Counter
from pathlib import Path

import pytest

EVERY_SECONDS = 15
"""Seconds between two progress lines if the output is not a terminal."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--results`."""
    parser.getgroup("broadsheet").addoption("--results", metavar="FILE", type=Path, help="write the numbers as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Register the report, but not in the workers of pytest-xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(config), "broadsheet-report")


class Report:
    """Counts the tests of a run and shows its progress."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started = self._shown = time.monotonic()
        self._total = self._done = 0
        self._outcomes: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()
        self._not_run: Counter[str] = Counter()

    # Number of tests

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the tests if there are no workers."""
        self._total = len(session.items)

    def pytest_xdist_node_collection_finished(self, node, ids: list[str]) -> None:
        """Count the tests that a worker has collected; all workers collect the same."""
        self._total = len(ids)

    # Progress

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Suppress pytest's letters: a progress line is shown instead, and a line for each failure."""
        if hasattr(report, "wasxfail"):
            return None
        if report.failed:
            return "failed" if report.when == "call" else "error", "", ""
        return report.outcome if report.skipped or report.when == "call" else "", "", ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one phase of a test (setup, call or teardown)."""
        self._seconds[report.nodeid] += report.duration
        if report.when == "call" or not report.passed:
            self._outcomes["errors" if report.failed and report.when != "call" else report.outcome] += 1
        if report.skipped:
            self._not_run[_reason(report)] += 1
        if report.failed:
            self._print_line(f"FAILED {report.nodeid}")
        if report.when == "teardown":
            self._done += 1
            self._show_progress(report.nodeid.partition("::")[0])

    def _show_progress(self, path: str) -> None:
        now = time.monotonic()
        terminal = self._terminal()
        if not terminal or now - self._shown < (0.2 if terminal.isatty else EVERY_SECONDS):
            return
        self._shown = now
        failed = self._outcomes["failed"] + self._outcomes["errors"]
        line = f"{_minutes(now - self._started)} {self._done} of {self._total}{f', {failed} failed' if failed else ''}  {path}"
        if terminal.isatty:
            terminal.rewrite(line[: terminal._tw.fullwidth - 1], erase=True)
        else:
            terminal.write_line(line)

    def _print_line(self, text: str) -> None:
        terminal = self._terminal()
        if terminal:
            terminal.ensure_newline()
            terminal.write_line(text)

    def _terminal(self):
        return self._config.pluginmanager.get_plugin("terminalreporter")

    # Results

    def pytest_terminal_summary(self, terminalreporter) -> None:
        """Print a command that runs each failed test alone, and the reasons for skipped tests."""
        failed = [each for kind in ("failed", "error") for each in terminalreporter.stats.get(kind, [])]
        if failed:
            terminalreporter.section("to run one alone")
            through = self._config.option.through
            more = f"--through-{through} " if through else ""
            for name in dict.fromkeys(report.nodeid for report in failed):
                terminalreporter.write_line(f'make test ARGS="{more}{quoted(name)}"')
        if self._not_run:
            terminalreporter.section("not run here")
            for reason, number in self._not_run.most_common():
                terminalreporter.write_line(f"{number:5} {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the results file."""
        file = self._config.option.results
        if file:
            slowest = [[round(seconds, 2), name] for name, seconds in self._seconds.most_common()]
            seconds = time.monotonic() - self._started
            numbers = {"outcomes": self._outcomes, "not_run": self._not_run, "seconds": seconds, "tests": slowest}
            file.write_text(json.dumps(numbers))


def _reason(report: pytest.TestReport) -> str:
    return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else str(report.longrepr)


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def quoted(name: str) -> str:
    """Return a test's name quoted for the shell, in a make variable between double quotes."""
    word = shlex.quote(name)
    for special, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$\\$"), ("`", "\\`")):
        word = word.replace(special, escaped)
    return word
