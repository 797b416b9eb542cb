"""The goods are back: the warehouse counts them, quality inspects them; nothing is booked yet (C7, C8)."""

from __future__ import annotations

from workers import cases, policy
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.fulfilment import rules
from workers.org import OrgChart
from workers.returns import forms
from workers.returns.messages import (
    RecordReturned,
    RecordReturnedInspection,
    ReturnedInspected,
    ReturnedRecorded,
)
from workers.returns.papers import Coming
from workers.returns.router import router
from workers.returns.store import APPROVED, INSPECTED, RECEIVED
from workers.runtime import TaskContext


@router.task("record_returned")
def record_returned(
    form: RecordReturned, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ReturnedRecorded:
    """Keep what the warehouse counted: never more than was announced. From now on nobody withdraws (X4)."""
    coming, reader = Coming.lock(uow, task, org, APPROVED), FormReader()
    here, announced = coming.here, coming.announced()
    coming.require_post(reader, form.signed_by, "warehouse")
    counted = rules.read_quantities(
        reader, "receivedLines", "实收数量", form.received_lines, announced, "退货单的"
    )
    remark = reader.text(
        "receiveRemark", "备注", form.receive_remark, forms.MOST_REMARK, required=False, lines=True
    )
    if reader.errors:
        return ReturnedRecorded.of_case(
            coming.session,
            task.case_no,
            receive_outcome="invalid",
            has_errors=True,
            form_errors=reader.errors,
            received_lines=coming.as_typed(announced, form.received_lines, "quantity"),
            receive_remark=cases.shown(form.receive_remark, forms.MOST_REMARK),
            **coming.steps(),
        )
    by = form.signed_by or ""
    for line in coming.back.lines:
        line.received, line.bad, line.defect = counted.get(line.line_no, rules.NOTHING), None, ""
    coming.back.received_by, coming.back.received_on, coming.back.state = by, here.today, RECEIVED
    coming.session.flush()
    coming.note(by, "退货点收", "；".join(filter(None, [here.words(counted), remark])))
    cases.status(coming.session, task.case_no, "货物已退回，待质检科检验")
    return ReturnedRecorded.of_case(
        coming.session,
        task.case_no,
        receive_outcome="received",
        inspect_due=policy.due(coming.session, "inspect_return", task.now, office),
        inspection_lines=[{**row, "good": row["quantity"], "bad": "0"} for row in here.rows(counted)],
        **coming.steps(),
    )


@router.task("record_inspection")
def record_inspection(
    form: RecordReturnedInspection, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ReturnedInspected:
    """Keep what quality found: good goods will be stock again, bad ones scrapped."""
    coming, reader = Coming.lock(uow, task, org, RECEIVED), FormReader()
    here, received = coming.here, coming.received()
    coming.require_post(reader, form.signed_by, "quality")
    names, labels = ("good", "bad"), ("完好", "损坏")
    found = rules.read_splits(reader, "inspectionLines", names, labels, form.inspection_lines, received)
    if reader.errors:
        return ReturnedInspected.of_case(
            coming.session,
            task.case_no,
            inspect_outcome="invalid",
            has_errors=True,
            form_errors=reader.errors,
            inspection_lines=coming.as_typed(received, form.inspection_lines, *names, "reason"),
            **coming.steps(),
        )
    by = form.signed_by or ""
    for line in coming.back.lines:
        if line.line_no in found:
            line.bad, line.defect = found[line.line_no].refused, found[line.line_no].reason
    coming.back.inspected_by, coming.back.inspected_on, coming.back.state = by, here.today, INSPECTED
    coming.session.flush()
    good = {line: one.quantity for line, one in found.items() if one.quantity}
    bad = here.words(coming.bad()) or "无"
    coming.note(by, "退货检验", f"完好{here.words(good) or '无'}，损坏{bad}")
    cases.status(coming.session, task.case_no, "退货已检验，待财务部按客户签字的退货单入帐")
    return ReturnedInspected.of_case(
        coming.session,
        task.case_no,
        inspect_outcome="inspected",
        book_due=policy.due(coming.session, "book_return", task.now, office),
        paper_lines=here.rows(received),
        **coming.steps(),
    )
