"""Request rates by wrk. All cases run in each short round, so that a slow minute of the machine affects all of them."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import KW_ONLY, dataclass, field
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
    """Requests that wrk sends to a server again and again, and the targets of their rate."""

    name: str
    server: Server
    lines: list[str]
    """Paths, of which a random one is requested each time. After a tab, the ETag for If-None-Match."""
    headers: dict[str, str] = field(default_factory=dict)
    _: KW_ONLY
    method: str = "GET"
    body: str = ""
    """The body of a write, in which `%d` is a number that differs from request to request."""
    baseline: str = ""
    """The name of the case that its rate is divided by."""
    min_ratio: float = 0
    """The target of that ratio, or 0."""
    max_p99: float = 0
    """The target of the 99th percentile of the latency, in milliseconds, or 0."""

    def __post_init__(self) -> None:
        """Raise ValueError for a ratio to nothing, whose target would never be met."""
        if self.min_ratio and not self.baseline:
            raise ValueError(f"“{self.name}” has a target for its ratio, and no baseline.")


@dataclass
class Rate:
    """The results of a case, one value for each round."""

    case: Case
    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Processor time of the server for one response, in microseconds; it hardly depends on other load."""
    failed: int = 0
    ratio: float = 0
    cpu_ratio: float = 0
    """The ratio of the processor times for one response: that of the baseline by ours, so that more is faster."""

    def row(self) -> list[str]:
        """Return the cells of the table's row."""
        case = self.case
        ratio = f"{self.ratio:.2f} (CPU {self.cpu_ratio:.2f}) of “{case.baseline}”" if case.baseline else ""
        return [
            case.name + (f" ({self.failed} FAILED)" if self.failed else ""),
            f"{median(self.per_second):,.0f}",
            f"{min(self.per_second):,.0f} to {max(self.per_second):,.0f}",
            f"{median(self.p50):.1f}",
            f"{median(self.p99):.1f}",
            f"{median(self.cpu):,.0f}",
            ratio,
            self._targets(),
        ]

    def _targets(self) -> str:
        targets = []
        if self.case.min_ratio:
            targets.append((f"ratio ≥ {self.case.min_ratio:g}", self.ratio >= self.case.min_ratio))
        if self.case.max_p99:
            targets.append((f"p99 < {self.case.max_p99:g} ms", median(self.p99) < self.case.max_p99))
        return ", ".join(f"{target}: {'yes' if is_met else '**no**'}" for target, is_met in targets)


HEADINGS = ["", "requests/s", "rounds", "p50 ms", "p99 ms", "CPU µs", "ratio", "target"]


def rates(cases: list[Case], *, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure each case for `seconds` in each of ROUNDS rounds; append the load by other processes to `other_load`."""
    measured = {case.name: Rate(case) for case in cases}
    with TemporaryDirectory(prefix="broadsheet-bench-") as directory:
        files = [_write_lines(Path(directory), number, case) for number, case in enumerate(cases)]
        for case, file in zip(cases, files, strict=True):
            _wrk(case, file, 0.5, seed=0)
        turns = list(zip(cases, files, strict=True))
        for number in range(ROUNDS):
            # A server may still be working on requests that wrk abandoned.
            time.sleep(1)
            other_load.append(machine.utilisation())
            print(f"  round {number + 1} of {ROUNDS}", file=sys.stderr)
            # The order alternates, so that a machine that slows down favours no case.
            for case, file in reversed(turns) if number % 2 else turns:
                before = case.server.cpu_seconds()
                result = _wrk(case, file, seconds, seed=number + 1)
                _add(measured[case.name], result, case.server.cpu_seconds() - before)
    for rate in measured.values():
        if rate.case.baseline:
            # The median of the rounds' ratios, not the ratio of medians: within a round both had the same conditions.
            base = measured[rate.case.baseline]
            rate.ratio = _median_ratio(rate.per_second, base.per_second)
            rate.cpu_ratio = _median_ratio(base.cpu, rate.cpu)
    return list(measured.values())


def _median_ratio(of: list[float], to: list[float]) -> float:
    return median([one / other for one, other in zip(of, to, strict=True) if other] or [0.0])


def _write_lines(directory: Path, number: int, case: Case) -> Path:
    path = directory / f"{number}.txt"
    path.write_text("".join(f"{line}\n" for line in case.lines))
    return path


def _wrk(case: Case, file: Path, seconds: float, *, seed: int) -> list[int]:
    """Run wrk; return the requests, the duration, median and p99 in microseconds, and the failures."""
    header_options = [part for name, value in case.headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "-s",
        str(_SCRIPT),
        *header_options,
        case.server.url,
    ]
    command += ["--", str(file), str(seed), *([case.method, case.body] if case.body else [])]
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
