"""The tables of docs/rights.md: who may do what, line by line."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "rights.md"


def table(heading: str) -> dict[str, dict[str, bool]]:
    """Return the table below a heading: what is done, then whether each may."""
    section = DOCS.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    names, _line, *rows = [line.strip("|\n ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {what: dict(zip(names[1:], map(_means, cells), strict=True)) for what, *cells in rows}


def _means(cell: str) -> bool:
    return {"yes": True, "no": False}[cell]
