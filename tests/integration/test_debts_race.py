"""Two receipts at once, on a database of their own because they commit (A6, X6)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.debts_desk import NOW, TODAY, contract_of
from workers import debts, ledger
from workers.database.engine import make_engine
from workers.database.migrate import upgrade
from workers.database.unit_of_work import UnitOfWork
from workers.stack.supervisor import Stack


@pytest.fixture(scope="module")
def committing(stack: Stack) -> Iterator[sessionmaker[Session]]:
    """Sessions that commit, on a fresh database with two contracts of 10,000 yuan."""
    url = make_url(stack.database_url)
    superuser = url.set(
        username="postgres", password=stack.credentials.password("database", "postgres"), database="postgres"
    )
    server = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE debts_race OWNER salesflow"))
    own = url.set(database="debts_race").render_as_string(hide_password=False)
    upgrade(own)
    engine = make_engine(own)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with UnitOfWork(sessions) as uow:
        contract_of(uow.session)
        contract_of(uow.session, "HT-2026-8002", customer_no="K0002")
    yield sessions
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE debts_race WITH (FORCE)"))
    server.dispose()


def both(sessions: sessionmaker[Session], *moneys: tuple[str, str, str]) -> list[debts.Received | str]:
    """Book (contract, amount, bank reference) in two transactions that begin together."""
    together = Barrier(2, timeout=30)

    def book(money: tuple[str, str, str]) -> debts.Received | str:
        contract_no, amount, reference = money
        try:
            with UnitOfWork(sessions) as uow:
                together.wait()
                return debts.receive(
                    uow.session,
                    contract_no=contract_no,
                    amount=Decimal(amount),
                    value_date=TODAY,
                    bank_reference=reference,
                    posted_at=NOW,
                )
        except debts.DuplicateReceipt as error:
            return error.first.contract_no

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(book, moneys))


@pytest.mark.rule("A6", "C4", "X6")
def test_two_receipts_at_once_never_exceed_the_contract(committing: sessionmaker[Session]) -> None:
    one, other = both(committing, ("HT-2026-8001", "7000.00", "同时1"), ("HT-2026-8001", "7000.00", "同时2"))
    assert isinstance(one, debts.Received)
    assert isinstance(other, debts.Received)
    assert sorted([one.principal, other.principal]) == [Decimal("3000.00"), Decimal("7000.00")]
    with UnitOfWork(committing) as uow:
        assert ledger.account(uow.session, "HT-2026-8001").received == Decimal("10000.00")
        assert ledger.customer_balance(uow.session, "K0001") == Decimal("4000.00")


@pytest.mark.rule("A6", "X6")
@pytest.mark.parametrize("turn", range(3))
def test_one_bank_reference_at_once_is_booked_once(committing: sessionmaker[Session], turn: int) -> None:
    reference = f"同一笔{turn}"
    found = both(committing, ("HT-2026-8001", "10.00", reference), ("HT-2026-8002", "10.00", reference))
    refused = [one for one in found if isinstance(one, str)]
    assert len(refused) == 1
    with UnitOfWork(committing) as uow:
        booked = debts.find(uow.session, reference)
        assert booked is not None
        assert refused == [booked.contract_no]
