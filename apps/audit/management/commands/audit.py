"""`manage.py audit verify|export`: find what was changed in the audit trail or taken out of it, and take it elsewhere."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from apps.audit import chain, records
from apps.audit.models import AuditChain, AuditEntry
from apps.audit.records import Check

MAX_SHOWN = 50
"""The problems that are printed, at most."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: write it as 2026-11-30") from None


def _anchor(text: str) -> tuple[str, str]:
    day, _colon, digest = text.partition(":")
    if len(digest) != 64:
        raise ArgumentTypeError("write a day and a digest as `audit verify` printed them, 2026-11-30:0123…")
    return str(_day(day)), digest


class Command(BaseCommand):
    """Verify or export the audit trail. Both only read."""

    help = "Verifies or exports the audit trail. Days are in UTC."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the two actions with their options."""
        actions = parser.add_subparsers(dest="what", required=True)
        verify = actions.add_parser("verify", help="find entries that were changed, taken out or added; exits with 1")
        verify.add_argument("--day", type=_day, help="only the entries of one day, as 2026-11-30")
        verify.add_argument("--file", type=Path, help="the entries of an exported file in place of the database's")
        verify.add_argument(
            "--expect",
            type=_anchor,
            action="append",
            default=[],
            metavar="DAY:DIGEST",
            help="a digest of that day that an earlier run printed, and that has to be there; may be repeated",
        )
        export = actions.add_parser("export", help="print the entries as lines of JSON, with their digests")
        export.add_argument("--since", type=_day, help="from this day on")
        export.add_argument("--until", type=_day, help="up to this day, itself included")

    def handle(self, *, what: str, **options) -> None:
        """Do the chosen action. Raises CommandError if something is wrong with the trail."""
        if what == "export":
            self._export(options["since"], options["until"])
        else:
            self._verify(options)

    def _export(self, since: date | None, until: date | None) -> None:
        entries = AuditEntry.objects.all()
        if since:
            entries = entries.filter(at__gte=_start(since))
        if until:
            entries = entries.filter(at__lt=_start(until + timedelta(days=1)))
        first = entries.exclude(position=None).order_by("position").values_list("position", flat=True).first()
        for record in records.linked(records.stored(entries), _digest_before(first or 1)):
            self.stdout.write(json.dumps(record, ensure_ascii=False))
        for record in records.unchained(entries):
            self.stdout.write(json.dumps(record, ensure_ascii=False))

    def _verify(self, options: dict) -> None:
        asked = dict.fromkeys((digest for _day, digest in options["expect"]), "")
        check = self._of_file(options["file"], asked) if options["file"] else self._of_database(options["day"], asked)
        for day, digest in options["expect"]:
            if check.days[digest] != day:
                check.problems.append(f"The digest {digest} of {day} is not there.")
        if options["verbosity"] > 1:
            for day, digest in check.last_of_days.items():
                self.stdout.write(f"{day}:{digest}")
        for problem in check.problems[:MAX_SHOWN]:
            self.stdout.write(problem)
        if check.problems:
            raise CommandError(f"The audit trail is not as it was written: {len(check.problems)} problems.")
        self.stdout.write("Nothing was changed, taken out or added.")
        if check.last_of_days:
            day, digest = list(check.last_of_days.items())[-1]
            self.stdout.write(f"Its last digest, to keep elsewhere: {day}:{digest}")

    def _of_file(self, path: Path, asked: dict[str, str]) -> Check:
        check = None
        try:
            with path.open(encoding="utf-8") as lines:
                for record in records.read(lines):
                    check = check or Check(record["position"] - 1, record.get("previous"), days=asked)
                    check.follow(record)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {error}.") from None
        return check or Check(0, "", days=asked)

    def _of_database(self, day: date | None, asked: dict[str, str]) -> Check:
        end = AuditChain.objects.filter(pk=1).first()
        if end is None:
            raise CommandError("The end of the chain is missing: somebody deleted the row of audit_auditchain.")
        first, last = (end.trimmed_position + 1, end.position) if day is None else _positions(day, end)
        check = Check(first - 1, _digest_before(first, end), days=asked)
        if (end.position or end.seal) and not records.is_made_of(end.seal, chain.sealed(end)):
            check.problems.append("The end of the chain was changed, or its key is not known.")
        # What is written meanwhile is left out.
        for record in records.stored(AuditEntry.objects.filter(position__gte=first, position__lte=last)):
            check.follow(record)
        check.end(last)
        if last == end.position and check.digest not in (None, end.digest):
            check.problems.append(f"Entry {last} is not the one that was written last.")
        if day is None:
            check.problems += _outside(end)
        self._tell_unchained(day)
        return check

    def _tell_unchained(self, day: date | None) -> None:
        entries = (_of_day(day) if day else AuditEntry.objects).filter(position=None)
        if number := entries.count():
            self.stdout.write(
                f"{number} entries are not chained, so nothing can be said of them: a release before the chain wrote them, "
                f"or somebody by hand. The newest is of {entries.order_by('-at', '-id')[0].at:%Y-%m-%d %H:%M}."
            )


def _outside(end: AuditChain) -> list[str]:
    """Return what is wrong with entries before the beginning of the chain and after its end."""
    highest = list(AuditEntry.objects.filter(position__gt=end.position).order_by("-position")[:MAX_SHOWN])
    # Read after them: writers may go on.
    now = AuditChain.objects.get(pk=1).position
    added = [f"Entry {entry.position} was added after the end." for entry in reversed(highest) if entry.position > now]
    if number := AuditEntry.objects.filter(position__lte=end.trimmed_position).count():
        added.append(f"{number} entries were added before the beginning, which was trimmed.")
    return added


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _of_day(day: date) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(at__gte=_start(day), at__lt=_start(day + timedelta(days=1)))


def _positions(day: date, end: AuditChain) -> tuple[int, int]:
    """Return the first and last position of a day, those of missing entries included."""
    chained = AuditEntry.objects.exclude(position=None).order_by("at", "id")
    before = chained.filter(at__lt=_start(day)).last()
    after = chained.filter(at__gte=_start(day + timedelta(days=1))).first()
    first = before.position + 1 if before else end.trimmed_position + 1
    return first, after.position - 1 if after else end.position


def _digest_before(position: int, end: AuditChain | None = None) -> str | None:
    """Return the digest before a position; None if that entry is missing."""
    end = end or AuditChain.objects.get(pk=1)
    if position == end.trimmed_position + 1:
        return end.trimmed_digest
    return AuditEntry.objects.filter(position=position - 1).values_list("digest", flat=True).first()
