"""How a sale ends: lost, cancelled before the delivery, or handed over and followed up (V7, V9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, follow_up, vehicles
from workers.calendar import WorkingHours
from workers.cases import CaseView
from workers.customers import CustomerView
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.runtime import Message, TaskContext
from workers.showroom import view
from workers.showroom.router import router
from workers.showroom.store import (
    ContactRow,
    DecisionRow,
    NeedsRow,
    PresentationRow,
    ProposalRow,
    TestDriveRow,
    VisitRow,
    _Step,
)

DELIVERED, CANCELLED, REFUSED = "delivered", "cancelled", "refused"
STEPS: dict[str, type[_Step]] = {
    "V1": ContactRow,
    "V2": VisitRow,
    "V3": NeedsRow,
    "V4": PresentationRow,
    "V5": TestDriveRow,
    "V6": ProposalRow,
    "V7": DecisionRow,
}


class CloseOrder(Message):
    """What VehicleOrderProcess handed back; whether the car was handed over, and when, stands in the database."""

    order_outcome: Any = None


class OrderClosed(CaseView):
    """delivered (the follow-up has its number), cancelled, or refused (the price was not approved)."""

    sale_outcome: str
    follow_up_no: str | None = None


class CloseSale(Message):
    """The follow-up has ended."""


class CloseLost(Message):
    """The customer does not buy."""


class SaleClosed(CaseView, CustomerView):
    """The case is closed; the process keeps the phone masked (M5)."""


@router.task("close_order")
def close_order(result: CloseOrder, uow: UnitOfWork, task: TaskContext, office: WorkingHours) -> OrderClosed:
    """Ask for the follow-up of the service person who was present (V9), or end a sale that was cancelled."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    if result.order_outcome not in (DELIVERED, CANCELLED, REFUSED):
        raise InvalidInput(f"the order of sale {case_no} ended as {result.order_outcome!r}")
    car = vehicles.handed_over(session, case_no)
    if result.order_outcome == CANCELLED:
        if car is not None:
            raise InvalidInput(f"sale {case_no} cannot be cancelled: {car.vin} was handed over")
        _end(session, case_no, "交车前取消", task.now)
        return OrderClosed.of_case(session, case_no, sale_outcome=CANCELLED)
    if result.order_outcome == REFUSED:
        return OrderClosed.of_case(session, case_no, sale_outcome=REFUSED)
    if car is None or car.handed_over_at is None:
        raise InvalidInput(f"the car of sale {case_no} was not handed over")
    deal = vehicles.sale(session, case_no)
    asked = follow_up.request(
        session,
        for_case=case_no,
        kind="sale",
        customer_no=deal.customer_no,
        responsible=deal.service_person,
        channel=deal.channel,
        happened_at=car.handed_over_at,
        people=_people(session, case_no) | {"V8": deal.service_person, follow_up.DATE_KEPT: deal.salesperson},
        vin=car.vin,
        at=task.now,
        hours=office,
    )
    customers.remember(session, deal.customer_no, task.now, "交车", car.vin, case_no)
    cases.status(session, case_no, f"已交车，待跟踪（{asked.number}）")
    return OrderClosed.of_case(session, case_no, sale_outcome=DELIVERED, follow_up_no=asked.number)


@router.task("close_sale")
def close_sale(_: CloseSale, uow: UnitOfWork, task: TaskContext) -> SaleClosed:
    """The customer was followed up: the sale is done."""
    cases.lock(uow.session, task.case_no, task.process_instance_id)
    _end(uow.session, task.case_no, "销售完成", task.now)
    return _closed(uow.session, task.case_no)


@router.task("close_lost")
def close_lost(_: CloseLost, uow: UnitOfWork, task: TaskContext) -> SaleClosed:
    """The customer is lost; the reason, which stands in the step that recorded it, goes into their history."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    lose(session, case_no, task.now)
    return _closed(session, case_no)


def lose(session: Session, case_no: str, at: datetime) -> None:
    """End the sale as lost, once; the case is locked."""
    decision = view.last(session, DecisionRow, case_no) or view.last(session, ContactRow, case_no)
    if decision is None or not decision.lost_reason:
        raise InvalidInput(f"sale {case_no} was lost without a reason")
    sale = view.find(session, case_no)
    customers.remember(session, sale.customer_no, at, "未成交", decision.lost_reason, case_no)
    _end(session, case_no, "客户放弃", at)


def _closed(session: Session, case_no: str) -> SaleClosed:
    shown = customers.view(session, view.find(session, case_no).customer_no, full=False)
    return SaleClosed.of_case(session, case_no, **shown)


def _end(session: Session, case_no: str, text: str, at: datetime) -> None:
    if cases.finish(session, case_no, cases.CLOSED, at):
        cases.note(session, case_no, "系统", "结束", text, at)
        cases.status(session, case_no, text)


def _people(session: Session, case_no: str) -> dict[str, str]:
    found = {step: view.last(session, kind, case_no) for step, kind in STEPS.items()}
    return {step: row.recorded_by for step, row in found.items() if row is not None}
