"""Commission in the real books: accrued, withheld, released, paid, taken back; the invariants hold (C9, A4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import NOW, Desk, in_force, unguarded
from workers import commission, ledger
from workers.calendar import SHANGHAI
from workers.commission.rules import Part
from workers.ledger import Book, EntryKind, InvariantBroken

K, D = EntryKind, Decimal
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
IN_APRIL = datetime(2026, 4, 10, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()


def contract(session: Session, number: str, received: str = "0") -> Desk:
    """A contract over 1,000 yuan of zhaolei's at 12 ‰, with what was received of it."""
    desk = Desk(session, in_force(session, number))
    if D(received):
        desk.finance(K.RECEIPT, received)
    return desk


def figures(session: Session, number: str) -> tuple[str, str, str]:
    """What is accrued, withheld and paid out."""
    one = ledger.account(session, number)
    return str(one.accrued), str(one.withheld), str(one.paid_out)


def withhold(session: Session, number: str, up_to: str) -> list[Part]:
    return commission.withhold(session, number, D(up_to), value_date=TODAY, posted_at=NOW)


def release(session: Session, number: str, still: str) -> list[Part]:
    return commission.release_withheld(session, number, D(still), value_date=TODAY, posted_at=NOW)


@pytest.mark.rule("C9", "C12")
def test_commission_accrues_month_by_month_and_adds_up(session: Session) -> None:
    desk = contract(session, "HT-2026-7101", "300.50")
    assert commission.accrue(session, desk.number, MARCH, NOW) == D("3.60")
    assert commission.accrue(session, desk.number, MARCH, NOW) == 0
    ledger.close_month(session, MARCH, "xuhong", IN_APRIL)
    desk.at = IN_APRIL
    desk.finance(K.RECEIPT, "699.50")
    assert commission.accrue(session, desk.number, APRIL, IN_APRIL) == D("8.40")
    assert figures(session, desk.number) == ("12.00", "0.00", "0.00")
    entries = ledger.entries(session, desk.number, book=Book.SALES, kinds=[K.COMMISSION])
    assert [(one.amount, one.month, one.reference) for one in entries] == [
        (D("3.60"), MARCH, "2026-03计提"),
        (D("8.40"), APRIL, "2026-04计提"),
    ]
    assert ledger.verify(session) == []


@pytest.mark.rule("C12")
def test_a_receipt_of_the_next_month_does_not_count_for_the_month_that_is_closed(session: Session) -> None:
    desk = contract(session, "HT-2026-7101", "500")
    desk.at = IN_APRIL
    desk.finance(K.RECEIPT, "500")
    ledger.lock(session)
    with ledger.counting_in(session, MARCH):
        assert commission.accrue_all(session, MARCH, IN_APRIL) == {desk.number: D("6.00")}
    [entry] = ledger.entries(session, desk.number, kinds=[K.COMMISSION])
    assert (entry.month, entry.value_date) == (MARCH, date(2026, 3, 31))
    assert commission.expected(session, APRIL) == D("6.00")


@pytest.mark.rule("C12")
def test_a_receipt_that_was_taken_back_after_the_month_does_not_keep_it_from_closing(
    session: Session,
) -> None:
    desk = contract(session, "HT-2026-7101", "500")
    wrong = desk.finance(K.RECEIPT, "300")
    ledger.reverse(session, Book.FINANCE, wrong.seq, reason="退票", posted_at=IN_APRIL)
    assert commission.expected(session, MARCH) == D("6.00")
    ledger.lock(session)
    with ledger.counting_in(session, MARCH):
        assert commission.accrue_all(session, MARCH, IN_APRIL) == {desk.number: D("6.00")}
    assert commission.expected(session, APRIL) == 0
    assert ledger.verify(session) == []


@pytest.mark.rule("C9")
def test_without_a_contract_in_the_books_no_commission_accrues(session: Session) -> None:
    with pytest.raises(commission.NoContract):
        commission.accrue(session, "HT-2026-9999", MARCH, NOW)
    assert commission.payable(session, "wuqian") == []


@pytest.mark.rule("C9", "C12")
def test_no_more_is_paid_than_is_payable_and_a_paper_pays_once(session: Session) -> None:
    desk = contract(session, "HT-2026-7101", "500")
    commission.accrue(session, desk.number, MARCH, NOW)
    [row] = commission.payable(session, "zhaolei")
    assert (row.contract_no, row.payable, row.percent_received) == (desk.number, D("6.00"), D("50.00"))

    def pay(amount: str, paper: str) -> None:
        commission.payout(session, desk.number, D(amount), value_date=TODAY, reference=paper, posted_at=NOW)

    with pytest.raises(InvariantBroken):
        pay("6.01", "TC-1")
    pay("4.00", "TC-1")
    with pytest.raises(ledger.AlreadyBooked):
        pay("1.00", "TC-1")
    pay("2.00", "TC-2")
    assert commission.payable(session, "zhaolei") == []
    assert figures(session, desk.number) == ("6.00", "0.00", "6.00")


