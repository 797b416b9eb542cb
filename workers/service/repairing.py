"""Diagnosis and repair by the technician to whom the work was given (W5, W7)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workers import cases, policy
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import lines, orders, promising, rules, staffing, workforms
from workers.service.estimating import shown_items
from workers.service.router import router
from workers.service.store import AGREED, CONFIRMED, DONE, EXTRA, NOT_DONE, ServiceLine, ServiceOrder
from workers.service.work_messages import DiagnosisRecorded, RecordDiagnosis, RecordRepair, RepairRecorded
from workers.service.workshop import Workshop


def _is_technician(
    reader: FormReader, order: ServiceOrder, by: str, task: TaskContext, org: OrgChart
) -> None:
    """The technician it was given to, or who stands in for them today; the dispatcher when they have left."""
    technician, today = order.technician or "", orders.today(task)
    if org.on_duty(technician, today) is None:
        cases.require_post(reader, by, "dispatcher", task, org)
    elif not org.may_do_for(by, technician, "dispatcher", today):
        reader.wrong("", f"只有维修技师{org.name_of(technician)}或代班人可以办理")


def _propose(
    session: Session,
    order: ServiceOrder,
    value: object,
    reader: FormReader,
    shop: Workshop,
    task: TaskContext,
) -> list[ServiceLine]:
    """Additional lines that the technician asks for."""
    known = lines.price_list(session, orders.today(task))
    items = rules.read_items(reader, "extraLines", "追加项目", value, known, required=False)
    for number, item in enumerate(items, 1):
        if not item.reason:
            reader.wrong("extraLines", f"追加项目第{number}行：请写明为什么必须做，以便向客户说明")
    if not reader.errors and lines.work_hours(session, items, shop) > lines.MOST_HOURS:
        reader.wrong("extraLines", f"追加项目：合计不得超过{lines.MOST_HOURS}工时")
    return [] if reader.errors else lines.add(session, order.case_no, items, EXTRA, shop, orders.today(task))


@router.task("record_diagnosis")
def record_diagnosis(
    form: RecordDiagnosis,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> DiagnosisRecorded:
    """What the technician found; additional work is asked of the customer first (W5, W6)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    _is_technician(reader, order, by, task, org)
    findings = reader.text("findings", "诊断结果", form.findings, rules.MOST_TEXT, lines=True)
    added = _propose(session, order, form.extra_lines, reader, shop, task)
    outcome = "invalid"
    if not reader.errors:
        outcome = "extra" if added else "clean"
        order.findings = findings
        order.asked_at = task.now if added else None
        cases.note(session, order.case_no, org.name_of(by), "诊断", findings, task.now, user=by)
        _say_next(session, order, bool(added), org)
    return DiagnosisRecorded.of_case(
        session,
        task.case_no,
        diagnosis_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        findings=cases.shown(form.findings, rules.MOST_TEXT),
        extra_lines=shown_items(form.extra_lines) if outcome == "invalid" else [],
        **orders.shown(session, order, full=outcome == "extra"),
        **workforms.extra_form(session, order, task, office, shop),
        **workforms.repair_form(session, order, task, org, office),
    )


def _say_next(session: Session, order: ServiceOrder, extra: bool, org: OrgChart) -> None:
    name = org.name_of(order.technician or "")
    said = "发现追加项目，待与客户商定" if extra else f"{name}维修中"
    cases.status(session, order.case_no, said)


@router.task("record_repair")
def record_repair(
    form: RecordRepair,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> RepairRecorded:
    """What was done of the agreed lines; what else was found is asked of the customer first (W6, W7)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    _is_technician(reader, order, by, task, org)
    findings = reader.text("findings", "诊断与维修情况", form.findings, rules.MOST_TEXT, lines=True)
    rows = {
        one.line_no: one for one in lines.of(session, order.case_no) if one.state in (AGREED, DONE, NOT_DONE)
    }
    added = _propose(session, order, form.extra_lines, reader, shop, task)
    outcome = "invalid"
    if added:
        outcome = "extra"  # the work goes on when the customer has answered; nothing is recorded as done yet
        order.findings, order.asked_at = findings, task.now
    else:
        work = rules.read_work(reader, form.repair_rows, {no: one.quantity for no, one in rows.items()})
        if not reader.errors:
            outcome = "done"
            order.findings = findings
            for done in work:
                line = rows[done.line_no]
                line.actual = done.actual
                line.state = DONE if done.actual > 0 else NOT_DONE
                line.reason = done.reason or line.reason
    if outcome == "done":
        staffing.checkers(
            org, by, orders.today(task)
        )  # nobody left who may check: an incident, not a stuck car
        # who repaired is who says so: a stand-in's work is not checked by the stand-in
        order.technician = by
        cases.note(session, order.case_no, org.name_of(by), "维修完成", findings, task.now, user=by)
        cases.status(session, order.case_no, "维修完成，待质检")
        promising.progress(session, task)
    elif outcome == "extra":
        cases.note(session, order.case_no, org.name_of(by), "维修中发现追加项目", findings, task.now, user=by)
        _say_next(session, order, True, org)
    fields = workforms.repair_form(session, order, task, org, office)
    if outcome == "invalid":
        fields["repair_rows"] = workforms.as_typed(
            fields["repair_rows"], form.repair_rows, actual=16, reason=200
        )
    return RepairRecorded.of_case(
        session,
        task.case_no,
        repair_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        findings=cases.shown(form.findings, rules.MOST_TEXT),
        extra_lines=shown_items(form.extra_lines) if outcome == "invalid" else [],
        check_due=policy.due(session, "check_quality", task.now, office),
        **orders.shown(session, order, full=outcome == "extra"),
        **workforms.extra_form(session, order, task, office, shop),
        **fields,
    )
