"""`audit export` prints the trail as lines of JSON, and such a copy is verified without the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit import records, trail, trimming
from apps.audit.models import AuditChain, AuditEntry

DAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def entries(db, monkeypatch) -> None:
    """Two entries on each of three days, and one of a former release."""
    for number in range(6):
        moment = DAY + timedelta(days=number // 2)
        monkeypatch.setattr("apps.audit.chain.timezone.now", lambda: moment)  # noqa: B023
        trail.record("changed", object_name="Ebb & flow – 潮", message=f"change {number}")
    AuditEntry.objects.create(action="added", username="erika", request_id="-", at=DAY)


def export(*options: str) -> str:
    out = StringIO()
    call_command("audit", "export", *options, stdout=out)
    return out.getvalue()


def verify_file(path: Path, *options: str) -> str:
    out = StringIO()
    try:
        call_command("audit", "verify", "--file", str(path), *options, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def test_each_entry_is_a_line_and_what_is_not_chained_comes_last(entries):
    lines = [json.loads(line) for line in export().splitlines()]
    assert [line["message"] for line in lines] == [f"change {number}" for number in range(6)] + [""]
    assert [line["position"] for line in lines] == [1, 2, 3, 4, 5, 6, None]
    assert lines[0]["at"] == "2026-06-01T12:00:00.000000+00:00"
    assert "潮" in export()


def test_days_can_be_chosen(entries):
    lines = [json.loads(line) for line in export("--since", "2026-06-02", "--until", "2026-06-02").splitlines()]
    assert [line["position"] for line in lines] == [3, 4]


@pytest.mark.parametrize("since", [[], ["--since", "2026-06-02"]])
def test_a_copy_is_verified_when_the_database_has_nothing_any_more(entries, tmp_path, since):
    path = tmp_path / "copy.jsonl"
    path.write_text(export(*since), encoding="utf-8")
    last = AuditEntry.objects.get(position=6).digest
    AuditEntry.objects.all().delete()
    AuditChain.objects.all().delete()
    assert "Nothing was changed" in verify_file(path)
    assert "Nothing was changed" in verify_file(path, "--expect", f"2026-06-03:{last}")
    path.write_text(path.read_text().replace("change 3", "change 9"), encoding="utf-8")
    assert "Entry 4 (" in verify_file(path)
    lines = [line for line in path.read_text().splitlines(True) if '"position": 5' not in line]
    path.write_text("".join(lines), encoding="utf-8")
    assert "Entry 5 is missing." in verify_file(path)


def test_a_copy_begins_where_the_trail_was_trimmed(entries, tmp_path):
    trimming.trim(datetime(2026, 6, 2, tzinfo=UTC))
    path = tmp_path / "copy.jsonl"
    path.write_text(export(), encoding="utf-8")
    assert "Nothing was changed" in verify_file(path)


@pytest.mark.parametrize("text", ["no json\n", "{}\n", "[]\n", '{"position": 1}\n'])
def test_what_is_no_copy_is_refused_with_its_line(db, tmp_path, text):
    path = tmp_path / "copy.jsonl"
    path.write_text(text, encoding="utf-8")
    assert "line 1 is no entry of the audit trail" in verify_file(path)
    assert "No such file" in verify_file(tmp_path / "none")


def test_no_more_than_a_batch_is_in_memory(entries, monkeypatch):
    monkeypatch.setattr(records, "BATCH", 2)
    with CaptureQueriesContext(connection) as captured:
        assert len(export().splitlines()) == 7
    selects = [query["sql"] for query in captured if "accounts_auditentry" in query["sql"]]
    assert selects
    assert all("LIMIT" in sql for sql in selects)
