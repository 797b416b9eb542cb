"""Debts on the real database: positions, money in every order, holds and grades."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.debts_desk import (
    NOW,
    PRICE,
    TODAY,
    at,
    contract_of,
    deliver,
    finance,
    pay,
    rule_from,
)
from workers import debts, ledger, signals
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.signals import Signal

DELIVERED = date(2026, 5, 31)


@pytest.fixture
def number(session: Session) -> str:
    """A contract of 10,000 yuan, delivered and due on 31 May; no interest before 1 June."""
    made = contract_of(session)
    deliver(session, made, DELIVERED)
    return made


def told(session: Session, key: str) -> set[str]:
    """The messages that somebody is to hear."""
    return set(session.scalars(select(Signal.message).where(Signal.business_key == key)))


@pytest.mark.rule("A1")
@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)],
)
def test_a_debt_ages_by_exact_days(session: Session, number: str, days: int, bucket: int) -> None:
    found = debts.position(session, number, DELIVERED + timedelta(days=days))
    assert found.buckets == {
        name: PRICE if place == bucket else 0 for place, name in enumerate(debts.BUCKETS)
    }
    assert (found.overdue_days, found.due) == (days, PRICE)
    assert found.oldest_due_on == (DELIVERED if days else None)


@pytest.mark.rule("A1")
def test_the_jointing_report_makes_the_last_part_due(session: Session) -> None:
    made = contract_of(session, terms="T30-60-10", needs_jointing=True)
    deliver(session, made, DELIVERED)
    assert sum(item.amount for item in debts.due_items(session, made, TODAY)) == Decimal("9000.00")
    debts.note_acceptance(session, made, date(2026, 6, 10))
    items = debts.due_items(session, made, TODAY)
    assert (items[-1].due_on, items[-1].amount) == (date(2026, 7, 10), Decimal("1000.00"))


@pytest.mark.rule("C10", "A5")
@pytest.mark.parametrize(
    ("delivered", "paid", "never"),
    [(100, "2999.99", "1000.00"), (100, "3000", "0"), (99, "2999.99", "0")],
)
def test_the_last_part_is_never_due_when_no_first_payment_lets_anybody_join(
    session: Session, delivered: int, paid: str, never: str
) -> None:
    made = contract_of(session, terms="T30-60-10", needs_jointing=True)
    deliver(session, made, DELIVERED, delivered)
    pay(session, made, paid, DELIVERED)
    assert debts.never_due(session, made, TODAY) == Decimal(never)
    assert debts.never_due(session, made, DELIVERED) == 0, "what falls due today may still be paid"
    debts.note_acceptance(session, made, TODAY)
    assert debts.never_due(session, made, TODAY) == 0


@pytest.mark.rule("A3")
def test_interest_is_posted_by_its_difference_and_stops_on_what_was_paid(
    session: Session, number: str
) -> None:
    [posted] = debts.post_interest(session, number, date(2026, 6, 10), at(date(2026, 6, 10)))
    assert posted is not None
    assert posted.amount == Decimal("50.00")  # 1 to 10 June, 5 yuan a day
    assert debts.post_interest(session, number, date(2026, 6, 10), NOW) == []
    pay(session, number, "6000.00", date(2026, 6, 11))
    # from 11 June on 4,000: 20 days at 2 yuan
    assert [one.amount for one in finance(session, number, EntryKind.INTEREST)] == [
        Decimal("50.00"),
        Decimal("40.00"),
    ]


@pytest.mark.rule("A3", "C12")
def test_a_late_paper_takes_interest_back(session: Session, number: str) -> None:
    debts.post_interest(session, number, TODAY, NOW)
    pay(session, number, "4000.00", date(2026, 6, 11))
    assert [one.amount for one in finance(session, number, EntryKind.INTEREST)] == [
        Decimal("150.00"),
        Decimal("-40.00"),
    ]


@pytest.mark.rule("A3", "C1")
def test_each_day_bears_the_rate_of_its_policy(session: Session, number: str) -> None:
    rule_from(session, date(2026, 6, 11), interest_per_day=Decimal(10))
    found = debts.position(session, number, date(2026, 6, 12))
    assert found.interest_accrued == Decimal("70.00")  # ten days at 5, two at 10


@pytest.mark.rule("A3", "C11")
@pytest.mark.parametrize(
    ("first", "parts"),
    [("principal", ("10000.00", "50.00", "450.00")), ("interest", ("10000.00", "50.00", "450.00"))],
)
def test_everything_paid_in_one_sum_leaves_the_surplus_as_balance(
    session: Session, number: str, first: str, parts: tuple[str, ...]
) -> None:
    rule_from(session, date(2026, 6, 1), interest_first=first)
    got = pay(session, number, "10500.00", date(2026, 6, 11))
    assert (str(got.principal), str(got.interest), str(got.surplus)) == parts
    assert ledger.customer_balance(session, "K0001") == Decimal("450.00")
    account = ledger.account(session, number)
    assert (account.received, account.interest_paid) == (PRICE, Decimal("50.00"))


@pytest.mark.rule("A3", "C11")
@pytest.mark.parametrize(
    ("first", "parts"), [("principal", ("6000.00", "0.00")), ("interest", ("5950.00", "50.00"))]
)
def test_the_policy_says_what_a_part_payment_pays_first(
    session: Session, number: str, first: str, parts: tuple[str, str]
) -> None:
    rule_from(session, date(2026, 6, 1), interest_first=first)
    got = pay(session, number, "6000.00", date(2026, 6, 11))
    assert (str(got.principal), str(got.interest)) == parts
    assert str(ledger.account(session, number).received) == parts[0]


@pytest.mark.rule("A6")
def test_a_known_bank_reference_is_refused_with_its_first_booking(session: Session, number: str) -> None:
    pay(session, number, "100.00", TODAY)
    other = contract_of(session, "HT-2026-8002")
    with pytest.raises(debts.DuplicateReceipt, match=number) as caught:
        pay(session, other, "100.00", TODAY)
    assert caught.value.first.contract_no == number
    assert ledger.account(session, other).received == 0


@pytest.mark.rule("A6", "C4")
def test_money_booked_by_mistake_is_taken_back_and_may_come_again(session: Session, number: str) -> None:
    other = contract_of(session, "HT-2026-8002")
    pay(session, number, "100.00", TODAY)
    debts.take_back(session, "流水1", reason="合同号登记错误", posted_at=NOW)
    assert ledger.account(session, number).received == 0
    pay(session, other, "100.00", TODAY)
    debts.take_back(session, "流水1", reason="原登记无误", posted_at=NOW)
    pay(session, number, "100.00", TODAY)
    assert ledger.account(session, number).received == Decimal("100.00")
    with pytest.raises(InvalidInput):
        debts.take_back(session, "流水2", reason="没有", posted_at=NOW)


@pytest.mark.rule("A6", "X6")
def test_money_that_comes_again_under_its_reference_is_told_again(session: Session, number: str) -> None:
    for told in (1, 2, 3):
        pay(session, number, f"{told}00.00", TODAY)
        unread = select(Signal).where(
            Signal.message == "Msg_PaymentForInvoice",
            Signal.business_key == number,
            Signal.read_at.is_(None),
        )
        assert len(session.scalars(unread).all()) == 1
        signals.mark_read(session, "Msg_PaymentForInvoice", number, NOW)
        debts.take_back(session, "流水1", reason="金额登记错误", posted_at=NOW)


@pytest.mark.rule("A3", "C12")
@pytest.mark.parametrize("first", ["principal", "interest"])
def test_the_order_of_the_papers_does_not_change_the_books(session: Session, first: str) -> None:
    punctual, late = contract_of(session), contract_of(session, "HT-2026-8002", customer_no="K0002")
    rule_from(session, date(2026, 6, 1), interest_first=first)
    moneys = [("4000.00", date(2026, 6, 11)), ("7000.00", date(2026, 6, 21))]
    for made, order in ((punctual, moneys), (late, moneys[::-1])):
        deliver(session, made, DELIVERED)
        for amount, on in order:
            pay(session, made, amount, on, f"{made} {on}")
    one, other = ledger.account(session, punctual), ledger.account(session, late)
    assert (one.received, one.interest, one.interest_paid) == (
        other.received,
        other.interest,
        other.interest_paid,
    )
    assert ledger.customer_balance(session, "K0001") == ledger.customer_balance(session, "K0002")
    assert one.received + one.interest_paid + ledger.customer_balance(session, "K0001") == Decimal("11000.00")


def book(session: Session, number: str, of: Book, kind: EntryKind, amount: str, paper: str) -> None:
    """An entry of today."""
    ledger.post(session, of, kind, number, Decimal(amount), value_date=TODAY, reference=paper, posted_at=NOW)


@pytest.mark.rule("C9", "C11", "C12", "A6")
def test_later_money_with_invoice_and_commission_on_it_is_booked_anew_where_they_stand_in_the_end(
    session: Session, number: str
) -> None:
    pay(session, number, "10500.00", date(2026, 6, 21), "流水2")
    book(session, number, Book.FINANCE, EntryKind.INVOICE, "10000.00", "FP-1")
    book(
        session, number, Book.SALES, EntryKind.COMMISSION, str(ledger.account(session, number).earned), "6月"
    )
    got = pay(session, number, "1000.00", date(2026, 6, 11))
    assert got == debts.Received(Decimal("1000.00"), Decimal("0.00"), Decimal("0.00"))
    later = debts.find(session, "流水2")
    assert later is not None
    assert (later.principal, later.booking) == (Decimal("9000.00"), 2)
    assert ledger.account(session, number).received == PRICE
    assert ledger.verify(session) == []


@pytest.mark.rule("C9", "C11", "A6")
def test_later_money_on_which_commission_stands_is_left_alone_where_it_would_not_stand_in_the_end(
    session: Session,
) -> None:
    """Delivery was booked late: by value date the later money would have paid interest instead of principal."""
    number = contract_of(session)
    rule_from(session, date(2026, 6, 1), interest_first="interest")
    pay(session, number, "10000.00", date(2026, 6, 21), "流水2")
    book(
        session, number, Book.SALES, EntryKind.COMMISSION, str(ledger.account(session, number).earned), "6月"
    )
    deliver(session, number, DELIVERED)
    got = pay(session, number, "1.00", date(2026, 6, 11))
    assert got == debts.Received(Decimal("0.00"), Decimal("1.00"), Decimal("0.00"), kept=("流水2",))
    assert ledger.account(session, number).received == PRICE
    assert ledger.verify(session) == []


@pytest.mark.rule("C13", "A6")
def test_money_for_a_terminated_contract_becomes_a_balance(session: Session) -> None:
    made = contract_of(session)
    ledger.set_status(session, made, "terminated")
    assert pay(session, made, "300.00", TODAY).surplus == Decimal("300.00")
    assert ledger.customer_balance(session, "K0001") == Decimal("300.00")


@pytest.mark.rule("A5", "X6")
def test_money_wakes_whoever_waits_for_it(session: Session, number: str) -> None:
    debts.open_case(session, number, "CS-2026-0001", NOW)
    pay(session, number, "100.00", TODAY)
    strands = {"Msg_PaymentReceived", "Msg_PaymentForInvoice"}
    assert told(session, number) == strands
    assert told(session, "CS-2026-0001") == {"Msg_OverduePayment"}
    pay(session, number, "20000.00", TODAY, "流水2")
    assert told(session, "CS-2026-0001") == {"Msg_OverduePayment", "Msg_OverdueSettled"}
    debts.close_case(session, "CS-2026-0001", NOW)
    assert debts.open_case_of(session, number) is None


@pytest.mark.rule("C10", "X6")
def test_money_wakes_the_jointing_work_of_a_contract_that_has_any(session: Session) -> None:
    made = contract_of(session, needs_jointing=True)
    pay(session, made, "100.00", TODAY)
    assert "Msg_PaymentForJointing" in told(session, made)


@pytest.mark.rule("A2")
@pytest.mark.parametrize(("days", "grade"), [(0, "A"), (1, "B"), (30, "B"), (31, "C"), (90, "C"), (91, "D")])
@pytest.mark.usefixtures("number")
def test_the_longest_overdue_of_a_year_grades_the_customer(session: Session, days: int, grade: str) -> None:
    assert debts.grade(session, "K0001", DELIVERED + timedelta(days=days)) == grade
    assert debts.grades(session, DELIVERED + timedelta(days=days))["K0001"] == grade
    assert debts.grade(session, "K9999", TODAY) is None


@pytest.mark.rule("A2", "A3")
def test_a_hold_is_placed_once_released_with_a_reason_and_remembered(session: Session, number: str) -> None:
    for _ in range(2):
        debts.place_hold(session, "K0001", case_no="CS-2026-0001", reason="逾期31天", by="系统", at=NOW)
    assert debts.grade(session, "K0001", TODAY) == "D"
    released = debts.release_hold(session, "K0001", reason="已签还款协议", by="zhouminhua", at=NOW)
    assert released is not None
    assert (released.released_by, released.release_reason) == ("zhouminhua", "已签还款协议")
    assert debts.hold_of(session, "K0001") is None
    assert debts.release_hold(session, "K0001", reason="再次", by="zhouminhua", at=NOW) is None
    assert "Msg_StockChanged" in told(session, number)
    assert debts.grade(session, "K0001", TODAY) == "C"


@pytest.mark.rule("A1")
def test_all_contracts_are_read_at_once_as_they_are_one_by_one(session: Session, number: str) -> None:
    contract_of(session, "HT-2026-8002", terms="T30-70")
    found = {row.contract_no: one for row, one in debts.positions(session, TODAY)}
    assert {number, "HT-2026-8002"} <= set(found)
    for made, one in found.items():
        assert one == debts.position(session, made, TODAY)
