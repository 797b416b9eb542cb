"""Returns that meet something else at the same moment, on a database of its own because these tests commit (C4, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.databases import DatabaseServer
from tests.integration.contract_desk import NOW, TODAY
from tests.integration.fulfilment_desk import ALL, FulfilmentDesk, rows
from tests.integration.racing import Sessions, own_database, together
from tests.integration.returns_desk import ReturnsDesk
from workers import cases, debts, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import EntryKind

Act = Callable[[FulfilmentDesk], object]


class Shop:
    """A contract that is delivered, paid and invoiced, in a database of its own."""

    def __init__(self, sessions: Sessions) -> None:
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

    def desk(self, session: Session) -> FulfilmentDesk:
        """The contract in another transaction."""
        found = FulfilmentDesk.__new__(FulfilmentDesk)
        found.session, found.number, found.now = session, self.number, NOW
        found.uow = UnitOfWork(lambda: session)
        found.uow.session = session
        return found

    def do(self, act: Act) -> object:
        """One act in a transaction of its own."""
        with UnitOfWork(self.sessions) as uow:
            return act(self.desk(uow.session))

    def together(self, *acts: Act) -> list[Any]:
        """Each act in a transaction of its own, all at the same moment."""
        return together(self.sessions, *acts, desk=self.desk)

    def opened(self, instance: str, steps: Callable[[ReturnsDesk], object] | None = None) -> str:
        """A return, with what was done on it; its number."""

        def act(desk: FulfilmentDesk) -> str:
            back = ReturnsDesk(desk, instance)
            steps(back) if steps else back.open()
            return back.case_no

        return str(self.do(act))


@pytest.fixture
def shop(server: DatabaseServer) -> Iterator[Shop]:
    with own_database(server, "returns_race") as sessions:
        yield Shop(sessions)


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
