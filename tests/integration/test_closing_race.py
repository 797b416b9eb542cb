"""Receipts that arrive while the month is closed: each lands wholly in one month, none is lost (C12, X6)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.closing_desk import ClosingDesk, counted
from tests.integration.ledger_desk import NOW, in_force
from workers import commission, debts, ledger
from workers.commission.rules import completed
from workers.database.engine import make_engine
from workers.database.migrate import upgrade
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import EntryKind, LedgerEntry

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
CONTRACTS = [f"HT-2026-72{number:02d}" for number in range(6)]
PAYMENTS = 5
"""For each contract, of 200 yuan: together its amount."""


@pytest.fixture
def books(database_url: str, request: pytest.FixtureRequest) -> Iterator[sessionmaker[Session]]:
    """Books of their own, whose entries are really committed: six contracts and a closing that is up."""
    schema = f"closing_race_{request.param}"
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    elsewhere = make_url(database_url).update_query_dict({"options": f"-c search_path={schema}"})
    target = elsewhere.render_as_string(hide_password=False)
    upgrade(target)
    engine = make_engine(target, pool_size=12)
    yield sessionmaker(engine, expire_on_commit=False)
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


@pytest.mark.rule("C12", "X6")
@pytest.mark.parametrize("books", range(3), indirect=True)
def test_receipts_that_arrive_while_the_month_is_closed_land_in_one_month_each(
    books: sessionmaker[Session],
) -> None:
    with UnitOfWork(books) as uow:
        for number in CONTRACTS:
            in_force(uow.session, number)
        closing = ClosingDesk(uow.session, NOW)
        opened = closing.open("2026-03", early_reason="提前结账")
        closing.count(counted(opened.counts))
        closing.confirm_sales()
        assert closing.reconcile().reconciled
    together = Barrier(len(CONTRACTS) + 1, timeout=60)

    def receive(contract_no: str) -> None:
        together.wait()
        for number in range(PAYMENTS):
            with UnitOfWork(books) as uow:
                debts.receive(
                    uow.session,
                    contract_no=contract_no,
                    amount=Decimal(200),
                    value_date=NOW.date(),
                    bank_reference=f"{contract_no}-{number}",
                    posted_at=NOW,
                )

    def close() -> str:
        together.wait()
        with UnitOfWork(books) as uow:
            desk = ClosingDesk(uow.session, NOW)
            desk.case_no = "YJ-2026-03"
            return desk.close().close_outcome

    with ThreadPoolExecutor(len(CONTRACTS) + 1) as pool:
        waiting = [pool.submit(receive, number) for number in CONTRACTS]
        outcome = pool.submit(close)
        for one in waiting:
            one.result(timeout=120)
        assert outcome.result(timeout=120) == "closed"

    with UnitOfWork(books) as uow:
        session = uow.session
        period = session.scalars(select(ledger.LedgerPeriod)).one()
        query = select(LedgerEntry).where(LedgerEntry.kind == EntryKind.RECEIPT).order_by(LedgerEntry.seq)
        receipts = session.scalars(query).all()
        assert len(receipts) == len(CONTRACTS) * PAYMENTS
        assert all((one.month == MARCH) == (one.seq <= period.finance_seq) for one in receipts)
        assert {one.month for one in receipts} <= {MARCH, APRIL}
        for number in CONTRACTS:
            in_march = [one.amount for one in receipts if one.contract_no == number and one.month == MARCH]
            account = ledger.account(session, number)
            assert account.received == Decimal(1000)
            assert account.accrued == completed(sum(in_march, Decimal(0)), account.amount, 12)
            commission.accrue(session, number, APRIL, NOW)
            assert ledger.account(session, number).accrued == Decimal("12.00")
        assert ledger.verify(session) == []
