"""Rates: wrk in short rounds in which every case has its turn, so that a slow minute of the machine hits them all."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from . import machine
from .servers import Server

CONNECTIONS = 16
ROUNDS = 10
_SCRIPT = Path(__file__).parent / "wrk.lua"


@dataclass
class Case:
    """Something to ask a server for, again and again."""

    name: str
    server: Server
    lines: list[str]
    """Paths, of which a random one is asked for each time. After a tab, the ETag to send along."""
    headers: dict[str, str] = field(default_factory=dict)
    against: str = ""
    """The name of the case that its rate is divided by."""
    wanted: float = 0
    """What that ratio should be at least."""
    p99_wanted: float = 0
    """Milliseconds within which 99 of 100 answers should come."""


@dataclass
class Rate:
    """What came of a case."""

    case: Case
    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Microseconds of the server's processor for one answer, which hardly depend on how busy others are."""
    failed: int = 0
    ratio: float = 0

    def row(self) -> list[str]:
        """Return its row of the table."""
        case = self.case
        ratio = f"{self.ratio:.2f} of “{case.against}”" if case.against else ""
        return [
            case.name + (f" ({self.failed} FAILED)" if self.failed else ""),
            f"{median(self.per_second):,.0f}",
            f"{min(self.per_second):,.0f} to {max(self.per_second):,.0f}",
            f"{median(self.p50):.1f}",
            f"{median(self.p99):.1f}",
            f"{median(self.cpu):,.0f}",
            ratio,
            self._wishes(),
        ]

    def _wishes(self) -> str:
        wishes = []
        if self.case.wanted:
            wishes.append((f"ratio ≥ {self.case.wanted:g}", self.ratio >= self.case.wanted))
        if self.case.p99_wanted:
            wishes.append((f"p99 < {self.case.p99_wanted:g} ms", median(self.p99) < self.case.p99_wanted))
        return ", ".join(f"{wish}: {'yes' if met else '**no**'}" for wish, met in wishes)


HEADINGS = ["", "requests/s", "rounds", "p50 ms", "p99 ms", "CPU µs", "ratio", "wanted"]


def rates(cases: list[Case], *, seconds: float, disturbed: list[float]) -> list[Rate]:
    """Measure cases in turns, `seconds` each in each of ROUNDS rounds; `disturbed` collects how busy others were."""
    measured = {case.name: Rate(case) for case in cases}
    with TemporaryDirectory(prefix="broadsheet-bench-") as directory:
        files = [_file(Path(directory), number, case) for number, case in enumerate(cases)]
        for case, file in zip(cases, files, strict=True):
            _wrk(case, file, 0.5, seed=0)
        turns = list(zip(cases, files, strict=True))
        for number in range(ROUNDS):
            # A server may still be at what it was asked last, though nobody waits for it.
            time.sleep(1)
            disturbed.append(machine.busy())
            print(f"  round {number + 1} of {ROUNDS}", file=sys.stderr)
            # Now the one comes first and now the other, so that a machine that slows down is to nobody's advantage.
            for case, file in reversed(turns) if number % 2 else turns:
                before = case.server.cpu_seconds()
                result = _wrk(case, file, seconds, seed=number + 1)
                _add(measured[case.name], result, case.server.cpu_seconds() - before)
    for rate in measured.values():
        if rate.case.against:
            # Within a round both had the same machine, so the ratio of each round counts, and not that of the medians.
            base = measured[rate.case.against].per_second
            rate.ratio = median(ours / theirs for ours, theirs in zip(rate.per_second, base, strict=True) if theirs)
    return list(measured.values())


def _file(directory: Path, number: int, case: Case) -> Path:
    path = directory / f"{number}.txt"
    path.write_text("".join(f"{line}\n" for line in case.lines))
    return path


def _wrk(case: Case, file: Path, seconds: float, *, seed: int) -> list[int]:
    """Run wrk and return requests, microseconds, median and p99 in microseconds, and failures."""
    given = [part for name, value in case.headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "-s",
        str(_SCRIPT),
        *given,
        case.server.url,
    ]
    command += ["--", str(file), str(seed)]
    run = subprocess.run(
        machine.on_core(machine.CLIENT_CORE) + command, check=True, capture_output=True, text=True, timeout=120
    )
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("result ")]
    return [int(word) for word in line.split()[1:]]


def _add(rate: Rate, result: list[int], cpu_seconds: float) -> None:
    requests, microseconds, p50, p99, failed = result
    rate.per_second.append((requests - failed) / microseconds * 1e6)
    rate.p50.append(p50 / 1000)
    rate.p99.append(p99 / 1000)
    rate.cpu.append(cpu_seconds / max(requests, 1) * 1e6)
    rate.failed += failed
