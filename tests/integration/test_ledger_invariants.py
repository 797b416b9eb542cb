"""Entries move the sums, and none that breaks a rule gets into a book, whoever makes it (C4, C7–C13, A4, A6)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import CUSTOMER, NOW, NUMBER, Desk, in_force, line
from workers import ledger
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, InvariantBroken
from workers.ledger.invariants import RULES

K = EntryKind


@pytest.fixture
def desk(session: Session) -> Desk:
    """A contract over 1,000 yuan: 100 metres at 10 yuan; commission 12 per mille, invoices from 60 %."""
    return Desk(session, in_force(session))


def broken_by(action: Callable[[], object]) -> set[str]:
    """The rules that an entry was refused for."""
    with pytest.raises(InvariantBroken) as refused:
        action()
    return {rule.name for rule in refused.value.rules}


@pytest.mark.rule("C4", "C8")
def test_goods_and_money_are_kept_from_the_entries(desk: Desk) -> None:
    desk.delivered("40")
    desk.finance(K.RECEIPT, "650.00")
    desk.finance(K.INVOICE, "600.00")
    desk.sales(K.COMMISSION, "7.80")
    desk.finance(K.OFFSET, "2.80")
    desk.finance(K.PAYOUT, "5.00")
    account = desk.account
    assert (account.amount, account.received, account.outstanding) == (1000, 650, 350)
    assert (account.produced, account.stored, account.dispatched, account.delivered) == (400, 400, 400, 400)
    assert (account.percent_received, account.earned, account.payable) == (65, Decimal("7.80"), 0)
    goods = desk.line
    assert (goods.in_stock, goods.to_produce, goods.to_deliver) == (0, 60, 60)
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C8")
def test_goods_that_come_back_can_go_out_again(desk: Desk) -> None:
    desk.delivered("100")
    desk.goods(K.RETURN, "30", book=Book.FINANCE)
    desk.goods(K.RETURN, "30")
    desk.goods(K.SCRAP, "5")
    assert (desk.line.in_stock, desk.line.to_produce, desk.line.to_deliver) == (25, 5, 30)
    assert (desk.account.delivered, desk.account.stored) == (700, 950)
    assert broken_by(lambda: desk.goods(K.DISPATCH, "30")) == {"dispatched_within_stored"}
    desk.goods(K.DISPATCH, "25")
    desk.goods(K.DELIVERY, "25", book=Book.FINANCE)
    assert desk.account.delivered == 950
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C7", "C8")
def test_no_more_is_stored_dispatched_or_delivered_than_there_is(desk: Desk) -> None:
    assert broken_by(lambda: desk.goods(K.INBOUND, "1")) == {"stored_within_produced"}
    desk.goods(K.PRODUCTION, "120")
    desk.goods(K.INBOUND, "110")
    assert broken_by(lambda: desk.goods(K.DISPATCH, "110.001")) == {
        "dispatched_within_stored",
        "dispatched_within_ordered",
    }
    assert broken_by(lambda: desk.goods(K.DISPATCH, "101")) == {"dispatched_within_ordered"}
    desk.goods(K.DISPATCH, "50")
    assert broken_by(lambda: desk.goods(K.DELIVERY, "50.001", book=Book.FINANCE)) == {
        "delivered_within_dispatched"
    }
    assert broken_by(lambda: desk.goods(K.RETURN, "60")) == {"delivered_within_dispatched"}


@pytest.mark.rule("C4", "A6")
def test_no_more_is_received_than_the_contract_asks_for(desk: Desk) -> None:
    desk.finance(K.RECEIPT, "999.99")
    assert broken_by(lambda: desk.finance(K.RECEIPT, "0.02")) == {"received_within_amount"}
    desk.finance(K.WRITE_OFF, "0.01")
    assert broken_by(lambda: desk.finance(K.RECEIPT, "0.01")) == {"received_within_amount"}


@pytest.mark.rule("C11")
def test_an_invoice_waits_for_60_percent_and_stays_within_the_contract(desk: Desk) -> None:
    receipt = desk.finance(K.RECEIPT, "599.90")
    assert desk.account.percent_received == Decimal("59.99")
    assert broken_by(lambda: desk.finance(K.INVOICE, "0.01")) == {"invoiced_behind_the_gate"}
    desk.finance(K.RECEIPT, "0.10")
    assert desk.account.percent_received == Decimal("60.00")
    desk.finance(K.INVOICE, "1000.00")
    assert broken_by(lambda: desk.finance(K.INVOICE, "0.01")) == {"invoiced_within_amount"}
    undo = {"reason": "退汇", "posted_at": NOW}
    assert broken_by(lambda: ledger.reverse(desk.session, Book.FINANCE, receipt.seq, **undo)) == {
        "invoiced_behind_the_gate"
    }
    desk.finance(K.CREDIT_NOTE, "1000.00")
    ledger.reverse(desk.session, Book.FINANCE, receipt.seq, **undo)
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C9", "C12", "A4")
def test_commission_stays_within_what_was_earned_and_is_withheld_to_zero_and_not_below(desk: Desk) -> None:
    assert broken_by(lambda: desk.sales(K.COMMISSION, "0.01")) == {"commission_within_earned"}
    desk.finance(K.RECEIPT, "500.00")
    assert broken_by(lambda: desk.sales(K.COMMISSION, "6.01")) == {"commission_within_earned"}
    desk.sales(K.COMMISSION, "6.00")
    desk.finance(K.PAYOUT, "2.00")
    assert broken_by(lambda: desk.finance(K.OFFSET, "4.01")) == {"commission_paid_within_accrued"}
    desk.finance(K.OFFSET, "4.00")
    assert desk.account.payable == 0
    assert broken_by(lambda: desk.finance(K.PAYOUT, "0.01")) == {"commission_paid_within_accrued"}
    assert broken_by(lambda: desk.finance(K.OFFSET, "-4.01")) == {"sums_not_negative"}
    desk.finance(K.OFFSET, "-4.00")
    assert desk.account.payable == 4


@pytest.mark.rule("A6")
def test_a_customers_balance_is_kept_with_and_without_a_contract(desk: Desk) -> None:
    session = desk.session
    desk.finance(K.BALANCE, "80.00")
    free = {"value_date": NOW.date(), "posted_at": NOW, "customer_no": CUSTOMER}
    ledger.post(session, Book.FINANCE, K.BALANCE, None, Decimal(20), reference="回单-9", **free)
    with pytest.raises(ledger.AlreadyBooked):
        ledger.post(session, Book.FINANCE, K.BALANCE, None, Decimal(20), reference="回单-9", **free)
    assert ledger.customer_balance(session, CUSTOMER) == 100
    assert broken_by(
        lambda: ledger.post(
            session, Book.FINANCE, K.BALANCE, None, Decimal("-100.01"), reference="退-1", **free
        )
    ) == {"balance_not_negative"}
    ledger.post(session, Book.FINANCE, K.BALANCE, None, Decimal(-100), reference="退-1", **free)
    assert ledger.customer_balance(session, CUSTOMER) == 0
    assert ledger.verify(session) == []


@pytest.mark.rule("C8")
def test_the_values_of_partial_deliveries_add_up_to_the_lines_amount(session: Session) -> None:
    number = in_force(session, lines=[line(price="0.33", ordered="10")])
    desk = Desk(session, number)
    desk.goods(K.PRODUCTION, "10")
    amounts = [desk.goods(K.INBOUND, part).amount for part in ("0.5", "0.5", "0.5", "0.5", "8")]
    assert amounts == [Decimal(one) for one in ("0.17", "0.16", "0.17", "0.16", "2.64")]
    assert sum(amounts) == Decimal("3.30") == desk.account.stored


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    ("book", "kind", "fields", "words"),
    [
        (Book.SALES, K.RECEIPT, {"amount": "1"}, "does not take it"),
        (Book.FINANCE, K.DISPATCH, {"quantity": Decimal(1), "line_no": 1, "amount": "1"}, "does not take it"),
        (Book.FINANCE, K.RECEIPT, {"amount": "-1"}, "only a reversal"),
        (Book.FINANCE, K.RECEIPT, {"amount": "0.001"}, "fractions"),
        (Book.FINANCE, K.RECEIPT, {"amount": "1", "reference": " "}, "no number"),
        (Book.FINANCE, K.RECEIPT, {"amount": "1", "customer_no": CUSTOMER}, "only a balance"),
        (Book.SALES, K.PRODUCTION, {"amount": "1"}, "a line and a quantity"),
        (Book.SALES, K.PRODUCTION, {}, "must be given"),
        (Book.SALES, K.PRODUCTION, {"line_no": 9, "quantity": Decimal(1)}, "no line 9"),
    ],
)
def test_what_no_book_takes_is_refused(
    desk: Desk, book: Book, kind: EntryKind, fields: dict[str, object], words: str
) -> None:
    before = len(ledger.entries(desk.session, NUMBER))
    with pytest.raises(InvalidInput, match=words):
        desk.post(book, kind, **fields)  # type: ignore[arg-type]
    assert len(ledger.entries(desk.session, NUMBER)) == before


@pytest.mark.rule("C4")
def test_the_database_checks_every_invariant_word_by_word_as_the_code_states_it(session: Session) -> None:
    query = text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'c' AND conrelid::regclass::text = ANY(:tables)"
    )
    stands = dict(session.execute(query, {"tables": list(RULES)}).all())
    # the database writes conditions its own way: it says what the code's condition looks like there
    for table, rules in RULES.items():
        session.execute(text(f"CREATE TEMP TABLE stated_{table} (LIKE {table}) ON COMMIT DROP"))
        for rule in rules:
            check = f"ALTER TABLE stated_{table} ADD CONSTRAINT ck_{table}_{rule.name} CHECK ({rule.sql})"
            session.execute(text(check))
    stated = dict(session.execute(query, {"tables": [f"stated_{table}" for table in RULES]}).all())
    assert len(stated) == sum(map(len, RULES.values()))
    assert stands == stated


@pytest.mark.rule("C4")
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_accounts SET received = 1",
        "INSERT INTO ledger_accounts (contract_no, commission_permille, invoice_gate_percent) VALUES ('X', 1, 1)",
        "DELETE FROM ledger_accounts",
        "UPDATE ledger_goods SET produced = 100",
        "DELETE FROM ledger_goods",
        "INSERT INTO ledger_customers (customer_no, balance) VALUES ('X', 1)",
        "TRUNCATE ledger_customers",
    ],
)
def test_nobody_moves_the_sums_but_the_entries(session: Session, change: str) -> None:
    with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
        session.execute(text(change))
