"""The work order as the customer told it, its estimate, and the customer's word on it (W3)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, documents, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.org import OrgChart
from workers.runtime import FileValue, TaskContext
from workers.service import booking, lines, orders, papers, rules
from workers.service.messages import (
    ConfirmationRecorded,
    RecordConfirmation,
    WorkOrderWritten,
    WriteWorkOrder,
)
from workers.service.router import router
from workers.service.store import (
    AGREED,
    CONFIRMED,
    ESTIMATE,
    ESTIMATED,
    PROPOSED,
    RECEIVED,
    REFUSED,
    ServiceContact,
    ServiceOrder,
)
from workers.service.workshop import Workshop

POST = "service_advisor"
DECISIONS = ("agreed", "changed", "refused")


def empty_form(
    session: Session, order: ServiceOrder, task: TaskContext, office: WorkingHours, shop: Workshop
) -> dict[str, Any]:
    """The work order's form before anything is written: what the customer wished stands there to be completed."""
    suggested = suggestion(task.now, order.planned_hours, shop)
    return {
        "write_due": policy.due(session, "write_work_order", task.now, office),
        "words": order.wish or None,
        "work_lines": [{"productNo": "", "quantity": "", "reason": ""}],
        "product_options": lines.options(session, task.now.astimezone(SHANGHAI).date()),
        "promised_at": suggested.isoformat(timespec="minutes"),
    }


def suggestion(now: datetime, hours: Decimal, shop: Workshop) -> datetime:
    """A finishing time that leaves some room: the work, the check, and the buffer, in opening hours."""
    at = shop.forward(now, hours + shop.quality_hours + shop.promise_buffer_hours)
    return at.replace(second=0, microsecond=0)


def earliest(now: datetime, hours: Decimal, shop: Workshop) -> datetime:
    """The moment before which nobody can finish: work and check in opening hours."""
    return shop.forward(now, hours + shop.quality_hours)


