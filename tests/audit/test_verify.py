"""`audit verify` finds every entry that was changed, taken out, added or moved, and says which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from apps.audit import chain, records, trail, trimming
from apps.audit.models import AuditChain, AuditEntry

TODAY = datetime(2026, 6, 3, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets the time of the entries that follow."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr("apps.audit.chain.timezone.now", lambda: moment)

    return set_to


@pytest.fixture
def entries(db, clock) -> list[int]:
    """Three entries on each of three days; their positions."""
    AuditEntry.objects.all().delete()
    for day in range(3):
        clock(TODAY - timedelta(days=2 - day))
        for number in range(3):
            trail.record(
                "changed", model="posts.post", object_id=str(number), object_name="Ebb & flow – 潮", message="title"
            )
    return list(AuditEntry.objects.order_by("position").values_list("position", flat=True))


def verify(*options: str) -> str:
    """Return the output of the command, with the error at its end."""
    out = StringIO()
    try:
        call_command("audit", "verify", *options, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def stored(position: int):
    return AuditEntry.objects.filter(position=position)


def test_an_untouched_trail_is_right_and_its_last_digest_is_printed(entries):
    last = AuditEntry.objects.get(position=entries[-1])
    assert verify() == (
        f"Nothing was changed, taken out or added.\nIts last digest, to keep elsewhere: 2026-06-03:{last.digest}\n"
    )
    assert "Nothing was changed" in verify("--day", "2026-06-02")


@pytest.mark.parametrize(
    "change",
    [
        {"username": "somebody"},
        {"message": "body"},
        {"action": "deleted"},
        {"object_id": "9"},
        {"address": "192.0.2.1"},
        {"request_id": "other"},
        {"token": "bst_0000"},
        {"role": "read"},
        {"release": "0.9"},
        {"at": TODAY - timedelta(days=1, seconds=1)},
        {"digest": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("index", [0, 4, -1])
def test_a_changed_entry_is_named(entries, change, index):
    stored(entries[index]).update(**change)
    assert f"Entry {entries[index]} (" in verify()


@pytest.mark.parametrize("index", [0, 3, 4, 5, 8])
def test_a_removed_entry_is_named(entries, index):
    stored(entries[index]).delete()
    assert f"Entry {entries[index]} is missing." in verify()


@pytest.mark.parametrize("day", [0, 1, 2])
def test_a_removed_day_is_found_also_when_one_asks_for_that_day(entries, day):
    gone = entries[3 * day : 3 * day + 3]
    AuditEntry.objects.filter(position__in=gone).delete()
    for output in (verify(), verify("--day", f"2026-06-0{day + 1}")):
        assert f"Entries {gone[0]} to {gone[-1]} are missing." in output


def test_two_entries_that_changed_places_are_found(entries):
    one, other = entries[2], entries[6]
    stored(one).update(position=10_000)
    stored(other).update(position=one)
    stored(10_000).update(position=other)
    output = verify()
    assert f"Entry {one} (" in output
    assert f"Entry {other} (" in output


@pytest.mark.parametrize("batch", [5, 1000])
def test_an_added_entry_is_found_wherever_it_is(entries, batch, monkeypatch):
    monkeypatch.setattr(records, "BATCH", batch)
    fields = {"action": "changed", "username": "erika", "request_id": "-", "digest": "0" * 64}
    for position in (entries[4], entries[-1] + 1):
        AuditEntry.objects.create(**fields, position=position)
    output = verify()
    assert f"Entry {entries[4]} (" in output
    assert "erika changed) was added: its position is taken." in output
    assert f"Entry {entries[-1] + 1} was added after the end." in output


def test_the_end_cannot_be_set_back_without_the_key(entries):
    stored(entries[-1]).delete()
    before = AuditEntry.objects.get(position=entries[-2])
    AuditChain.objects.update(position=before.position, digest=before.digest)
    assert "The end of the chain was changed" in verify()


def test_trimming_cannot_be_pretended_without_the_key(entries):
    AuditEntry.objects.filter(position__lte=entries[2]).delete()
    AuditChain.objects.update(trimmed_position=entries[2], trimmed_digest=F("digest"))
    assert "The end of the chain was changed" in verify()


def test_a_missing_end_is_an_error(entries):
    AuditChain.objects.all().delete()
    assert "The end of the chain is missing" in verify()


def test_what_an_earlier_release_wrote_is_not_chained_and_not_called_changed(entries):
    AuditEntry.objects.create(action="changed", username="erika", request_id="-", at=TODAY)
    output = verify()
    assert "1 entries are not chained" in output
    assert "Nothing was changed" in output


def test_a_deleted_user_changes_nothing(entries, erika):
    chain.append([trail.entry("changed", user=erika)])
    erika.delete()
    assert AuditEntry.objects.order_by("position").last().user is None
    assert "Nothing was changed" in verify()


def test_a_former_key_verifies_as_long_as_it_is_named(entries, settings):
    former = settings.SIGNING_KEY
    settings.SIGNING_KEY = "another-key" * 5
    settings.SIGNING_KEY_FALLBACKS = [former]
    trail.record("changed")
    assert "Nothing was changed" in verify()
    settings.SIGNING_KEY_FALLBACKS = []
    assert f"Entry {entries[0]} (" in verify()


# A digest that is kept elsewhere


def test_a_digest_of_a_day_is_found_also_after_later_entries(entries):
    digest = AuditEntry.objects.get(position=entries[4]).digest
    assert "Nothing was changed" in verify("--expect", f"2026-06-02:{digest}")
    assert f"The digest {digest} of 2026-06-01 is not there." in verify("--expect", f"2026-06-01:{digest}")


def test_who_has_the_key_and_writes_the_trail_anew_is_found_by_a_digest_that_was_kept(entries, clock):
    kept = AuditEntry.objects.get(position=entries[-1]).digest
    AuditEntry.objects.all().delete()
    AuditChain.objects.update(position=0, digest="", seal="", trimmed_position=0, trimmed_digest="")
    clock(TODAY)
    trail.record("changed", message="Nothing happened.")
    assert "Nothing was changed" in verify()
    assert "is not there" in verify("--expect", f"2026-06-03:{kept}")


@pytest.mark.parametrize("wrong", ["2026-06-03", "2026-06-03:abc", "today:" + "0" * 64])
def test_a_wrong_expectation_is_refused(entries, wrong):
    with pytest.raises(CommandError, match="argument --expect"):
        call_command("audit", "verify", "--expect", wrong)


# Trimming


def test_trimming_takes_whole_days_and_what_remains_is_still_right(entries):
    assert trimming.trim(datetime(2026, 6, 2, tzinfo=UTC)) == 3
    assert "Nothing was changed" in verify()
    assert "Nothing was changed" in verify("--day", "2026-06-02")
    stored(entries[3]).delete()
    assert f"Entry {entries[3]} is missing." in verify()


def test_a_removed_day_is_found_after_an_earlier_one_was_trimmed(entries):
    trimming.trim(datetime(2026, 6, 2, tzinfo=UTC))
    AuditEntry.objects.filter(position__lte=entries[5]).delete()
    assert f"Entries {entries[3]} to {entries[5]} are missing." in verify()


def test_everything_can_be_trimmed_and_the_chain_goes_on(entries, clock):
    assert trimming.trim(datetime(2026, 7, 1, tzinfo=UTC)) == 9
    assert "Nothing was changed" in verify()
    clock(TODAY + timedelta(days=40))
    trail.record("changed")
    assert AuditEntry.objects.get().position == entries[-1] + 1
    assert "Nothing was changed" in verify()


def test_an_entry_that_was_put_back_after_it_was_trimmed_is_found(entries):
    trimming.trim(datetime(2026, 6, 2, tzinfo=UTC))
    AuditEntry.objects.create(action="changed", username="erika", request_id="-", position=entries[0])
    assert "1 entries were added before the beginning" in verify()
