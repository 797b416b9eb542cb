"""A delay is told before the promised moment, and a new one is agreed; then the wait begins anew (V8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import cases, customers, policy, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.vehicle_orders import delivery_rules as rules
from workers.vehicle_orders import view
from workers.vehicle_orders.messages import (
    CarLookedAt,
    LookAtCar,
    NewDateRecorded,
    PromiseWatched,
    RecordNewDate,
    WatchPromise,
)
from workers.vehicle_orders.router import router
from workers.vehicle_orders.store import VehicleOrder, VehiclePromise


@router.task("watch_promise")
def watch_promise(
    _: WatchPromise, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> PromiseWatched:
    """The promise that counts now is watched; one that is made later (a refused handover) wakes the watch."""
    session = uow.session
    order = view.lock(session, task)
    promise = promised(session, order)
    hours = policy.document_on(session, task.now.astimezone(SHANGHAI).date()).delay_warning_hours
    return PromiseWatched.of_case(
        session,
        order.sale_no,
        watched_promise=promise.id,
        delay_warning_at=rules.warning_at(promise.promised_at, hours, task.now, office),
    )


@router.task("look_at_car")
def look_at_car(
    form: LookAtCar, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CarLookedAt:
    """Is the car ready, as the database says? If not, the salesperson calls the customer before the promise.

    At the promised moment an order that is still open is late, however ready its car: money or a person is missing.
    """
    session = uow.session
    order = view.lock(session, task)
    promise = promised(session, order).promised_at
    ready = view.is_ready(session, order.sale_no) and not form.promise_passed
    if not ready:
        what = "约定时间已到，尚未交车" if form.promise_passed else "可能延期"
        cases.note(session, order.sale_no, "系统", what, "待与客户联系", task.now)
    due = policy.due(session, "warn_of_delay", task.now, office)
    return CarLookedAt.of_case(
        session,
        order.sale_no,
        delay_outcome="ready" if ready else "late",
        delay_due=min(due, max(promise, task.now)),
        promise_due_at=promise,
        contact_phone=None if ready else _phone(session, order),
        car_state=_car_state(session, order),
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


@router.task("record_new_date")
def record_new_date(
    form: RecordNewDate, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> NewDateRecorded:
    """Keep what was agreed with the customer; ready after all, the promise stands."""
    session, reader = uow.session, FormReader()
    order = view.lock(session, task)
    sale = vehicles.sale(session, order.sale_no)
    view.require_seller(reader, form.warned_by, sale, task, org)
    ready, by = view.is_ready(session, order.sale_no), form.warned_by or ""
    delay = rules.read_delay(form, reader, task.now, promised(session, order).promised_at, ready=ready)
    outcome = "invalid"
    if isinstance(delay, rules.Delay):
        outcome = "agreed"
        agree(session, order, delay, by, task.now)
        text = f"{view.moment_text(delay.promised_at)}；{delay.reason}；{delay.contact}"
        cases.note(session, order.sale_no, org.name_of(by), "与客户另约交车时间", text, task.now, user=by)
    elif delay == rules.ON_TIME:
        outcome = "on_time"
    again = outcome == "invalid"
    return NewDateRecorded.of_case(
        session,
        order.sale_no,
        delay_outcome=outcome,
        delay_errors=reader.errors,
        contact_phone=_phone(session, order) if again else None,
        car_state=_car_state(session, order),
        delay_decision=cases.shown(form.delay_decision, 16) if again else None,
        delay_reason=cases.shown(form.delay_reason, 500) if again else None,
        delay_contact=cases.shown(form.delay_contact, 500) if again else None,
        new_promise=cases.shown(form.new_promise, 40) if again else None,
        **view.seller(session, order, task, org),
        **view.fields(session, order),
    )


def agree(session: Session, order: VehicleOrder, delay: rules.Delay, by: str, at: datetime) -> None:
    """The new moment counts from now on."""
    session.add(
        VehiclePromise(
            sale_no=order.sale_no,
            promised_at=delay.promised_at,
            reason=delay.reason,
            contact=delay.contact,
            recorded_by=by,
            recorded_at=at,
        )
    )
    session.flush()


def handover_due(session: Session, order: VehicleOrder, now: datetime, office: WorkingHours) -> datetime:
    """Until when the car is to be handed over: not before the moment for which it is promised."""
    return max(policy.due(session, "hand_over_car", now, office), promised(session, order).promised_at)


def promised(session: Session, order: VehicleOrder) -> VehiclePromise:
    """The promise that counts. InvalidInput: no contract is in force yet."""
    found = view.promise(session, order.sale_no)
    if found is None:
        raise InvalidInput(f"the car of sale {order.sale_no} is promised for no moment")
    return found


def _phone(session: Session, order: VehicleOrder) -> str:
    return customers.find(session, vehicles.sale(session, order.sale_no).customer_no).phone


def _car_state(session: Session, order: VehicleOrder) -> str:
    car = view.car(session, order.sale_no)
    if car is None:
        return f"厂家订单{order.factory_order}" if order.factory_order else "尚未落实车源"
    ready = "已备妥" if view.is_ready(session, order.sale_no) else "尚未备妥"
    return f"{car.vin} {vehicles.STATES[car.state]}，{ready}"
