"""Dispatch, diagnosis, repair and the final check (W4, W5, W7, W8)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, notify, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import lines, orders, rules, staffing, workforms
from workers.service.estimating import shown_items
from workers.service.promising import PROGRESS
from workers.service.router import router
from workers.service.store import (
    AGREED,
    CONFIRMED,
    DONE,
    EXTRA,
    FINISHED,
    NOT_DONE,
    QualityCheck,
    ServiceLine,
    ServiceOrder,
)
from workers.service.work_messages import (
    DiagnosisRecorded,
    Dispatch,
    Dispatched,
    ProposeTechnicians,
    QualityRecorded,
    RecordDiagnosis,
    RecordQuality,
    RecordRepair,
    RepairRecorded,
    TechniciansProposed,
)
from workers.service.workshop import Workshop


def _today(task: TaskContext) -> date:
    return task.now.astimezone(SHANGHAI).date()


@router.task("propose_technicians")
def propose_technicians(
    _: ProposeTechnicians,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> TechniciansProposed:
    """Who could do it, the least loaded first (W4)."""
    session = uow.session
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    return TechniciansProposed.of_case(
        session, task.case_no, **_choice(session, order, task, org, shop, office)
    )


def _choice(
    session: Session,
    order: ServiceOrder,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> dict[str, Any]:
    found = staffing.candidates(session, org, shop, lines.of(session, order.case_no), _today(task))
    return {
        "technician_options": [{"label": org.name_of(one.user), "value": one.user} for one in found],
        "technician_rows": [
            {
                "name": org.name_of(one.user),
                "load": f"{one.hours.normalize():f}小时",
                "missing": "、".join(sorted(one.missing)) or "无",
            }
            for one in found
        ],
        "chosen_technician": found[0].user if found else None,
        "dispatch_due": policy.due(session, "dispatch_work", task.now, office),
        **orders.shown(session, order, full=False),
    }


@router.task("dispatch")
def dispatch(
    form: Dispatch,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> Dispatched:
    """The dispatcher's choice, if that technician is there and able at this moment (W4)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    cases.require_post(reader, by, "dispatcher", task, org)
    able = [
        one.user
        for one in staffing.candidates(session, org, shop, lines.of(session, order.case_no), _today(task))
    ]
    if form.chosen_technician not in able:
        reader.wrong("chosenTechnician", "维修技师：请从具备技能、今天在岗的技师中选择")
    if not reader.errors:
        order.technician, order.begun_at = str(form.chosen_technician), task.now
        name = org.name_of(order.technician)
        cases.note(session, order.case_no, org.name_of(by), "派工", name, task.now, user=by)
        cases.status(session, order.case_no, f"已派工给{name}，诊断中")
        _progress(session, task)
    return Dispatched.of_case(
        session,
        task.case_no,
        dispatch_outcome="again" if reader.errors else "dispatched",
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        technician=order.technician,
        diagnose_due=policy.due(session, "diagnose", task.now, office),
        product_options=lines.options(session, _today(task)),
        extra_lines=[],
        **orders.shown(session, order, full=False),
    )


def _progress(session: Session, task: TaskContext) -> None:
    """The strand that watches over the promise looks again."""
    signals.send(session, PROGRESS, task.case_no, f"{task.activity_id} {task.task_id}")


def _is_technician(
    reader: FormReader, order: ServiceOrder, by: str, task: TaskContext, org: OrgChart
) -> None:
    """The technician it was given to, or who stands in for them today."""
    if by not in (order.technician, org.acting(order.technician or "", _today(task))):
        cases.require_post(reader, by, "dispatcher", task, org)


