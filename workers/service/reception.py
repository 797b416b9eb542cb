"""Reception (W2): the car is registered as it came; from here on nothing is withdrawn."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, vehicles
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import appointments, booking, estimating, orders, rules
from workers.service.messages import CarReceived, ReceiveCar
from workers.service.router import router
from workers.service.rules import Arrival
from workers.service.store import RECEIVED, WANTED, ServiceOrder
from workers.service.workshop import Workshop

POST = "service_advisor"


@router.task("receive_car")
def receive_car(
    form: ReceiveCar, uow: UnitOfWork, task: TaskContext, org: OrgChart, shop: Workshop, office: WorkingHours
) -> CarReceived:
    """The customer came: car and mileage are recorded; from here on the appointment cannot be withdrawn (W2, X4)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    case, order = orders.lock(session, task)
    cases.require_post(reader, by, POST, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", orders.GONE)
    outcome = "invalid"
    if form.receive_action == "moved" and not reader.errors:
        outcome = "moved"
        booking.free(session, order.case_no, "moved", task.now)
        order.state, order.arrives_at = WANTED, None
        cases.note(session, order.case_no, org.name_of(by), "客户改期", None, task.now, user=by)
        cases.status(session, order.case_no, "客户要求改期，待另约时间")
    elif form.receive_action == "arrived":
        arrival = rules.read_arrival(form, reader)
        if arrival is not None:
            _receive(session, order, arrival, reader, by, task, org)
            outcome = "invalid" if reader.errors else "arrived"
    elif not reader.errors:
        reader.wrong("receiveAction", "客户到店了吗：请选择")
    fields: dict[str, Any] = appointments.form_of(session, order, task.now, org=org, shop=shop, office=office)
    if outcome == "invalid":
        sent = {"vin": 40, "plate": 16, "car_model": 100, "mileage": 16, "receive_note": rules.MOST_TEXT}
        fields |= {field: cases.shown(getattr(form, field), limit) for field, limit in sent.items()}
        fields["receive_action"] = cases.shown(form.receive_action, 16)
        fields["owner_changed"] = form.owner_changed is True
    if outcome != "moved":  # only who books anew needs the caller's number (M5)
        fields["caller_phone"] = None
    arrives_at, here = order.arrives_at or task.now, form.receive_action == "arrived"
    return CarReceived.of_case(
        session,
        task.case_no,
        receive_outcome=outcome,
        no_show_at=appointments.no_show_at(arrives_at, task.now, shop, here=here),
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **fields,
        **estimating.empty_form(session, order, task, office, shop),
    )


def _receive(
    session: Session,
    order: ServiceOrder,
    arrival: Arrival,
    reader: FormReader,
    by: str,
    task: TaskContext,
    org: OrgChart,
) -> None:
    try:
        vehicles.register(
            session,
            arrival.vin,
            arrival.plate,
            arrival.model,
            order.customer_no or "",
            sold_on=arrival.sold_on,
        )
    except vehicles.VehicleTaken as error:
        reader.wrong("vin", str(error))
        return
    order.state, order.received_at, order.received_by = RECEIVED, task.now, by
    order.vin, order.plate, order.model = arrival.vin, arrival.plate, arrival.model
    order.mileage = arrival.mileage
    cases.note(session, order.case_no, org.name_of(by), "接待", arrival.note, task.now, user=by)
    cases.status(session, order.case_no, "客户已到店，待填写维修工单")
    customers.remember(
        session, order.customer_no or "", task.now, "到店维修", orders.car_text(order), order.case_no
    )
