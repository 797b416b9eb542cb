"""The whole way from the declaration into both ledgers on the real database, and what is kept of it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW, TODAY, ContractDesk
from workers import ledger
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, LedgerEntry
from workers.ledger.views import UnknownContract


@pytest.fixture
def desk(session: Session) -> ContractDesk:
    return ContractDesk(session)


def receipt(
    session: Session, number: str, amount: str = "100.00", reference: str = "银行回单1"
) -> LedgerEntry:
    """Finance books money received."""
    return ledger.post(
        session,
        Book.FINANCE,
        EntryKind.RECEIPT,
        number,
        Decimal(amount),
        value_date=TODAY,
        reference=reference,
        posted_at=NOW,
    )


def codes(session: Session, **options: Any) -> set[str]:
    """What a verification finds."""
    return {finding.code for finding in ledger.verify(session, **options)}


@pytest.mark.rule("C4")
def test_a_sealed_contract_enters_both_books(desk: ContractDesk) -> None:
    number = desk.until_registered()
    shown = ledger.show(desk.session, number)
    assert shown.status == "in_force"
    assert [entry.amount for entry in shown.books["sales"]] == [shown.amount]
    assert [entry.amount for entry in shown.books["finance"]] == [shown.amount]
    assert number in shown.books["sales"][0].reference
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C4", "X6")
def test_entering_a_contract_twice_enters_it_once(desk: ContractDesk) -> None:
    desk.until_registered()
    first, second = desk.register(), desk.register()
    assert (first.sales_seq, first.finance_seq) == (second.sales_seq, second.finance_seq)
    assert len(desk.session.scalars(select(LedgerEntry)).all()) == 2
    notes = [line for line in second.case_history if line.action == "登记台帐"]
    assert len(notes) == 1


@pytest.mark.rule("C4")
def test_nothing_enters_the_books_without_a_seal(desk: ContractDesk) -> None:
    desk.until_sealing()
    with pytest.raises(InvalidInput):
        desk.register()


@pytest.mark.rule("C4")
def test_the_view_shows_figures_signatures_and_entries_as_the_command_promises(desk: ContractDesk) -> None:
    number = desk.until_registered()
    receipt(desk.session, number, "50000.00")
    shown = json.loads(ledger.show(desk.session, number).model_dump_json())
    assert list(shown)[:9] == [
        "contract_no",
        "customer",
        "amount",
        "received",
        "delivered",
        "invoiced",
        "status",
        "approvals",
        "books",
    ]
    assert (shown["amount"], shown["received"], shown["delivered"]) == ("74160.00", "50000.00", "0.00")
    assert list(shown["books"]) == ["sales", "finance"]
    assert set(shown["books"]["finance"][1]) >= {"seq", "kind", "amount", "at", "reference"}
    assert [(one["post"], one["signer"], one["decision"]) for one in shown["approvals"]] == [
        ("sales_manager", "zhangwei", "approve"),
        ("general_manager", "wangjianguo", "approve"),
        ("sales_manager", "zhangwei", "approve"),
        ("finance", "xuhong", "approve"),
    ]
    with pytest.raises(UnknownContract):
        ledger.show(desk.session, "HT-2026-9999")


@pytest.mark.rule("C4", "X5", "X6")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET amount = amount + 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "UPDATE approval_records SET comment = '改'",
        "DELETE FROM approval_records",
        "TRUNCATE approval_records",
        "UPDATE seal_register SET copies = 9",
        "DELETE FROM seal_register",
        "TRUNCATE seal_register",
        "UPDATE customer_signatures SET signer = '别人'",
        "DELETE FROM case_events",
        "UPDATE contracts SET amount = amount + 1",
        "UPDATE contracts SET customer_name = '别人'",
        "DELETE FROM contracts",
        "UPDATE contract_versions SET total = total + 1",
        "UPDATE contract_versions SET state = 'void'",
        "DELETE FROM contract_versions",
        "UPDATE documents SET content = 'x', sha256 = encode(sha256('x'), 'hex')",
        "DELETE FROM documents",
        "UPDATE ledger_books SET last_seq = last_seq + 2",
        "UPDATE ledger_books SET last_hash = ''",
        "DELETE FROM ledger_books",
        "TRUNCATE ledger_books, ledger_entries",
    ],
)
def test_the_database_refuses_to_change_what_was_entered(desk: ContractDesk, change: str) -> None:
    desk.until_registered()
    with pytest.raises(DBAPIError, match=r"refuse|one entry"), desk.session.begin_nested():
        desk.session.execute(text(change))
    desk.session.expire_all()
    assert ledger.verify(desk.session) == []


@pytest.mark.rule("C4", "X6")
def test_a_contract_that_was_sealed_long_ago_and_never_entered_is_found(desk: ContractDesk) -> None:
    desk.until_sealing()
    desk.seal()
    assert "contract_without_entries" in codes(desk.session, grace=timedelta(0))
    desk.register()
    assert codes(desk.session, grace=timedelta(0)) == set()
