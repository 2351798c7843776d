"""The demo blog, which `make run` imports, for tests."""

from __future__ import annotations

import shutil
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "demo"


def part_of_the_demo(folder: Path, *names: str) -> Path:
    """Return a folder `demo` in `folder` with only these posts and their comments: the pictures of the whole take long."""
    part = folder / DEMO.name
    part.mkdir()
    for name in names:
        shutil.copy(DEMO / f"{name}.md", part)
        comments = Path("_data", "comments", name)
        if (DEMO / comments).is_dir():
            shutil.copytree(DEMO / comments, part / comments)
    return part
