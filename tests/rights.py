"""The permission tables of docs/rights.md."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "rights.md"


def table(heading: str) -> dict[str, dict[str, bool]]:
    """Return the table below a heading: for each action, whether each kind of user may do it."""
    section = DOCS.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    names, _line, *rows = [line.strip("|\n ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {what: dict(zip(names[1:], map(_parse, cells), strict=True)) for what, *cells in rows}


def _parse(cell: str) -> bool:
    return {"yes": True, "no": False}[cell]
