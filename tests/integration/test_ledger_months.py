"""Months close and stay closed; what comes late counts in the open month (C12)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import NOW, Desk, in_force
from workers import ledger
from workers.calendar import SHANGHAI
from workers.ledger import EntryKind, MonthNotOpen

K = EntryKind
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
IN_APRIL = datetime(2026, 4, 2, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session, in_force(session))


def close(session: Session, month: date, at: datetime = IN_APRIL) -> ledger.LedgerPeriod:
    return ledger.close_month(session, month, "xuhong", at)


@pytest.mark.rule("C12")
def test_an_entry_counts_in_the_month_of_its_posting_until_that_is_closed(desk: Desk) -> None:
    session = desk.session
    assert desk.finance(K.RECEIPT, "1").month == MARCH
    close(session, MARCH)
    assert ledger.last_closed(session) == MARCH
    assert ledger.open_month(session, NOW.date()) == ledger.open_month(session, IN_APRIL.date()) == APRIL
    late = desk.finance(K.RECEIPT, "2", value_date=date(2026, 3, 31))
    assert (late.month, late.value_date) == (APRIL, date(2026, 3, 31))
    close(session, APRIL)  # the running month, early
    desk.at = IN_APRIL
    assert desk.finance(K.RECEIPT, "3").month == MAY
    assert ledger.verify(session) == []


@pytest.mark.rule("C12")
def test_a_moment_counts_in_the_month_that_it_is_in_shanghai(desk: Desk) -> None:
    desk.at = datetime.fromisoformat("2026-03-31T16:30:00+00:00")
    assert desk.finance(K.RECEIPT, "1").month == APRIL


@pytest.mark.rule("C12")
def test_months_are_closed_one_after_the_other(desk: Desk) -> None:
    session = desk.session
    desk.at = IN_APRIL
    desk.finance(K.RECEIPT, "1")
    with pytest.raises(MonthNotOpen, match="2026-03 is open"):
        close(session, APRIL)
    close(session, MARCH)
    with pytest.raises(MonthNotOpen, match="is closed"):
        close(session, MARCH)
    with pytest.raises(MonthNotOpen, match="not begun"):
        close(session, MAY)
    with pytest.raises(MonthNotOpen, match="2026-04 is open"):
        close(session, MAY, datetime(2026, 5, 2, tzinfo=SHANGHAI))


@pytest.mark.rule("C12")
def test_the_database_refuses_an_entry_in_a_closed_month(desk: Desk) -> None:
    session = desk.session
    close(session, MARCH)
    copy = text(
        "INSERT INTO ledger_entries (book, seq, contract_no, kind, amount, posted_at, value_date, period, reference,"
        " reason, prev_hash, hash) SELECT book, seq + 1000, contract_no, 'receipt', 1, posted_at, value_date,"
        " :period, 'X', '', prev_hash, 'X' FROM ledger_entries WHERE book = 'finance'"
    )
    for period, words in ((MARCH, "2026-03 is closed"), (None, "no month"), (date(2026, 4, 2), "no month")):
        with pytest.raises(DBAPIError, match=words), session.begin_nested():
            session.execute(copy, {"period": period})
    for change in (
        "DELETE FROM ledger_periods",
        "UPDATE ledger_periods SET closed_by = 'x'",
        "TRUNCATE ledger_periods",
    ):
        with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
            session.execute(text(change))


@pytest.mark.rule("C12")
@pytest.mark.tampers("changes closed months")
def test_an_entry_that_slipped_into_a_closed_month_is_found(desk: Desk) -> None:
    session = desk.session
    close(session, MARCH)
    session.execute(text("ALTER TABLE ledger_periods DISABLE TRIGGER USER"))
    session.execute(text("UPDATE ledger_periods SET month = '2026-02-01'"))
    desk.finance(K.RECEIPT, Decimal(1))
    session.execute(text("UPDATE ledger_periods SET month = '2026-03-01'"))
    assert {one.code for one in ledger.verify(session)} == {"guard_missing", "guard_open", "closed_month"}
    session.execute(text("UPDATE ledger_periods SET sales_hash = 'x', finance_seq = 99"))
    session.execute(text("ALTER TABLE ledger_periods ENABLE TRIGGER USER"))
    codes = [one.code for one in ledger.verify(session)]
    assert sorted(codes) == ["closed_month", "closed_month_differs"]
