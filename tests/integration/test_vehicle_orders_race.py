"""Orders of cars that meet at the same moment, on a database of its own because these tests commit (V7, V8, X6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.databases import DatabaseServer
from tests.integration.orders_desk import COLOUR, MODEL, VIN, OrdersDesk, said
from tests.integration.racing import Sessions, own_database, together
from workers import cases, debts, ledger, vehicles
from workers.database.unit_of_work import UnitOfWork
from workers.vehicle_orders.store import VehicleCancellation, VehicleOrder

FIRST, SECOND = "XS-2026-8811", "XS-2026-8812"


@pytest.fixture
def sessions(server: DatabaseServer) -> Iterator[Sessions]:
    """Sessions that commit, on a fresh database."""
    with own_database(server, "orders_race") as found:
        yield found


def of(sale_no: str, act: Callable[[OrdersDesk], object]) -> Callable[[Session], object]:
    """The act on an order that was begun before; an order that has ended meanwhile is what it says."""

    def do(session: Session) -> object:
        try:
            return act(OrdersDesk(session, sale_no, agreed=False))
        except cases.CaseEnded as ended:
            session.rollback()
            return ended

    return do


@pytest.mark.rule("V8", "X6")
def test_two_orders_that_want_one_car_have_one_winner_and_one_clear_message(
    sessions: Sessions,
) -> None:
    with UnitOfWork(sessions) as uow:
        for sale_no, phone in ((FIRST, "13911128811"), (SECOND, "13911128812")):
            OrdersDesk(uow.session, sale_no, phone=phone).deposit_paid()
        vehicles.enter(uow.session, VIN(1), MODEL, COLOUR)

    results = together(sessions, *(of(one, lambda desk: desk.reserve(VIN(1))) for one in (FIRST, SECOND)))
    outcomes = [one.car_outcome for one in results]
    assert sorted(outcomes) == ["here", "invalid"]
    winner = (FIRST, SECOND)[outcomes.index("here")]
    loser = results[outcomes.index("invalid")]
    assert said(loser.form_errors) == f"车辆{VIN(1)}已被{winner}预订,请另选一辆"
    with UnitOfWork(sessions) as uow:
        assert vehicles.find(uow.session, VIN(1)).sale_no == winner


@pytest.mark.rule("V7", "V8", "X6")
def test_of_a_handover_and_a_cancellation_at_the_same_moment_one_counts(
    sessions: Sessions,
) -> None:
    with UnitOfWork(sessions) as uow:
        OrdersDesk(uow.session, FIRST).until_handover()

    def deliver(desk: OrdersDesk) -> object:
        return desk.hand_over().handover_result

    def cancel(desk: OrdersDesk) -> object:
        desk.ask("customer")
        return desk.decide("forfeited").cancel_outcome

    results = together(sessions, of(FIRST, deliver), of(FIRST, cancel))
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


@pytest.mark.rule("V7", "V8", "X6")
def test_of_a_handover_and_a_request_to_cancel_at_the_same_moment_one_waits_for_the_other(
    sessions: Sessions,
) -> None:
    with UnitOfWork(sessions) as uow:
        OrdersDesk(uow.session, FIRST).until_handover()

    handed, asked = together(
        sessions, of(FIRST, lambda desk: desk.hand_over()), of(FIRST, lambda desk: desk.ask("customer"))
    )
    with UnitOfWork(sessions) as uow:
        order = uow.session.get_one(VehicleOrder, FIRST)
        requests = uow.session.scalars(select(VehicleCancellation)).all()
        assert ledger.verify(uow.session) == []
        delivered = ledger.account(uow.session, order.contract_no or "").delivered
        if order.state == "delivered":
            assert isinstance(asked, cases.CaseEnded)
            assert (handed.handover_result, delivered, requests) == ("delivered", 128000, [])
        else:
            assert asked.cancel_outcome == "asked"
            assert "解除申请待销售部经理决定" in said(handed.form_errors)
            assert (order.state, delivered, len(requests)) == ("open", 0, 1)


@pytest.mark.rule("V7", "X6")
@pytest.mark.parametrize("way", ["till", "bank"])
def test_of_a_payment_and_the_decision_to_cancel_at_the_same_moment_no_yuan_is_lost(
    sessions: Sessions, way: str
) -> None:
    """Money that is booked first goes back with the rest; money that comes after the end is the customer's balance."""
    with UnitOfWork(sessions) as uow:
        desk = OrdersDesk(uow.session, FIRST)
        desk.deposit_paid()
        desk.ask("customer")
        number = uow.session.get_one(VehicleOrder, FIRST).contract_no or ""
        customer = vehicles.sale(uow.session, FIRST).customer_no

    def pay(desk: OrdersDesk) -> object:
        if way == "till":
            return desk.pay("8000.00", "凭证8").form_errors
        return debts.receive(
            desk.session,
            contract_no=number,
            amount=Decimal(8000),
            value_date=desk.now.date(),
            bank_reference="流水8",
            posted_at=desk.now,
        )

    paid, decided = together(
        sessions, of(FIRST, pay), of(FIRST, lambda desk: desk.decide("forfeited").cancel_outcome)
    )
    assert decided == "cancelled"
    with UnitOfWork(sessions) as uow:
        assert ledger.verify(uow.session) == []
        account = ledger.account(uow.session, number)
        assert (account.amount, account.received) == (20000, 20000)
        booked = 0 if isinstance(paid, cases.CaseEnded) else 8000
        assert ledger.customer_balance(uow.session, customer) == booked
        if way == "bank":
            assert booked == 8000


@pytest.mark.rule("V7", "X6")
def test_one_voucher_in_two_hands_is_booked_once(sessions: Sessions) -> None:
    with UnitOfWork(sessions) as uow:
        OrdersDesk(uow.session, FIRST).in_force()

    def pay(desk: OrdersDesk) -> object:
        return said(desk.pay("20000.00", "凭证9").form_errors)

    results = sorted(str(one) for one in together(sessions, of(FIRST, pay), of(FIRST, pay)))
    assert results[0] == ""
    assert "不能重复登记" in results[1]
    with UnitOfWork(sessions) as uow:
        order = uow.session.get_one(VehicleOrder, FIRST)
        assert ledger.account(uow.session, order.contract_no or "").received == 20000
