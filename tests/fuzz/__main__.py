"""Fuzz what reads the texts of strangers, with Atheris: `python -m tests.fuzz`, or the targets named.

FUZZ_SECONDS is the time for all of them together (default: an hour). Inputs that reach new code are kept in
`var/fuzz/TARGET/`. An input that fails is printed, with the exception, and written to `var/fuzz/`: copy it, as small as it can
be, to `tests/fuzz/corpus/TARGET/`, and correct the cause. An input fails too if it takes more than MAX_SECONDS of
processor time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / "var" / "fuzz"
LENGTH = 4_000
"""Bytes of the longest inputs. Long ones are for `benchmarks/hostile_markdown.py`."""
MAX_SECONDS = 10
MAX_MEMORY_MB = 2_000
INSTRUMENTED = ["apps", "markdown_it", "mdit_py_plugins", "liquid", "frontmatter", "markdownify", "html", "tomllib"]
"""The packages whose branches guide the fuzzer."""


def main(names: list[str]) -> int:
    """Fuzz targets one after the other, each in a process; return how many failed."""
    seconds = int(os.environ.get("FUZZ_SECONDS", "3600"))
    names = names or sorted(path.name for path in (ROOT / "tests/fuzz/corpus").iterdir() if path.is_dir())
    failed = 0
    for name in names:
        print(f"-- {name}, {seconds // len(names)} s", flush=True)
        (FOUND / name).mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "tests.fuzz", "--one", name, str(max(1, seconds // len(names)))]
        failed += bool(subprocess.call(words, cwd=ROOT))
    return failed


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target; ends the process, with a status other than 0 if an input failed."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        django.setup()
        from tests.fuzz.targets import TARGETS

    options = {
        "max_total_time": seconds,
        "max_len": LENGTH,
        "rss_limit_mb": MAX_MEMORY_MB,
        "timeout": 10 * MAX_SECONDS,
        "dict": "tests/fuzz/dictionary.txt",
        "artifact_prefix": f"var/fuzz/{name}-",
        "verbosity": 1,
        "print_final_stats": 1,
    }
    folders = [f"var/fuzz/{name}", f"tests/fuzz/corpus/{name}"]
    atheris.Setup(["fuzz", *(f"-{key}={value}" for key, value in options.items()), *folders], _timed(TARGETS[name]))
    atheris.Fuzz()


def _timed(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        began = time.process_time()
        target(data)
        used = time.process_time() - began
        if used > MAX_SECONDS:
            raise TimeoutError(f"{used:.0f} s of processor time")

    return run


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
    sys.exit(main(sys.argv[1:]))
