"""Entries as plain records, from the database or from an exported file, and whether they are still what was written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, TextIO

from django.db.models import QuerySet

from apps.core import keysets, signing

from . import chain
from .models import AuditEntry

BATCH = 1_000
"""Entries in memory at a time."""
ORDER = ("position", "id")
Record = dict[str, Any]
"""The fields of `chain.CONTENT`, `digest`, and in a file `previous`, the digest before it; all as in JSON."""


@dataclass
class Check:
    """Follows a chain, record by record, and collects what is wrong."""

    position: int
    """The position of the last record."""
    digest: str | None
    """Its digest; None if it is not known, so that the next record begins."""
    problems: list[str] = field(default_factory=list)
    last_of_days: dict[str, str] = field(default_factory=dict)
    """The digest of the last entry of each day (UTC)."""
    days: dict[str, str] = field(default_factory=dict)
    """The day of each digest that is asked for."""

    def follow(self, record: Record) -> None:
        """Check the next record."""
        position, name = record["position"], _name(record)
        if position <= self.position:
            self.problems.append(f"{name} was added: its position is taken.")
            return
        if position > self.position + 1:
            self.problems.append(_missing(self.position + 1, position - 1))
            self.digest = None
        previous = self.digest if self.digest is not None else record.get("previous")
        values = [previous, *(record[name] for name in chain.CONTENT)]
        if previous is None:
            self.problems.append(f"{name} cannot be checked, because the one before it is missing.")
        elif not is_made_of(record["digest"], values):
            self.problems.append(f"{name} was changed, or the one before it, or its key is not known.")
        self.position, self.digest = position, record["digest"]
        day = record["at"][:10]
        self.last_of_days[day] = record["digest"]
        if record["digest"] in self.days:
            self.days[record["digest"]] = day

    def end(self, position: int) -> None:
        """Check that the last record was at a position."""
        if self.position < position:
            self.problems.append(_missing(self.position + 1, position))


def is_made_of(digest: str, values: list[Any]) -> bool:
    """Return whether a digest is that of these values, by the key or a former one."""
    return any(compare_digest(digest, made) for made in signing.digests(values, salt=chain.SALT))


def stored(entries: QuerySet[AuditEntry]) -> Iterator[Record]:
    """Yield the chained ones of these entries, in the order of the chain; of two with one position, the older first."""
    rows = entries.exclude(position=None).order_by(*ORDER)
    batch = list(rows[:BATCH])
    while batch:
        yield from map(of, batch)
        batch = list(rows.filter(keysets.beyond(ORDER, (batch[-1].position, batch[-1].pk)))[:BATCH])


def unchained(entries: QuerySet[AuditEntry]) -> Iterator[Record]:
    """Yield the entries that an earlier release wrote, which are in no chain."""
    after = 0
    while batch := list(entries.filter(position=None, pk__gt=after).order_by("pk")[:BATCH]):
        yield from map(of, batch)
        after = batch[-1].pk


def of(entry: AuditEntry) -> Record:
    """Return the record of an entry."""
    return dict(zip(chain.CONTENT, chain.content(entry), strict=True)) | {"digest": entry.digest}


def linked(records: Iterable[Record], digest: str) -> Iterator[Record]:
    """Yield the records, each with the digest before it, so that a part of them can be checked by itself."""
    for record in records:
        yield record | {"previous": digest}
        digest = record["digest"]


def read(lines: TextIO) -> Iterator[Record]:
    """Yield the chained records of an exported file. Raises ValueError, which names the line that is none."""
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            record["digest"], [record[name] for name in chain.CONTENT]
            is_chained = record["position"] is not None and record["position"] > 0
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"line {number} is no entry of the audit trail") from None
        if is_chained:
            yield record


def _name(record: Record) -> str:
    what = " ".join(filter(None, (record["username"], record["action"], record["model"], record["object_id"])))
    return f"Entry {record['position']} ({record['at'][:19]}, {what})"


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."
