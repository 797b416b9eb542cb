"""Orders of cars that meet at the same moment, on a database of its own because these tests commit (V7, V8, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.orders_desk import COLOUR, MODEL, VIN, OrdersDesk, said
from workers import cases, ledger, vehicles
from workers.database.engine import make_engine
from workers.database.migrate import upgrade
from workers.database.unit_of_work import UnitOfWork
from workers.stack.supervisor import Stack
from workers.vehicle_orders.store import VehicleOrder

FIRST, SECOND = "XS-2026-8811", "XS-2026-8812"


@pytest.fixture
def sessions(stack: Stack) -> Iterator[sessionmaker[Session]]:
    """Sessions that commit, on a fresh database."""
    url = make_url(stack.database_url)
    superuser = url.set(
        username="postgres", password=stack.credentials.password("database", "postgres"), database="postgres"
    )
    server = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE orders_race OWNER salesflow"))
    own = url.set(database="orders_race").render_as_string(hide_password=False)
    upgrade(own)
    engine = make_engine(own)
    yield sessionmaker(engine, expire_on_commit=False)
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE orders_race WITH (FORCE)"))
    server.dispose()


def together(sessions: sessionmaker[Session], *acts: Callable[[Session], object]) -> list[object]:
    """Each act in a transaction of its own, all at the same moment; what it says, or how it failed."""
    barrier = Barrier(len(acts), timeout=30)

    def act(one: Callable[[Session], object]) -> object:
        try:
            with UnitOfWork(sessions) as uow:
                barrier.wait()
                return one(uow.session)
        except cases.CaseEnded as ended:
            return ended

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def again(session: Session, sale_no: str) -> OrdersDesk:
    """The desk of an order that was begun before."""
    return OrdersDesk(session, sale_no, agreed=False)


@pytest.mark.rule("V8", "X6")
def test_two_orders_that_want_one_car_have_one_winner_and_one_clear_message(
    sessions: sessionmaker[Session],
) -> None:
    with UnitOfWork(sessions) as uow:
        for sale_no, phone in ((FIRST, "13911128811"), (SECOND, "13911128812")):
            OrdersDesk(uow.session, sale_no, phone=phone).deposit_paid()
        vehicles.enter(uow.session, VIN(1), MODEL, COLOUR)

    def choose(sale_no: str) -> Callable[[Session], object]:
        return lambda session: again(session, sale_no).reserve(VIN(1))

    results = together(sessions, choose(FIRST), choose(SECOND))
    outcomes = [one.car_outcome for one in results]
    assert sorted(outcomes) == ["here", "invalid"]
    winner = (FIRST, SECOND)[outcomes.index("here")]
    loser = results[outcomes.index("invalid")]
    assert said(loser.form_errors) == f"车辆{VIN(1)}已被{winner}预订,请另选一辆"
    with UnitOfWork(sessions) as uow:
        assert vehicles.find(uow.session, VIN(1)).sale_no == winner


@pytest.mark.rule("V7", "V8", "X6")
def test_of_a_handover_and_a_cancellation_at_the_same_moment_one_counts(
    sessions: sessionmaker[Session],
) -> None:
    with UnitOfWork(sessions) as uow:
        OrdersDesk(uow.session, FIRST).until_handover()

    def deliver(session: Session) -> object:
        return again(session, FIRST).hand_over().handover_result

    def cancel(session: Session) -> object:
        desk = again(session, FIRST)
        desk.ask("customer")
        return desk.decide("forfeited").cancel_outcome

    results = together(sessions, deliver, cancel)
    with UnitOfWork(sessions) as uow:
        order = uow.session.get_one(VehicleOrder, FIRST)
        account = ledger.account(uow.session, order.contract_no or "")
        assert ledger.verify(uow.session) == []
        if order.state == "delivered":
            assert results[0] == "delivered"
            assert isinstance(results[1], cases.CaseEnded)
            assert account.delivered == 128000
        else:
            assert results[1] == "cancelled"
            assert isinstance(results[0], cases.CaseEnded)
            assert (account.amount, account.delivered) == (20000, 0)


@pytest.mark.rule("V7", "X6")
def test_one_voucher_in_two_hands_is_booked_once(sessions: sessionmaker[Session]) -> None:
    with UnitOfWork(sessions) as uow:
        OrdersDesk(uow.session, FIRST).in_force()

    def pay(session: Session) -> object:
        return said(again(session, FIRST).pay("20000.00", "凭证9").form_errors)

    results = sorted(str(one) for one in together(sessions, pay, pay))
    assert results[0] == ""
    assert "不能重复登记" in results[1]
    with UnitOfWork(sessions) as uow:
        order = uow.session.get_one(VehicleOrder, FIRST)
        assert ledger.account(uow.session, order.contract_no or "").received == 20000
