"""Additional work: the customer hears why, what it costs and how long it takes, and decides line by line (W6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import cases, customers, notify
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import estimating, lines, orders, promise, promising, rules, workforms
from workers.service.router import router
from workers.service.store import (
    AGREED,
    CONFIRMED,
    DECLINED,
    PROPOSED,
    ServiceContact,
    ServiceLine,
    ServiceOrder,
)
from workers.service.work_messages import ExtraRecorded, RecordExtra
from workers.service.workshop import Workshop

POST = "service_advisor"


@router.task("record_extra")
def record_extra(
    form: RecordExtra,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> ExtraRecorded:
    """The customer's answer to each additional line; what is refused is recorded and not done (W6)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    cases.require_post(reader, by, POST, task, org)
    if form.extra_result not in ("reached", "unreached"):
        reader.wrong("extraResult", "联系结果：请选择")
    note = reader.text("extraNote", "沟通情况", form.extra_note, rules.MOST_TEXT, lines=True)
    outcome, missed = "again", form.extra_result == "unreached" and not reader.errors
    if missed:
        _talk(session, order, "unreached", note, by, task)
        cases.note(session, order.case_no, org.name_of(by), "追加项目：未联系上客户", note, task.now, user=by)
    elif form.extra_result == "reached":
        _decide(session, order, form, note, reader, task, org, shop)
        outcome = "again" if reader.errors else "decided"
    again = outcome == "again"
    fields = workforms.extra_form(session, order, task, office, shop)
    if again and not missed:
        sent = {
            "extra_result": 16,
            "extra_channel": 16,
            "extra_promised_at": 40,
            "extra_note": rules.MOST_TEXT,
        }
        fields |= {name: cases.shown(getattr(form, name), limit) for name, limit in sent.items()}
        fields["extra_rows"] = workforms.as_typed(fields["extra_rows"], form.extra_rows, answer=16)
    return ExtraRecorded.of_case(
        session,
        task.case_no,
        extra_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        extra_lines=[],
        **orders.shown(session, order, full=again),
        **fields,
        **workforms.repair_form(session, order, task, org, office),
    )


def _decide(
    session: Session,
    order: ServiceOrder,
    form: RecordExtra,
    note: str,
    reader: FormReader,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
) -> None:
    asked = {one.line_no: one for one in workforms.asked(session, order.case_no)}
    orders.read_channel(session, order, reader, "extraChannel", "联系方式", form.extra_channel)
    answers = rules.read_answers(reader, form.extra_rows, asked)
    if reader.errors:
        return
    for number, agreed in answers.items():
        asked[number].state = AGREED if agreed else DECLINED
    soonest = estimating.earliest(task.now, lines.hours(lines.of(session, order.case_no), AGREED), shop)
    value = form.extra_promised_at
    promised = order.promised_at
    if any(answers.values()):  # work that is refused changes no time
        promised = rules.read_promise(reader, "extraPromisedAt", "商定的完工时间", value, soonest)
    if reader.errors:
        for number in answers:
            asked[number].state = PROPOSED
        return
    if order.begun_at is not None and order.asked_at is not None:
        order.begun_at = promise.goes_on(order.begun_at, order.asked_at, task.now, shop)
    order.asked_at = None
    _write(session, order, asked, promised, note, form, task, org)


def _write(
    session: Session,
    order: ServiceOrder,
    asked: dict[int, ServiceLine],
    promised: datetime | None,
    note: str,
    form: RecordExtra,
    task: TaskContext,
    org: OrgChart,
) -> None:
    by, before = form.signed_by or "", order.promised_at
    taken = "、".join(one.name for one in asked.values() if one.state == AGREED) or "无"
    left = "、".join(one.name for one in asked.values() if one.state == DECLINED) or "无"
    if promised != before:
        order.promised_at, order.promise_given_at = promised, task.now
    outcome = "agreed" if left == "无" else ("refused" if taken == "无" else "partly")
    _talk(session, order, outcome, note, by, task, before=before)
    said = f"同意：{taken}；不同意：{left}；完工时间{orders.moment_text(promised)}。{note}"
    cases.note(session, order.case_no, org.name_of(by), "追加项目", said, task.now, user=by)
    cases.status(session, order.case_no, f"追加项目已商定，{org.name_of(order.technician or '')}维修中")
    customer = order.customer_no or ""
    if left != "无":
        customers.remember(session, customer, task.now, "不同意的追加项目", left, order.case_no)
    notify.tell_customer(
        session,
        f"{order.case_no}-extra-{max(asked)}",
        customer,
        f"追加项目确认 {order.case_no}",
        f"与您商定：{said}",
        channel=str(form.extra_channel),
    )
    promising.progress(session, task)


def _talk(
    session: Session,
    order: ServiceOrder,
    outcome: str,
    note: str,
    by: str,
    task: TaskContext,
    before: datetime | None = None,
) -> None:
    session.add(
        ServiceContact(
            case_no=order.case_no,
            kind="extra",
            outcome=outcome,
            promised_before=before,
            promised_after=order.promised_at,
            note=note,
            by=by,
            at=task.now,
        )
    )