@pytest.mark.rule("A4")
def test_commission_is_withheld_to_zero_and_not_below_and_a_later_receipt_releases_it(
    session: Session,
) -> None:
    debtor, other = contract(session, "HT-2026-7102", "500"), contract(session, "HT-2026-7101", "400")
    commission.accrue_all(session, MARCH, NOW)

    assert withhold(session, debtor.number, "8.00") == [
        Part(debtor.number, D("6.00")),
        Part(other.number, D("2.00")),
    ]
    assert withhold(session, debtor.number, "8.00") == []
    assert withhold(session, debtor.number, "500.00") == [Part(other.number, D("2.80"))]
    assert withhold(session, debtor.number, "500.00") == []
    assert commission.payable(session, "zhaolei") == []
    assert figures(session, debtor.number) == ("6.00", "6.00", "0.00")
    assert figures(session, other.number) == ("4.80", "4.80", "0.00")

    assert release(session, debtor.number, "500.00") == []
    assert release(session, debtor.number, "250.00") == [
        Part(other.number, D("4.80")),
        Part(debtor.number, D("0.60")),
    ]
    assert release(session, debtor.number, "250.00") == []
    assert release(session, debtor.number, "0") == [Part(debtor.number, D("5.40"))]
    assert commission.withheld_for(session, debtor.number).total == 0
    assert [row.payable for row in commission.payable(session, "zhaolei")] == [D("4.80"), D("6.00")]
    offsets = ledger.entries(session, other.number, book=Book.FINANCE, kinds=[K.OFFSET])
    assert [one.amount for one in offsets] == [D("2.00"), D("2.80"), D("-4.80")]
    assert all(debtor.number in one.reason for one in offsets)
    assert ledger.verify(session) == []


@pytest.mark.rule("A4")
def test_where_no_commission_is_due_nothing_is_withheld_and_nothing_goes_below_zero(session: Session) -> None:
    desk = contract(session, "HT-2026-7101", "500")
    assert withhold(session, desk.number, "500.00") == []
    commission.accrue(session, desk.number, MARCH, NOW)
    commission.payout(session, desk.number, D("6.00"), value_date=TODAY, reference="TC-1", posted_at=NOW)
    assert withhold(session, desk.number, "500.00") == []
    assert figures(session, desk.number) == ("6.00", "0.00", "6.00")


@pytest.mark.rule("A4", "C9")
def test_commission_of_another_salesperson_is_not_withheld(session: Session) -> None:
    debtor, other = contract(session, "HT-2026-7102", "500"), contract(session, "HT-2026-7101", "400")
    change = text("UPDATE contracts SET salesperson = 'wuqian' WHERE contract_no = :no")
    with unguarded(session, "contracts"):
        session.execute(change, {"no": other.number})
    commission.accrue_all(session, MARCH, NOW)
    assert withhold(session, debtor.number, "500.00") == [Part(debtor.number, D("6.00"))]
    assert [row.payable for row in commission.payable(session, "wuqian")] == [D("4.80")]


@pytest.mark.rule("C9", "C12")
def test_before_a_receipt_is_taken_back_its_commission_gives_way(session: Session) -> None:
    desk = contract(session, "HT-2026-7101", "250")
    second = desk.finance(K.RECEIPT, "750")
    commission.accrue(session, desk.number, MARCH, NOW)
    withhold(session, desk.number, "5.00")
    commission.payout(session, desk.number, D("4.00"), value_date=TODAY, reference="TC-1", posted_at=NOW)
    with pytest.raises(InvariantBroken, match="commission accrued"):
        ledger.reverse(session, Book.FINANCE, second.seq, reason="退票", posted_at=NOW)

    change = commission.give_way(session, desk.number, D(750), value_date=TODAY, posted_at=NOW, reason="退票")
    assert change == D("-9.00")
    ledger.reverse(session, Book.FINANCE, second.seq, reason="退票", posted_at=NOW)
    assert figures(session, desk.number) == ("3.00", "0.00", "3.00")
    assert commission.withheld_for(session, desk.number).total == 0
    [back] = [one for one in ledger.entries(session, desk.number, kinds=[K.PAYOUT]) if one.amount < 0]
    assert (back.amount, back.reason) == (D("-1.00"), "退票")
    assert ledger.verify(session) == []


@pytest.mark.rule("C9")
def test_giving_way_for_a_receipt_that_has_not_accrued_changes_nothing(session: Session) -> None:
    desk = contract(session, "HT-2026-7101", "250")
    commission.accrue(session, desk.number, MARCH, NOW)
    desk.finance(K.RECEIPT, "750")
    words = {"value_date": TODAY, "posted_at": NOW, "reason": "退票"}
    assert commission.give_way(session, desk.number, D(750), **words) == 0
    assert figures(session, desk.number) == ("3.00", "0.00", "0.00")


@pytest.mark.rule("C12")
def test_the_contracts_accruals_add_up_to_the_departments(session: Session) -> None:
    desks = [contract(session, f"HT-2026-71{n:02d}", f"{n}33.33") for n in range(1, 5)]
    total = D("1.59") + D("2.79") + D("3.99") + D("5.19")  # 12 ‰ of 133.33, 233.33 …, cut to the fen
    assert commission.expected(session, MARCH) == total
    assert sum(commission.accrue_all(session, MARCH, NOW).values()) == total
    assert sum(ledger.account(session, desk.number).accrued for desk in desks) == total
    posted = select(ledger.LedgerEntry.amount).where(ledger.LedgerEntry.kind == K.COMMISSION)
    assert sum(session.scalars(posted)) == total
