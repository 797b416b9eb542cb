"""Money that comes twice at the same moment, on a database of their own because these tests commit (A6, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.databases import DatabaseServer
from tests.integration.debts_desk import contract_of
from tests.integration.racing import Sessions, own_database, together
from tests.integration.receipts_desk import ReceiptsDesk, row, statement
from workers import ledger
from workers.database.unit_of_work import UnitOfWork
from workers.receipts.store import Receipt, StatementLine

A, B = "HT-2026-8001", "HT-2026-8002"
Act = Callable[[ReceiptsDesk], object]


@pytest.fixture
def sessions(server: DatabaseServer) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh database with two contracts of 10,000 yuan."""
    with own_database(server, "receipts_race") as found:
        with UnitOfWork(found) as uow:
            contract_of(uow.session)
            contract_of(uow.session, B)
        yield found


def cases_together(sessions: Sessions, *acts: Act) -> list[Any]:
    """Cases that are opened one after the other and act at the same moment, each in a transaction of its own."""
    opened: list[tuple[str, str]] = []
    for number in range(len(acts)):
        with UnitOfWork(sessions) as uow:
            desk = ReceiptsDesk(uow.session, f"instance{number}")
            desk.open()
            opened.append((desk.instance, desk.case_no))
    return together(
        sessions,
        *(
            lambda session, act=act, case=case: act(ReceiptsDesk(session, *case))
            for act, case in zip(acts, opened, strict=True)
        ),
    )


def received(sessions: Sessions, number: str) -> Decimal:
    with UnitOfWork(sessions) as uow:
        return ledger.account(uow.session, number).received


def booked(sessions: Sessions) -> int:
    with UnitOfWork(sessions) as uow:
        return uow.session.scalar(select(func.count()).select_from(Receipt)) or 0


@pytest.mark.rule("A6", "X6")
def test_one_statement_that_two_people_upload_at_once_is_booked_once(sessions: Sessions) -> None:
    content = statement(
        row("100.00", remark=A), row("200.00", remark=B, reference="2"), row("3.00", "陌生人")
    )
    one, other = cases_together(sessions, *[lambda desk: desk.upload(content)] * 2)
    assert {one.import_outcome, other.import_outcome} == {"again", "done"}
    assert (received(sessions, A), received(sessions, B), booked(sessions)) == (100, 200, 2)
    with UnitOfWork(sessions) as uow:
        assert uow.session.scalar(select(func.count()).select_from(StatementLine)) == 3


@pytest.mark.rule("A6", "X6")
def test_statements_that_overlap_are_imported_at_once_without_a_deadlock(
    sessions: Sessions,
) -> None:
    rows = [row("10.00", remark=A, reference=str(number)) for number in range(5)]
    rows += [row("10.00", remark=B, reference=f"B{number}") for number in range(5)]
    files = [statement(*rows), statement(*reversed(rows)), statement(*rows[3:8])]
    cases_together(sessions, *(lambda desk, file=file: desk.upload(file) for file in files))
    assert (received(sessions, A), received(sessions, B), booked(sessions)) == (50, 50, 10)


@pytest.mark.rule("A6", "X6")
def test_a_payment_that_is_imported_and_entered_by_hand_at_once_is_booked_once(
    sessions: Sessions,
) -> None:
    content = statement(row("100.00", remark=A, reference="同一笔"))
    cases_together(
        sessions,
        lambda desk: desk.upload(content),
        lambda desk: desk.record(contract_no=A, amount="100.00", bank_reference="同一笔"),
        lambda desk: desk.record(
            receipt_action="prepayment", customer_no="K0001", amount="100.00", bank_reference="同一笔"
        ),
    )
    with UnitOfWork(sessions) as uow:
        kept = ledger.account(uow.session, A).received + ledger.customer_balance(uow.session, "K0001")
    assert kept == Decimal("100.00")
    assert booked(sessions) == 1


@pytest.mark.rule("A6", "C4", "X6")
def test_two_receipts_at_once_for_one_contract_never_exceed_it(sessions: Sessions) -> None:
    cases_together(
        sessions,
        lambda desk: desk.record(contract_no=A, amount="7000.00", bank_reference="1"),
        lambda desk: desk.record(contract_no=A, amount="7000.00", bank_reference="2"),
    )
    assert received(sessions, A) == Decimal("10000.00")
    with UnitOfWork(sessions) as uow:
        assert ledger.customer_balance(uow.session, "K0001") == Decimal("4000.00")


@pytest.mark.rule("A6", "X6")
def test_a_balance_is_spent_once(sessions: Sessions) -> None:
    with UnitOfWork(sessions) as uow:
        ReceiptsDesk(uow.session).enter(receipt_action="prepayment", customer_no="K0001", amount="1000.00")
    found = cases_together(
        sessions,
        lambda desk: desk.record(receipt_action="offset", contract_no=A, amount="800.00"),
        lambda desk: desk.record(receipt_action="offset", contract_no=B, amount="800.00"),
    )
    assert sorted(one.has_errors for one in found) == [False, True]
    assert received(sessions, A) + received(sessions, B) == Decimal("800.00")
