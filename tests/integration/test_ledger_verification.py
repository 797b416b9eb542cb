"""Every way to move the sums behind the entries' back is found: accounts, goods, balances, rules, terms (C4)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import NUMBER, Desk, in_force, unguarded
from workers import ledger
from workers.ledger import EntryKind

pytestmark = pytest.mark.tampers("each way to move the sums behind the entries' back")


@pytest.fixture
def desk(session: Session) -> Desk:
    desk = Desk(session, in_force(session))
    desk.delivered("40")
    desk.finance(EntryKind.RECEIPT, "650.00")
    desk.finance(EntryKind.BALANCE, "5.00")
    return desk


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    ("table", "change", "codes"),
    [
        ("ledger_accounts", "UPDATE ledger_accounts SET received = received - 1", {"account_differs"}),
        ("ledger_accounts", "UPDATE ledger_accounts SET delivered = 0", {"account_differs"}),
        ("ledger_accounts", "DELETE FROM ledger_accounts", {"account_missing"}),
        ("ledger_accounts", "UPDATE ledger_accounts SET invoice_gate_percent = 10", {"terms_differ"}),
        ("ledger_goods", "UPDATE ledger_goods SET produced = produced + 1", {"goods_differ"}),
        (
            "ledger_goods",
            "UPDATE ledger_goods SET ordered = 99",
            {"goods_not_as_sealed", "lines_differ"},
        ),
        (
            "ledger_goods",
            "UPDATE ledger_goods SET ordered = 200, unit_price = 5",
            {"goods_not_as_sealed"},
        ),
        ("ledger_goods", "DELETE FROM ledger_goods", {"goods_differ", "goods_not_as_sealed"}),
        ("ledger_customers", "UPDATE ledger_customers SET balance = 6", {"balance_differs"}),
        ("ledger_customers", "DELETE FROM ledger_customers", {"balance_differs"}),
        ("ledger_customers", "INSERT INTO ledger_customers VALUES ('X', 1)", {"balance_differs"}),
    ],
)
def test_sums_that_do_not_follow_the_entries_are_found(
    desk: Desk, table: str, change: str, codes: set[str]
) -> None:
    assert ledger.verify(desk.session) == []
    with unguarded(desk.session, table):
        desk.session.execute(text(change))
    findings = ledger.verify(desk.session)
    assert {one.code for one in findings} == codes
    assert {one.contract_no for one in findings} <= {NUMBER, None}


@pytest.mark.rule("C4")
def test_a_rule_that_the_database_no_longer_checks_is_found_and_what_broke_it_meanwhile(desk: Desk) -> None:
    session = desk.session
    session.execute(
        text("ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_received_within_amount")
    )
    assert {one.code for one in ledger.verify(session)} == {"check_missing"}
    with unguarded(session, "ledger_accounts"):
        session.execute(text("UPDATE ledger_accounts SET received = 1001"))
    found = {one.code: one.message for one in ledger.verify(session)}
    assert set(found) == {"check_missing", "invariant_broken", "account_differs"}
    assert "C4, A6: received_within_amount" in found["invariant_broken"]


@pytest.mark.rule("C4")
def test_an_entry_in_the_wrong_book_is_found(desk: Desk) -> None:
    with unguarded(desk.session, "ledger_entries"):
        desk.session.execute(
            text(
                "UPDATE ledger_entries SET kind = 'invoice_request' WHERE book = 'finance' AND kind = 'balance'"
            )
        )
    codes = {one.code for one in ledger.verify(desk.session)}
    assert codes == {"entry_altered", "kind_of_other_book", "balance_differs"}
