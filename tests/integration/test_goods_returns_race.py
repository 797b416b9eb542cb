"""Returns that meet something else at the same moment, on a database of its own because these tests commit (C4, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.contract_desk import NOW, TODAY
from tests.integration.fulfilment_desk import ALL, FulfilmentDesk, rows
from tests.integration.returns_desk import ReturnsDesk
from workers import cases, debts, ledger
from workers.database.engine import make_engine
from workers.database.migrate import upgrade
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import EntryKind
from workers.stack.supervisor import Stack

Act = Callable[[FulfilmentDesk], object]


class Shop:
    """A contract that is delivered, paid and invoiced, in a database of its own."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions
        with UnitOfWork(sessions) as uow:
            desk = FulfilmentDesk(uow.session)
            self.number = desk.number
            desk.in_stock()
            desk.deliver(ALL)
            amount = ledger.account(uow.session, desk.number).amount
            desk.pay(amount)
            desk.finance(EntryKind.INVOICE, amount, "发票1")
            debts.note_acceptance(uow.session, desk.number, TODAY)
            desk.all_read()

    def desk(self, uow: UnitOfWork) -> FulfilmentDesk:
        """The contract in another transaction."""
        found = FulfilmentDesk.__new__(FulfilmentDesk)
        found.session, found.number, found.now = uow.session, self.number, NOW
        found.uow = UnitOfWork(lambda: uow.session)
        found.uow.session = uow.session
        return found

    def do(self, act: Act) -> object:
        """One act in a transaction of its own."""
        with UnitOfWork(self.sessions) as uow:
            return act(self.desk(uow))

    def together(self, *acts: Act) -> list[object]:
        """Each act in a transaction of its own, all at the same moment."""
        barrier = Barrier(len(acts), timeout=30)

        def act(one: Act) -> object:
            with UnitOfWork(self.sessions) as uow:
                desk = self.desk(uow)
                barrier.wait()
                return one(desk)

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(act, acts))

    def opened(self, instance: str, steps: Callable[[ReturnsDesk], object] | None = None) -> str:
        """A return, with what was done on it; its number."""

        def act(desk: FulfilmentDesk) -> str:
            back = ReturnsDesk(desk, instance)
            steps(back) if steps else back.open()
            return back.case_no

        return str(self.do(act))


@pytest.fixture
def shop(stack: Stack) -> Iterator[Shop]:
    url = make_url(stack.database_url)
    superuser = url.set(
        username="postgres", password=stack.credentials.password("database", "postgres"), database="postgres"
    )
    server = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE returns_race OWNER salesflow"))
    own = url.set(database="returns_race").render_as_string(hide_password=False)
    upgrade(own)
    engine = make_engine(own)
    yield Shop(sessionmaker(engine, expire_on_commit=False))
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE returns_race WITH (FORCE)"))
    server.dispose()


@pytest.mark.rule("C8", "X6")
def test_of_two_returns_at_once_one_is_filed(shop: Shop) -> None:
    numbers = [shop.opened(f"return{one}") for one in range(2)]
    found = shop.together(
        *(
            lambda desk, one=one, number=number: ReturnsDesk(desk, f"return{one}", number).check(
                rows({1: "100"})
            )
            for one, number in enumerate(numbers)
        )
    )
    assert sorted(one.has_errors for one in found) == [False, True]


@pytest.mark.rule("C4", "C8", "X6")
def test_a_return_and_the_completion_at_once_end_as_one_of_the_two(shop: Shop) -> None:
    number = shop.opened("return")
    filed, outcome = shop.together(
        lambda desk: ReturnsDesk(desk, "return", number).check(rows({1: "1"})),
        lambda desk: desk.complete(),
    )
    assert (filed.has_errors, outcome) in {(False, "open"), (True, "completed")}


@pytest.mark.rule("C8", "X6")
def test_a_return_that_is_booked_twice_at_once_is_booked_once(shop: Shop) -> None:
    number = shop.opened("return", lambda back: back.inspected())

    def book(desk: FulfilmentDesk) -> str:
        try:
            return str(ReturnsDesk(desk, "return", number).book(rows({1: "20"})).book_outcome)
        except cases.CaseEnded:
            return "ended"

    assert sorted(shop.together(book, book)) == ["booked", "ended"]
    assert shop.do(lambda desk: desk.goods().returned) == 20


@pytest.mark.rule("C8", "X4", "X6")
def test_a_withdrawal_and_the_warehouses_count_at_once_end_as_one_of_the_two(shop: Shop) -> None:
    number = shop.opened("return", lambda back: back.coming())

    def count(desk: FulfilmentDesk) -> str:
        try:
            return str(ReturnsDesk(desk, "return", number).receive(rows({1: "20"})).receive_outcome)
        except cases.CaseEnded:
            return "ended"

    withdrawn, counted = shop.together(
        lambda desk: ReturnsDesk(desk, "return", number).withdraw().withdraw_outcome, count
    )
    assert (withdrawn, counted) in {("withdrawn", "ended"), ("kept", "received")}
