"""Orders: find and lock them, open them, and show them to each step's post."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, customers, money
from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.errors import InvalidInput
from workers.masking import mask
from workers.runtime import TaskContext
from workers.service import lines
from workers.service.store import BILL, DECLINED, DONE, RETURNED, ServiceContact, ServiceLine, ServiceOrder

LINE_WORDS = {
    "proposed": "待确认",
    "agreed": "客户同意",
    "declined": "客户不同意",
    "done": "已完成",
    "not_done": "未做",
}
HISTORY_SHOWN = 10
GONE = "预约已取消，不能再办理"


def today(task: TaskContext) -> date:
    """The day in Shanghai on which the step is done."""
    return task.now.astimezone(SHANGHAI).date()


def lock(session: Session, task: TaskContext) -> tuple[cases.Case, ServiceOrder]:
    """Case and order, both locked. InvalidInput: unknown, or another instance claims the number."""
    case = cases.lock(session, task.case_no, task.process_instance_id)
    order = find(session, task.case_no)
    return case, order


def find(session: Session, case_no: str) -> ServiceOrder:
    """The order as it is committed now, its row locked. InvalidInput when there is none."""
    query = select(ServiceOrder).where(ServiceOrder.case_no == case_no).with_for_update()
    order = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        raise InvalidInput(f"there is no service order {case_no}")
    return order


def explained(session: Session, order: ServiceOrder, by: str, at: datetime) -> None:
    """Somebody has gone through the bill with the customer (W9)."""
    said = {"kind": BILL, "outcome": "explained", "promised_after": order.promised_at}
    session.add(ServiceContact(case_no=order.case_no, by=by, at=at, **said))


def explained_by(session: Session, order: ServiceOrder) -> str | None:
    """Who went through the bill with the customer last."""
    query = select(ServiceContact.by).where(ServiceContact.case_no == order.case_no)
    return session.scalars(
        query.where(ServiceContact.kind == BILL).order_by(ServiceContact.id.desc())
    ).first()


def require(order: ServiceOrder, *states: str) -> None:
    """InvalidInput when the order is in none of these states: a step was reached by a way that the diagram has not."""
    if order.state not in states:
        raise InvalidInput(f"service order {order.case_no} is {order.state}, not {' or '.join(states)}")


def read_channel(
    session: Session, order: ServiceOrder, reader: FormReader, field: str, label: str, value: object
) -> str | None:
    """A way by which this customer can be reached; by e-mail only who has left an address."""
    channel = reader.choice(field, label, value, customers.CHANNELS)
    if channel == "email" and not customers.find(session, order.customer_no or "").email:
        reader.wrong(field, f"{label}：客户没有留下电子邮箱，请选择其他方式")
        return None
    return channel


def moment_text(moment: datetime | None) -> str:
    """A moment as staff read it; nothing for none."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""


def car_text(order: ServiceOrder) -> str:
    """The car in a line."""
    mileage = f"{order.mileage}公里" if order.mileage is not None else ""
    return "，".join(part for part in (order.plate, order.model, order.vin or "", mileage) if part)


def shown(session: Session, order: ServiceOrder, *, full: bool) -> dict[str, Any]:
    """The fields of `OrderShown`, and how the customer wants to be reached, for the car's return.

    `full`: the next step's post may see the phone (M5).
    """
    session.flush()
    rows = lines.of(session, order.case_no)
    if order.customer_no:
        who = customers.view(session, order.customer_no, full=full)
    else:
        who = {"customer_no": "", "customer_name": "", "customer_phone": "", "customer_history": []}
    known = customers.find(session, order.customer_no) if order.customer_no and full else None
    return {
        **who,
        "case_no": order.case_no,
        "car_text": car_text(order),
        "service_wish": order.wish if full else mask(order.wish),
        "customer_words": order.words if full else mask(order.words),
        "promised_text": moment_text(order.promised_at),
        "order_rows": [_row(line) for line in rows],
        "order_total": money.figures(lines.total(rows)),
        "car_history": history(session, order),
        "contact_channel": known.channel if known else None,
        "contact_email": known.email if known else None,
    }


def _row(line: ServiceLine) -> dict[str, str]:
    return {
        "lineNo": str(line.line_no),
        "kind": lines.KIND_WORDS[line.kind],
        "name": line.name,
        "quantity": f"{money.plain(line.quantity)} {line.unit}",
        "hours": lines.hours_text(line.hours),
        "price": money.figures(line.unit_price),
        "amount": money.figures(lines.amount(line)),
        "state": LINE_WORDS[line.state],
        "reason": line.reason,
    }


def history(session: Session, order: ServiceOrder) -> list[dict[str, str]]:
    """What was done to the car before, and what the customer refused then, the latest visit first (per VIN)."""
    if not order.vin:
        return []
    query = (
        select(ServiceOrder)
        .where(
            ServiceOrder.vin == order.vin,
            ServiceOrder.case_no != order.case_no,
            ServiceOrder.state == RETURNED,
        )
        .order_by(ServiceOrder.returned_at.desc())
        .limit(HISTORY_SHOWN)
    )
    return [_visit(session, visit) for visit in session.scalars(query)]


def _visit(session: Session, visit: ServiceOrder) -> dict[str, str]:
    rows = lines.of(session, visit.case_no)
    failed = f"；质检返修{visit.quality_failures}次" if visit.quality_failures else ""
    return {
        "time": moment_text(visit.returned_at)[:10],
        "caseNo": visit.case_no,
        "mileage": f"{visit.mileage}公里",
        "work": "、".join(line.name for line in rows if line.state == DONE) + failed,
        "refused": "、".join(line.name for line in rows if line.state == DECLINED),
        "findings": visit.findings,
    }
