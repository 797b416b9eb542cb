"""The chain of hashes: it covers everything that an entry says, and says the same wherever it is computed."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.calendar import SHANGHAI
from workers.ledger.chain import GENESIS, canonical, hash_of
from workers.ledger.store import Book, EntryKind, LedgerEntry

HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
MOMENTS = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    datetime(2199, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "book": st.sampled_from([str(book) for book in Book]),
    "seq": st.integers(1, 10**12),
    "contract_no": st.none() | WORDS,
    "customer_no": st.none() | WORDS,
    "kind": st.sampled_from([str(kind) for kind in EntryKind]),
    "line_no": st.none() | st.integers(0, 500),
    "quantity": st.none() | st.decimals("-999999999", "999999999", places=3),
    "period": st.none() | st.dates(date(2000, 1, 1), date(2199, 1, 1)),
    "amount": st.decimals("-9999999999999.99", "9999999999999.99", places=2),
    "posted_at": MOMENTS,
    "value_date": st.dates(date(2000, 1, 1), date(2199, 1, 1)),
    "reference": WORDS,
    "reference_sha256": st.none() | HASHES,
    "reverses": st.none() | st.integers(1, 10**12),
    "reason": WORDS,
    "prev_hash": HASHES,
}
ENTRIES = st.fixed_dictionaries(FIELDS)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Other work on the machine is no finding."""


def chained(contents: list[dict[str, Any]]) -> list[LedgerEntry]:
    """A book with these contents, as the ledger writes it."""
    entries: list[LedgerEntry] = []
    for seq, content in enumerate(contents, start=1):
        before = entries[-1].hash if entries else GENESIS
        entry = LedgerEntry(**{**content, "seq": seq, "prev_hash": before})
        entry.hash = hash_of(entry)
        entries.append(entry)
    return entries


def test_every_column_but_the_hash_itself_is_covered() -> None:
    assert set(FIELDS) == {column.name for column in LedgerEntry.__table__.columns} - {"hash"}


@PATIENT
@given(ENTRIES, st.sampled_from(sorted(FIELDS)), st.data())
def test_changing_any_field_changes_the_hash(
    content: dict[str, Any], field: str, data: st.DataObject
) -> None:
    other = data.draw(FIELDS[field].filter(lambda value: value != content[field]))
    assert hash_of(LedgerEntry(**content)) != hash_of(LedgerEntry(**{**content, field: other}))


@PATIENT
@given(ENTRIES, st.integers(-14, 14))
def test_the_hash_does_not_depend_on_how_the_database_hands_the_values_back(
    content: dict[str, Any], hours: int
) -> None:
    moved = content["posted_at"].astimezone(timezone(timedelta(hours=hours)))
    widened = content["amount"].quantize(Decimal("0.0001"))
    again = LedgerEntry(**{**content, "posted_at": moved, "amount": widened})
    assert hash_of(again) == hash_of(LedgerEntry(**content))


@PATIENT
@given(st.lists(ENTRIES, min_size=2, max_size=6), st.data())
def test_whoever_recomputes_a_forged_entry_must_recompute_all_that_follow(
    contents: list[dict[str, Any]], data: st.DataObject
) -> None:
    book = chained(contents)
    place = data.draw(st.integers(0, len(book) - 2))
    forged = copy.copy(contents[place])
    forged["amount"] += 1
    tampered = chained([*contents[:place], forged, *contents[place + 1 :]])
    assert [one.hash for one in tampered[:place]] == [one.hash for one in book[:place]]
    assert all(one.hash != other.hash for one, other in zip(tampered[place:], book[place:], strict=True))


def test_the_canonical_form_is_fixed() -> None:
    """Books that are kept for years are verified by later versions of this program."""
    entry = LedgerEntry(
        book="sales",
        seq=1,
        contract_no="HT-2026-0001",
        kind="contract",
        amount=Decimal("1234.5"),
        posted_at=datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI),
        value_date=date(2026, 3, 10),
        reference="HT-2026-0001 第1版",
        reference_sha256=None,
        reverses=None,
        reason="",
        prev_hash=GENESIS,
    )
    assert canonical(entry) == (
        '{"amount":"1234.50","book":"sales","contract_no":"HT-2026-0001","kind":"contract",'
        '"posted_at":"2026-03-10T01:30:00.000000+00:00","prev_hash":"' + GENESIS + '","reason":"",'
        '"reference":"HT-2026-0001 第1版","reference_sha256":null,"reverses":null,"seq":1,'
        '"value_date":"2026-03-10"}'
    )