@router.task("write_work_order")
def write_work_order(
    form: WriteWorkOrder,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
    company: Company,
) -> WorkOrderWritten:
    """Price the work from the list in force and put it on paper for the customer to read (W3)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    today = task.now.astimezone(SHANGHAI).date()
    _case, order = orders.lock(session, task)
    orders.require(order, RECEIVED, ESTIMATED)
    cases.require_post(reader, by, POST, task, org)
    words = reader.text("words", "客户的描述", form.words, rules.MOST_TEXT, lines=True)
    known = lines.price_list(session, today)
    items = rules.read_items(reader, "workLines", "项目", form.work_lines, known, required=True)
    if not reader.errors and lines.work_hours(session, items, shop) > lines.MOST_HOURS:
        reader.wrong("workLines", f"项目：合计不得超过{lines.MOST_HOURS}工时")
    promised, first = None, ""
    if reader.errors:
        rules.read_promise(reader, "promisedAt", "答应的完工时间", form.promised_at, task.now)
    else:
        lines.drop_proposed(session, order.case_no)
        rows = lines.add(session, order.case_no, items, ESTIMATE, shop, today)
        soonest = earliest(task.now, lines.hours(rows), shop)
        first = orders.moment_text(soonest)
        promised = rules.read_promise(reader, "promisedAt", "答应的完工时间", form.promised_at, soonest)
        if promised is None:
            lines.drop_proposed(session, order.case_no)
    document = None
    if promised is not None:
        order.state, order.words, order.written_by = ESTIMATED, words, by
        order.promised_at, order.promise_given_at = promised, task.now
        document = papers.work_order(session, order, company, task.now, org)
        cases.note(session, order.case_no, org.name_of(by), "填写维修工单", words, task.now, user=by)
        cases.status(session, order.case_no, "待客户确认维修工单、费用和完工时间")
    rows = lines.of(session, order.case_no)
    return WorkOrderWritten.of_case(
        session,
        task.case_no,
        work_order_outcome="written" if promised is not None else "invalid",
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        words=cases.shown(form.words, rules.MOST_TEXT),
        work_lines=shown_items(form.work_lines),
        product_options=lines.options(session, today),
        promised_at=cases.shown(form.promised_at, 40),
        earliest_text=first,
        labour_figures=money.figures(lines.total(rows, "labour")),
        parts_figures=money.figures(lines.total(rows, "part")),
        confirm_due=policy.due(session, "confirm_estimate", task.now, office),
        work_order_document=_file(document),
        **orders.shown(session, order, full=True),
    )


def shown_items(value: object) -> list[dict[str, str]]:
    """Lines as they were sent, for mending."""
    if not isinstance(value, list | tuple):
        return []
    fields = {"productNo": 32, "quantity": 16, "reason": 200}
    return [
        {name: cases.shown(row.get(name), limit) or "" for name, limit in fields.items()}
        for row in value[: rules.MOST_LINES]
        if isinstance(row, dict)
    ]


def _file(document: documents.Document | None) -> FileValue | None:
    if document is None:
        return None
    return FileValue(document.filename, document.content, document.media_type)


@router.task("record_confirmation")
def record_confirmation(
    form: RecordConfirmation,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> ConfirmationRecorded:
    """The customer has read the work order: agreed, wants something else, or leaves it (W3). Before it, no work.

    A finishing time that has become impossible while the paper lay there is not agreed to: it is written anew.
    """
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, ESTIMATED)
    cases.require_post(reader, by, POST, task, org)
    if form.confirm_decision not in DECISIONS:
        reader.wrong("confirmDecision", "客户的答复：请选择")
    agreed = form.confirm_decision == "agreed"
    note = reader.text(
        "confirmNote", "客户的意见", form.confirm_note, rules.MOST_TEXT, required=not agreed, lines=True
    )
    soonest = earliest(task.now, lines.hours(lines.of(session, order.case_no)), shop)
    if agreed and (order.promised_at is None or order.promised_at < soonest):
        first = orders.moment_text(soonest)
        reader.wrong("confirmDecision", f"答应的完工时间已来不及（最早{first}）：请选择修改，与客户改约")
    outcome = "invalid"
    if not reader.errors:
        outcome = "confirmed" if agreed else str(form.confirm_decision)
        _decide(session, order, outcome, note, by, task, org)
    if outcome == "refused":
        booking.free_rest(session, order.case_no, outcome, task.now)
    return ConfirmationRecorded.of_case(
        session,
        task.case_no,
        confirm_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        confirm_decision=cases.shown(form.confirm_decision, 16) if outcome == "invalid" else None,
        confirm_note=cases.shown(form.confirm_note, rules.MOST_TEXT) if outcome == "invalid" else None,
        return_comment=f"客户要求修改：{note}" if outcome == "changed" else None,
        return_due=policy.due(session, "return_car", task.now, office),
        bill_text="没有施工，不收费用" if outcome == "refused" else "",
        **orders.shown(session, order, full=outcome != "confirmed"),
    )


def _decide(
    session: Session,
    order: ServiceOrder,
    outcome: str,
    note: str,
    by: str,
    task: TaskContext,
    org: OrgChart,
) -> None:
    said = {"confirmed": "客户确认工单", "changed": "客户要求修改", "refused": "客户不修"}[outcome]
    after = order.promised_at if outcome == "confirmed" else None
    session.add(
        ServiceContact(
            case_no=order.case_no,
            kind="estimate",
            outcome=outcome,
            promised_after=after,
            note=note,
            by=by,
            at=task.now,
        )
    )
    cases.note(session, order.case_no, org.name_of(by), said, note, task.now, user=by)
    if outcome == "confirmed":
        order.state, order.first_promised_at = CONFIRMED, order.promised_at
        order.promise_given_at = task.now
        for line in lines.of(session, order.case_no):
            if line.state == PROPOSED:
                line.state = AGREED
        cases.status(session, order.case_no, "客户已确认，待派工")
    elif outcome == "refused":
        order.state = REFUSED
        for line in lines.of(session, order.case_no):
            line.state = "declined"
        cases.status(session, order.case_no, "客户不修，待交还车辆")
    else:
        cases.status(session, order.case_no, "客户要求修改，待重写维修工单")
