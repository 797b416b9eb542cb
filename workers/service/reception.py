"""Appointment and reception (W1, W2): open the case, book without overbooking, tell the customer what to expect."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, customers, notify, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import appointments, booking, estimating, orders, rules
from workers.service.messages import (
    AppointmentBooked,
    AppointmentMissed,
    BookAppointment,
    CarReceived,
    MissAppointment,
    OpenOrder,
    OrderOpened,
    ReceiveCar,
)
from workers.service.offers import spoken
from workers.service.router import router
from workers.service.rules import Arrival, Caller
from workers.service.store import BOOKED, CANCELLED, RECEIVED, WANTED, ServiceBooking, ServiceOrder
from workers.service.workshop import Workshop

PREFIX, KIND = "WX", "service"
POST = "service_advisor"
_NUMBER = re.compile(r"WX-20[0-9]{2}-[0-9]{4,}")
GONE = "预约已取消，不能再办理"


def _starter(org: OrgChart, form: OpenOrder, process: str, on: date) -> str:
    """Who files it. A follow-up's first maintenance may name somebody of another post: then an advisor takes it."""
    named = form.applicant if isinstance(form.applicant, str) else None
    if cases.is_technical(form.started_by) and not (named and org.may_start(named, process, on)):
        there = list(org.acting_holders(POST, on))
        if named is None or named in org.people:
            if not there:
                raise InvalidInput(f"{process}: nobody is {POST} on {on}")
            return there[0]
    return cases.starter(org, form.started_by, named, process, on)


def _number(session: Session, form: OpenOrder, task: TaskContext, year: int) -> str:
    """A new number, or the one that a program took when it sent the message; a person's own key counts for nothing."""
    key = task.business_key or ""
    if cases.is_technical(form.started_by) and _NUMBER.fullmatch(key):
        return key
    return cases.next_case_no(session, PREFIX, year)


