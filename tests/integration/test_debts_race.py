"""Two receipts at once, on a database of their own because they commit (A6, X6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.databases import DatabaseServer
from tests.integration.debts_desk import NOW, TODAY, contract_of
from tests.integration.racing import Sessions, own_database, together
from workers import debts, ledger
from workers.database.unit_of_work import UnitOfWork


@pytest.fixture(scope="module")
def committing(server: DatabaseServer) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh database with two contracts of 10,000 yuan."""
    with own_database(server, "debts_race") as sessions:
        with UnitOfWork(sessions) as uow:
            contract_of(uow.session)
            contract_of(uow.session, "HT-2026-8002", customer_no="K0002")
        yield sessions


def both(sessions: Sessions, *moneys: tuple[str, str, str]) -> list[debts.Received | str]:
    """Book (contract, amount, bank reference) in two transactions that begin together."""

    def book(session: Session, contract_no: str, amount: str, reference: str) -> debts.Received | str:
        savepoint = session.begin_nested()
        try:
            return debts.receive(
                session,
                contract_no=contract_no,
                amount=Decimal(amount),
                value_date=TODAY,
                bank_reference=reference,
                posted_at=NOW,
            )
        except debts.DuplicateReceipt as error:
            savepoint.rollback()
            return error.first.contract_no

    return together(sessions, *(lambda session, money=money: book(session, *money) for money in moneys))


@pytest.mark.rule("A6", "C4", "X6")
def test_two_receipts_at_once_never_exceed_the_contract(committing: Sessions) -> None:
    one, other = both(committing, ("HT-2026-8001", "7000.00", "同时1"), ("HT-2026-8001", "7000.00", "同时2"))
    assert isinstance(one, debts.Received)
    assert isinstance(other, debts.Received)
    assert sorted([one.principal, other.principal]) == [Decimal("3000.00"), Decimal("7000.00")]
    with UnitOfWork(committing) as uow:
        assert ledger.account(uow.session, "HT-2026-8001").received == Decimal("10000.00")
        assert ledger.customer_balance(uow.session, "K0001") == Decimal("4000.00")


@pytest.mark.rule("A6", "X6")
@pytest.mark.parametrize("turn", range(3))
def test_one_bank_reference_at_once_is_booked_once(committing: Sessions, turn: int) -> None:
    reference = f"同一笔{turn}"
    found = both(committing, ("HT-2026-8001", "10.00", reference), ("HT-2026-8002", "10.00", reference))
    refused = [one for one in found if isinstance(one, str)]
    assert len(refused) == 1
    with UnitOfWork(committing) as uow:
        booked = debts.find(uow.session, reference)
        assert booked is not None
        assert refused == [booked.contract_no]
