"""The car goes back with its documents, on the promised time or told beforehand; then the customer is followed up
(W9, W10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import bills, cases, customers, follow_up, money, signals, vehicles
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.receipts import booking
from workers.runtime import TaskContext
from workers.service import billing, lines, orders, promise, promising, rules
from workers.service.router import router
from workers.service.store import (
    CANCELLED,
    DECLINED,
    DONE,
    PAID,
    REFUSED,
    RETURNED,
    ServiceContact,
    ServiceOrder,
)
from workers.service.work_messages import CarReturned, ReturnCar

POST = "service_advisor"
EXPLAINED = "W9-2"
"""The question whether the work was explained: that was done with the bill, perhaps by a colleague of who returned the
car."""


@router.task("return_car")
def return_car(
    form: ReturnCar, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> CarReturned:
    """Hand the car over; a repaired one with its bill, and who repaired nothing gets it back as it came (W9)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    case, order = orders.lock(session, task)
    orders.require(order, PAID, REFUSED)
    cases.require_post(reader, by, POST, task, org)
    repaired = order.state == PAID
    if repaired:
        _refuse_unpaid(session, order, reader)
    wanted = tuple(rules.DOCUMENTS) if repaired else ("licence", "keys")
    rules.read_documents(reader, form.return_checks, wanted)
    channel, email = _channel(session, order, form, reader)
    note = reader.text(
        "returnNote", "交车情况", form.return_note, rules.MOST_TEXT, required=False, lines=True
    )
    outcome = "invalid"
    if not reader.errors:
        outcome = "returned" if repaired else "unrepaired"
        customers.set_channel(session, order.customer_no or "", channel, task.now, email=email)
        order.returned_at, order.returned_by = task.now, by
        if repaired:
            order.follow_up_no = _follow_up(session, order, channel, task, office)
        order.state = (
            RETURNED if repaired else CANCELLED
        )  # from here on the database keeps the order as it is
        vehicle = vehicles.find(session, order.vin or "")
        if vehicle is not None:
            vehicle.mileage = order.mileage
        said = _timeliness(session, order, task.now) if repaired else "未施工，车辆已交还"
        text = "。".join(part for part in (said, note) if part)
        cases.note(session, case.case_no, org.name_of(by), "交车", text, task.now, user=by)
        customers.remember(
            session, order.customer_no or "", task.now, "维修交车", _done(session, order), case.case_no
        )
        if repaired:
            cases.status(session, case.case_no, f"已交车，待跟踪{order.follow_up_no}")
        else:
            cases.status(session, case.case_no, "客户不修，车辆已交还")
        cases.finish(session, case.case_no, cases.CLOSED, task.now)
        promising.mark_read(session, task)
        signals.mark_read(session, bills.PAID, case.case_no, task.now)
    return CarReturned.of_case(
        session,
        task.case_no,
        return_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        return_checks=_ticked(form.return_checks),
        return_note=cases.shown(form.return_note, rules.MOST_TEXT),
        follow_up_no=order.follow_up_no,
        **orders.shown(session, order, full=outcome == "invalid")
        | {
            "contact_channel": cases.shown(form.contact_channel, 16),
            "contact_email": cases.shown(form.contact_email, 200) if outcome == "invalid" else None,
        },
    )


def _refuse_unpaid(session: Session, order: ServiceOrder, reader: FormReader) -> None:
    """Money that was taken back since is owed again: the bank's second try, or another payment, comes first."""
    booking.one_at_a_time(session)
    left = bills.left(session, billing.required(session, order.case_no))
    if left > 0:
        reader.wrong("", f"结算单的款项已冲正，尚欠{money.figures(left)}：请财务部登记收款后再交车")


def _channel(session: Session, order: ServiceOrder, form: ReturnCar, reader: FormReader) -> tuple[str, str]:
    """The way that the customer chose now, and the address if it is e-mail: the one that we know, or a new one."""
    label = "客户希望的联系方式"
    channel = reader.choice("contactChannel", label, form.contact_channel, customers.CHANNELS)
    if channel != "email":
        return channel or "", ""
    known = customers.find(session, order.customer_no or "").email
    email = reader.text("contactEmail", "电子邮箱", form.contact_email, 200, required=not known)
    if email and not customers.is_email(email):
        reader.wrong("contactEmail", "电子邮箱：格式不正确")
    return channel, email


def _ticked(value: object) -> list[str]:
    ticked = value if isinstance(value, list | tuple) else []
    return [one for one in ticked if isinstance(one, str) and one in rules.DOCUMENTS]


def _timeliness(session: Session, order: ServiceOrder, returned: datetime) -> str:
    """Did the customer have the car back as promised, or know of each later time before the one before had passed?

    A car that was ready in time and left later is neither on time nor the workshop's delay: both are said (W9).
    """
    finished, first = order.finished_at, order.first_promised_at
    if finished is None or first is None or returned <= first:
        return "按约定时间交车"
    query = select(ServiceContact).where(
        ServiceContact.case_no == order.case_no, ServiceContact.kind.in_(("delay", "extra"))
    )
    told = [(one.at, one.promised_after) for one in session.scalars(query.order_by(ServiceContact.id))]
    if promise.known_beforehand(first, told, returned):
        return "晚于最初约定交车，已提前告知客户"
    if promise.known_beforehand(first, told, finished):
        return f"按约定时间完工({orders.moment_text(finished)})，晚于约定时间交车"
    return "晚于约定时间交车，没有提前告知客户"


def _done(session: Session, order: ServiceOrder) -> str:
    rows = lines.of(session, order.case_no)
    work = "、".join(one.name for one in rows if one.state == DONE) or "未施工"
    refused = "、".join(one.name for one in rows if one.state == DECLINED)
    return f"{orders.car_text(order)}：{work}" + (f"；客户不同意：{refused}" if refused else "")


def _follow_up(
    session: Session, order: ServiceOrder, channel: str, task: TaskContext, office: WorkingHours
) -> str:
    """Who of the service department is asked about which step (W10)."""
    people: dict[str, Any] = {
        "W2": order.received_by,
        "W3": order.written_by,
        "W7": order.technician,
        "W9": order.returned_by,
        EXPLAINED: orders.explained_by(session, order),
    }
    found = follow_up.request(
        session,
        for_case=order.case_no,
        kind="service",
        customer_no=order.customer_no or "",
        responsible=order.returned_by or "",
        channel=channel,
        happened_at=task.now,
        people={step: user for step, user in people.items() if user},
        vin=order.vin,
        at=task.now,
        hours=office,
    )
    return found.number