def _propose(
    session: Session,
    order: ServiceOrder,
    value: object,
    reader: FormReader,
    shop: Workshop,
    task: TaskContext,
) -> list[ServiceLine]:
    """Additional lines that the technician asks for."""
    known = lines.price_list(session, _today(task))
    items = rules.read_items(reader, "extraLines", "追加项目", value, known, required=False)
    for number, item in enumerate(items, 1):
        if not item.reason:
            reader.wrong("extraLines", f"追加项目第{number}行：请写明为什么必须做，以便向客户说明")
    if not reader.errors and lines.work_hours(session, items, shop) > lines.MOST_HOURS:
        reader.wrong("extraLines", f"追加项目：合计不得超过{lines.MOST_HOURS}工时")
    return [] if reader.errors else lines.add(session, order.case_no, items, EXTRA, shop, _today(task))


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
        **workforms.repair_form(session, order, task, office),
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
        order.findings = findings
    elif not reader.errors:
        work = rules.read_work(reader, form.repair_rows, {no: one.quantity for no, one in rows.items()})
        if not reader.errors:
            outcome = "done"
            order.findings = findings
            for done in work:
                line = rows[done.line_no]
                line.actual = done.actual
                line.state = DONE if done.actual > 0 else NOT_DONE
                line.reason = done.reason or line.reason
    checkers = staffing.checkers(org, by, _today(task)) if outcome == "done" else []
    if outcome == "done":
        # who repaired is who says so: a stand-in's work is not checked by the stand-in
        order.technician = by
        cases.note(session, order.case_no, org.name_of(by), "维修完成", findings, task.now, user=by)
        cases.status(session, order.case_no, "维修完成，待质检")
        _progress(session, task)
    elif outcome == "extra":
        cases.note(session, order.case_no, org.name_of(by), "维修中发现追加项目", findings, task.now, user=by)
        _say_next(session, order, True, org)
    return RepairRecorded.of_case(
        session,
        task.case_no,
        repair_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        findings=cases.shown(form.findings, rules.MOST_TEXT),
        extra_lines=shown_items(form.extra_lines) if outcome == "invalid" else [],
        quality_checkers=",".join(checkers),
        check_due=policy.due(session, "check_quality", task.now, office),
        **orders.shown(session, order, full=outcome == "extra"),
        **workforms.extra_form(session, order, task, office, shop),
        **workforms.repair_form(session, order, task, office),
    )


@router.task("record_quality")
def record_quality(
    form: RecordQuality, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> QualityRecorded:
    """The final check by somebody else than who repaired; a failure is counted and goes back (W8)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    if by == order.technician:
        reader.wrong("", "质检不得由维修的人办理")
    elif by not in staffing.checkers(org, order.technician or "", _today(task)):
        reader.wrong("", f"只有{org.post_name(staffing.QUALITY)}可以办理")
    if form.check_result not in ("passed", "failed"):
        reader.wrong("checkResult", "质检结论：请选择")
    failed = form.check_result == "failed"
    found = reader.text(
        "checkFindings", "存在的问题", form.check_findings, rules.MOST_TEXT, required=failed, lines=True
    )
    outcome, quality = "invalid", ""
    if not reader.errors:
        outcome = str(form.check_result)
        quality = _check(session, order, not failed, found, by, task, org)
    return QualityRecorded.of_case(
        session,
        task.case_no,
        quality_outcome=outcome,
        technician=order.technician,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        check_result=cases.shown(form.check_result, 16) if outcome == "invalid" else None,
        check_findings=cases.shown(form.check_findings, rules.MOST_TEXT) if outcome == "invalid" else None,
        **orders.shown(session, order, full=False),
        **workforms.repair_form(session, order, task, office, quality),
    )


def _check(
    session: Session,
    order: ServiceOrder,
    passed: bool,
    found: str,
    by: str,
    task: TaskContext,
    org: OrgChart,
) -> str:
    session.add(
        QualityCheck(
            case_no=order.case_no,
            passed=passed,
            findings=found,
            technician=order.technician or "",
            by=by,
            at=task.now,
        )
    )
    if passed:
        order.state, order.finished_at = FINISHED, task.now
        cases.note(session, order.case_no, org.name_of(by), "质检合格", found, task.now, user=by)
        cases.status(session, order.case_no, "质检合格，待结算交车")
        notify.tell_customer(
            session,
            f"{order.case_no}-finished",
            order.customer_no or "",
            f"完工通知 {order.case_no}",
            f"您的车{order.plate}已修好并通过质检，按约定时间来取车即可；结算单届时向您逐项说明。",
        )
        _progress(session, task)
        return ""
    order.quality_failures += 1
    order.begun_at = task.now
    for line in lines.of(session, order.case_no):
        if line.state == DONE:
            line.state = AGREED  # to be gone through once more; what was used stays as it was said
    said = f"质检不合格（第{order.quality_failures}次）：{found}"
    cases.note(session, order.case_no, org.name_of(by), "质检不合格", found, task.now, user=by)
    cases.status(session, order.case_no, f"{said}，返回维修")
    _progress(session, task)
    return said