@router.task("open_order")
def open_order(
    form: OpenOrder,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> OrderOpened:
    """Number the case, open its file, and fill the appointment's form with what is known (X1)."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = _starter(org, form, task.process_definition_key, today)
    case_no = _number(session, form, task, today.year)
    cases.open_case(
        session, case_no, KIND, applicant, org.name_of(applicant), task.now, task.process_instance_id
    )
    reader = FormReader()  # what is wrong shows when the form is sent: nothing is lost on the way there
    order = ServiceOrder(
        case_no=case_no,
        state=WANTED,
        plate=rules.read_plate(form.plate, reader),
        vin=rules.read_vin(form.vin, reader, required=False),
        model="",
        wish=cases.shown(form.wish, rules.MOST_TEXT) or "",
        planned_hours=Decimal(2),
    )
    if isinstance(form.customer_no, str) and cases.is_technical(form.started_by):
        order.customer_no = customers.find(session, form.customer_no).no
    session.add(order)
    session.flush()
    appointments.know_car(session, order)
    cases.status(session, case_no, f"待{org.name_of(applicant)}与客户约定时间")
    fields = appointments.form_of(session, order, task.now, org=org, shop=shop, office=office)
    for field in ("caller_phone", "caller_name", "plate", "vin"):
        fields[field] = fields[field] or cases.shown(getattr(form, field), appointments.LIMITS[field])
    return OrderOpened.of_case(session, case_no, **fields)


@router.task("book_appointment")
def book_appointment(
    form: BookAppointment,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
    company: Company,
) -> AppointmentBooked:
    """Book what was agreed, if it is still free; or show other times, or end the case (W1)."""
    session, reader, today = uow.session, FormReader(), task.now.astimezone(SHANGHAI).date()
    case, order = orders.lock(session, task)
    cases.require_post(reader, form.signed_by, POST, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    outcome, booked = "again", None
    if form.booking_action == "cancel" and not reader.errors:
        reason = reader.text("cancelReason", "不预约的原因", form.cancel_reason, 500, lines=True)
        if not reader.errors:
            outcome = "cancelled"
            _cancel(session, order, reason, form.signed_by or "", task, org)
    elif not reader.errors:
        caller = rules.read_caller(form, reader, today)
        if caller is not None:
            _keep(session, order, caller, task.now)
            if form.booking_action == "book":
                booked = _book(session, order, form, reader, task, org, shop, company)
    if booked is not None:
        outcome = "booked"
    since = reader_day(form.wished_on)
    fields = appointments.form_of(session, order, task.now, org=org, shop=shop, office=office, since=since)
    if outcome == "again" and reader.errors:
        fields |= appointments.as_sent(form)
    return AppointmentBooked.of_case(
        session,
        task.case_no,
        booking_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        arrival_text=spoken(booked.arrives_at) if booked else None,
        arrival_due=booked.arrives_at if booked else None,
        no_show_at=_no_show_at(booked.arrives_at, task.now, shop) if booked else None,
        **fields,
    )


def _no_show_at(arrives_at: datetime, now: datetime, shop: Workshop) -> datetime:
    """When the customer has not come. Who came in and is served in the slot that runs has not missed it."""
    return max(arrives_at, now) + timedelta(minutes=shop.no_show_minutes)


def reader_day(value: object) -> date | None:
    """The day from which times are shown; nothing when it is no day."""
    return FormReader().day("wishedOn", "希望的日期", value, required=False)


def _keep(session: Session, order: ServiceOrder, caller: Caller, now: datetime) -> None:
    customer = customers.meet(session, phone=caller.phone, name=caller.name, at=now, source="service")
    order.customer_no, order.plate, order.vin = customer.no, caller.plate, caller.vin
    order.model, order.wish, order.planned_hours = caller.model, caller.wish, caller.hours
    appointments.know_car(session, order)


def _book(
    session: Session,
    order: ServiceOrder,
    form: BookAppointment,
    reader: FormReader,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    company: Company,
) -> ServiceBooking | None:
    at = rules.read_moment(reader, "appointmentAt", "预约时间", form.appointment_at)
    if at is None:
        return None
    by = form.signed_by or ""
    booking.free(session, order.case_no, "moved", task.now, shop)
    booked = booking.book(
        session, order.case_no, at, order.planned_hours, by=by, now=task.now, org=org, shop=shop
    )
    if isinstance(booked, str):
        reader.wrong("appointmentAt", booked)
        return None
    order.state, order.arrives_at = BOOKED, booked.arrives_at
    when = spoken(booked.arrives_at)
    cases.note(session, order.case_no, org.name_of(by), "预约", when, task.now, user=by)
    cases.status(session, order.case_no, f"已预约{when}，待客户到店")
    customer_no = order.customer_no or ""
    customers.remember(session, customer_no, task.now, "服务预约", f"{when}：{order.wish}", order.case_no)
    notify.tell_customer(
        session,
        f"{order.case_no}-booked-{booked.id}",
        customer_no,
        f"预约确认 {order.case_no}",
        confirmation(order, booked, company, org.name_of(by)),
    )
    return booked


def confirmation(order: ServiceOrder, booked: ServiceBooking, company: Company, advisor: str) -> str:
    """What the customer may expect, so that nothing about the visit is uncertain (W1)."""
    call = f"（{company.phone}）" if company.phone else ""
    where = f"地址：{company.address}。" if company.address else ""
    return (
        f"您的车{order.plate}已预约{spoken(booked.arrives_at)}到店，预计用时{order.planned_hours.normalize():f}小时。"
        f"{where}到店时由服务顾问{advisor}接待：先听您说明车况，当面填写维修工单，报出费用和完工时间，"
        f"经您确认以后才开始施工。请带行驶证；不能按时来，请提前来电改期{call}。"
    )


def _cancel(
    session: Session, order: ServiceOrder, reason: str, by: str, task: TaskContext, org: OrgChart
) -> None:
    order.state = CANCELLED
    cases.finish(session, order.case_no, cases.CLOSED, task.now)
    cases.note(session, order.case_no, org.name_of(by), "客户不预约", reason, task.now, user=by)
    cases.status(session, order.case_no, f"客户不预约：{reason}")


@router.task("miss_appointment")
def miss_appointment(
    _: MissAppointment,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> AppointmentMissed:
    """The customer did not come: the slots are free for others, and the advisor calls (W1)."""
    session = uow.session
    _case, order = orders.lock(session, task)
    if booking.free(session, order.case_no, "missed", task.now, shop) is not None:
        when = spoken(order.arrives_at) if order.arrives_at else ""
        order.state, order.arrives_at = WANTED, None
        cases.note(session, order.case_no, "系统", "客户未到", when, task.now)
        cases.status(session, order.case_no, "客户未按时到店，待联系客户另约时间")
        customers.remember(session, order.customer_no or "", task.now, "预约未到", when, f"{order.case_no}")
    fields = appointments.form_of(session, order, task.now, org=org, shop=shop, office=office)
    return AppointmentMissed.of_case(session, task.case_no, **fields)


@router.task("receive_car")
def receive_car(
    form: ReceiveCar,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> CarReceived:
    """The customer came: car and mileage are recorded; from here on the appointment cannot be withdrawn (W2, X4)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    case, order = orders.lock(session, task)
    cases.require_post(reader, by, POST, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    outcome = "invalid"
    if form.receive_action == "moved" and not reader.errors:
        outcome = "moved"
        booking.free(session, order.case_no, "moved", task.now, shop)
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
    return CarReceived.of_case(
        session,
        task.case_no,
        receive_outcome=outcome,
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
        vehicles.register(session, arrival.vin, arrival.plate, arrival.model, order.customer_no or "")
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
