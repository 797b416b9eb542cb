"""The appointment (W1): booked without overbooking, told to the customer, given back when nobody comes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from workers import cases, customers, notify
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import appointments, booking, orders, rules
from workers.service.messages import AppointmentBooked, AppointmentMissed, BookAppointment, MissAppointment
from workers.service.offers import spoken
from workers.service.router import router
from workers.service.rules import Caller
from workers.service.store import BOOKED, CANCELLED, WANTED, ServiceBooking, ServiceOrder
from workers.service.workshop import Workshop

POST = "service_advisor"


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
        reader.wrong("", orders.GONE)
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
    fields = appointments.form_of(
        session, order, task.now, org=org, shop=shop, office=office, since=since, full=outcome != "cancelled"
    )
    if outcome != "again":  # the number stands in the customer's record from here on (M5)
        fields["caller_phone"] = None
    if outcome == "again" and reader.errors:
        fields |= appointments.as_sent(form)
        on_offer = [one["value"] for one in fields["appointment_options"]]
        fields["appointment_at"] = form.appointment_at if form.appointment_at in on_offer else None
    return AppointmentBooked.of_case(
        session,
        task.case_no,
        booking_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        arrival_text=spoken(booked.arrives_at) if booked else None,
        arrival_due=booked.arrives_at if booked else None,
        no_show_at=appointments.no_show_at(booked.arrives_at, task.now, shop) if booked else None,
        **fields,
    )


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
    at = reader.moment("appointmentAt", "预约时间", form.appointment_at)
    if at is None:
        return None
    by = form.signed_by or ""
    booking.free(session, order.case_no, "moved", task.now)
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
    if booking.free(session, order.case_no, "missed", task.now) is not None:
        when = spoken(order.arrives_at) if order.arrives_at else ""
        order.state, order.arrives_at = WANTED, None
        cases.note(session, order.case_no, "系统", "客户未到", when, task.now)
        cases.status(session, order.case_no, "客户未按时到店，待联系客户另约时间")
        customers.remember(session, order.customer_no or "", task.now, "预约未到", when, f"{order.case_no}")
    fields = appointments.form_of(session, order, task.now, org=org, shop=shop, office=office)
    return AppointmentMissed.of_case(session, task.case_no, **fields)
