"""The final check by somebody who did not repair (W8)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workers import cases, notify
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import booking, lines, orders, promising, rules, staffing, workforms
from workers.service.router import router
from workers.service.store import AGREED, CONFIRMED, DONE, FINISHED, QualityCheck, ServiceOrder
from workers.service.work_messages import QualityRecorded, RecordQuality


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
    elif by not in staffing.checkers(org, order.technician or "", orders.today(task)):
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
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        check_result=cases.shown(form.check_result, 16) if outcome == "invalid" else None,
        check_findings=cases.shown(form.check_findings, rules.MOST_TEXT) if outcome == "invalid" else None,
        **orders.shown(session, order, full=False),
        **workforms.repair_form(session, order, task, org, office, quality),
    )


def _check(
    session: Session, order: ServiceOrder, passed: bool, found: str, by: str, task: TaskContext, org: OrgChart
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
        booking.free_rest(session, order.case_no, "finished", task.now)
        cases.note(session, order.case_no, org.name_of(by), "质检合格", found, task.now, user=by)
        cases.status(session, order.case_no, "质检合格，待结算交车")
        notify.tell_customer(
            session,
            f"{order.case_no}-finished",
            order.customer_no or "",
            f"完工通知 {order.case_no}",
            f"您的车{order.plate}已修好并通过质检，按约定时间来取车即可；结算单届时向您逐项说明。",
        )
        promising.progress(session, task)
        return ""
    order.quality_failures += 1
    order.begun_at = task.now
    for line in lines.of(session, order.case_no):
        if line.state == DONE:
            line.state = AGREED  # to be gone through once more; what was used stays as it was said
    said = f"质检不合格（第{order.quality_failures}次）：{found}"
    cases.note(session, order.case_no, org.name_of(by), "质检不合格", found, task.now, user=by)
    cases.status(session, order.case_no, f"{said}，返回维修")
    promising.progress(session, task)
    return said
