"""Batches: reported by production, inspected by quality, stored by the warehouse (C7)."""

from __future__ import annotations

from workers import cases, policy, signals
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, Signature
from workers.fulfilment import papers, printing, rules
from workers.fulfilment.production import batch_due, batch_form, notice_words
from workers.fulfilment.production_messages import (
    InboundRecorded,
    InspectionRecorded,
    ProductionReported,
    RecordInbound,
    RecordInspection,
    ReportProduction,
)
from workers.fulfilment.router import router
from workers.fulfilment.store import (
    BATCH,
    CLOSED,
    INSPECT,
    ISSUED,
    NOTICE,
    PREPARE,
    REPORT,
    STORE,
    GoodsPaper,
)
from workers.fulfilment.under_way import Fulfilment
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.runtime import TaskContext

STOCK_CHANGED = "Msg_StockChanged"
MOST_REMARK = 500
MOST_LOCATION = 100


@router.task("report_production")
def report_production(
    form: ReportProduction,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> ProductionReported:
    """Book a batch and its inbound note; never more than the issued notice has left (C6)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    notice = papers.under_way(here, NOTICE, ISSUED)
    left = left_of(here, notice)
    if not left:
        notice.state = CLOSED
        return _reported(here, "obsolete")
    cases.require_post(reader, form.signed_by, "production", task, org)
    lines = rules.read_quantities(reader, "batchLines", "完工数量", form.batch_lines, left, "通知单未完成的")
    issued_on = papers.approved_on(here, notice)
    produced_on = rules.read_past(reader, "producedOn", "完工日期", form.produced_on, issued_on, here.today)
    remark = reader.text("batchRemark", "备注", form.batch_remark, MOST_REMARK, required=False, lines=True)
    if reader.errors or produced_on is None:
        fields = batch_form(here, notice) | {
            "batch_lines": here.typed(here.rows(left), form.batch_lines, ["quantity"]),
            "produced_on": cases.shown(form.produced_on, 40),
            "batch_remark": cases.shown(form.batch_remark, MOST_REMARK),
        }
        return _reported(here, "invalid", has_errors=True, form_errors=reader.errors, **fields)
    by = form.signed_by or ""
    batch = papers.draw_up(here, BATCH, by=by, notice=notice)
    papers.record(here, batch, REPORT, by, lines, on=produced_on, remark=remark)
    here.post(Book.SALES, EntryKind.PRODUCTION, batch.paper_no, lines, produced_on)
    _print_inbound(here, company, batch)
    here.note(by, "报告生产", f"入库单{batch.paper_no}：{here.words(lines)}")
    return _reported(
        here,
        "reported",
        batch_no=batch.paper_no,
        batch_rows=here.rows(lines),
        inspection_lines=[{**row, "passed": row["quantity"], "failed": "0"} for row in here.rows(lines)],
        inspection_due=policy.due(here.session, "inspect_goods", task.now, office),
        **notice_words(here, notice),
    )


def _reported(here: Fulfilment, outcome: str, **fields: object) -> ProductionReported:
    return ProductionReported.of_case(
        here.session, here.number, report_outcome=outcome, **fields, **here.view()
    )


@router.task("record_inspection")
def record_inspection(
    form: RecordInspection,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> InspectionRecorded:
    """Keep what quality found; what has passed gets a certificate, the rest goes back to production (C7)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    notice, batch = papers.under_way(here, NOTICE, ISSUED), papers.under_way(here, BATCH, ISSUED)
    made = papers.quantities(here, batch, REPORT)
    cases.require_post(reader, form.signed_by, "quality", task, org)
    names, labels = ("passed", "failed"), ("合格", "不合格")
    found = rules.read_splits(reader, "inspectionLines", names, labels, form.inspection_lines, made)
    remark = reader.text(
        "inspectionRemark", "检验备注", form.inspection_remark, MOST_REMARK, required=False, lines=True
    )
    fields: dict[str, object] = {"batch_no": batch.paper_no, "batch_rows": here.rows(made)}
    fields |= notice_words(here, notice)
    if reader.errors:
        typed = here.typed(here.rows(made), form.inspection_lines, [*names, "reason"])
        fields |= {"has_errors": True, "form_errors": reader.errors, "inspection_lines": typed}
        fields |= {"inspection_remark": cases.shown(form.inspection_remark, MOST_REMARK)}
        return _inspected(here, "invalid", **fields)
    by = form.signed_by or ""
    passed = {line: one.quantity for line, one in found.items() if one.quantity > 0}
    failed = {line: one.refused for line, one in found.items() if one.refused > 0}
    certificate = None
    if passed:
        told = [("入库单号", batch.paper_no), *printing.facts(here, batch)]
        seal = [printing.signed(here, "quality", by)]
        certificate = printing.issue(
            here, company, "HG", told, {"合格数量": passed}, seal, notes=[remark]
        ).number
    papers.record(here, batch, INSPECT, by, found, document_no=certificate, remark=remark)
    told_failed = f"不合格{here.words(failed)}，退回生产" if failed else ""
    told_passed = f"合格{here.words(passed)}，合格证{certificate}" if passed else ""
    here.note(by, "质量检验", f"{batch.paper_no}：" + "；".join(filter(None, [told_passed, told_failed])))
    if not passed:
        batch.state = CLOSED
        fields |= batch_form(here, notice)
        return _inspected(here, "failed", batch_due=batch_due(here, office), **fields)
    fields["batch_rows"] = here.rows(made, passed=passed, failed=failed)
    return _inspected(
        here,
        "passed",
        certificate_no=certificate,
        store_lines=_to_store(here, passed),
        store_due=policy.due(here.session, "store_goods", task.now, office),
        **fields,
    )


def _inspected(here: Fulfilment, outcome: str, **fields: object) -> InspectionRecorded:
    return InspectionRecorded.of_case(
        here.session, here.number, inspection_outcome=outcome, **fields, **here.view()
    )


def _to_store(here: Fulfilment, passed: rules.Quantities) -> list[dict[str, object]]:
    return [{**row, "stored": row["quantity"], "missing": "0"} for row in here.rows(passed)]


@router.task("record_inbound")
def record_inbound(
    form: RecordInbound,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> InboundRecorded:
    """Book what the warehouse counted and stored, on inbound note and certificate; deliveries hear of it (C7)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    notice, batch = papers.under_way(here, NOTICE, ISSUED), papers.under_way(here, BATCH, ISSUED)
    passed = papers.quantities(here, batch, INSPECT)
    certificate = papers.recorded(here, batch, INSPECT).document_no
    cases.require_post(reader, form.signed_by, "warehouse", task, org)
    names, labels = ("stored", "missing"), ("实收", "短少")
    counted = rules.read_splits(reader, "storeLines", names, labels, form.store_lines, passed)
    location = reader.text("location", "库位", form.location, MOST_LOCATION)
    fields: dict[str, object] = {
        "batch_no": batch.paper_no,
        "certificate_no": certificate,
        "batch_rows": here.rows(
            papers.quantities(here, batch, REPORT), passed=passed, failed=papers.refused(here, batch, INSPECT)
        ),
    }
    if reader.errors:
        typed = here.typed(here.rows(passed), form.store_lines, [*names, "reason"])
        fields |= {"has_errors": True, "form_errors": reader.errors, "store_lines": typed}
        fields |= {"location": cases.shown(form.location, MOST_LOCATION)}
        return _inbound(here, "invalid", **fields)
    by = form.signed_by or ""
    papers.record(here, batch, STORE, by, counted, document_no=certificate, remark=location)
    stored = papers.quantities(here, batch, STORE)
    here.post(Book.SALES, EntryKind.INBOUND, batch.paper_no, stored, here.today)
    _print_inbound(here, company, batch)
    batch.state = CLOSED
    here.session.flush()
    signals.send(here.session, STOCK_CHANGED, here.number, f"inbound {batch.paper_no}")
    here.note(by, "成品入库", f"{batch.paper_no}：{here.words(stored) or '无'}，库位{location}")
    if not left_of(here, notice):
        notice.state = CLOSED
        return _inbound(here, "done", **fields)
    return _inbound(here, "open", **fields, **batch_form(here, notice), batch_due=batch_due(here, office))


def _inbound(here: Fulfilment, outcome: str, **fields: object) -> InboundRecorded:
    return InboundRecorded.of_case(
        here.session, here.number, inbound_outcome=outcome, **fields, **here.view()
    )


def left_of(here: Fulfilment, notice: GoodsPaper) -> rules.Quantities:
    """What of the notice is still to be made."""
    ordered = papers.quantities(here, notice, PREPARE)
    return rules.left_of(ordered, papers.stored_on(here, notice), here.goods())


def _print_inbound(here: Fulfilment, company: Company, batch: GoodsPaper) -> None:
    """The inbound note: filled by production, with quality's and the warehouse's figures as they come."""
    columns: dict[str, rules.Quantities | None] = {"报产数量": papers.quantities(here, batch, REPORT)}
    report = papers.recorded(here, batch, REPORT)
    told = [
        ("生产通知单", batch.notice_no or ""),
        ("完工日期", report.done_on.isoformat()),
        *printing.facts(here, batch),
    ]
    signatures = [printing.signed(here, "production", report.done_by, report.recorded_at)]
    steps = {record.step: record for record in papers.records(here, batch)}
    for step, column, post in ((INSPECT, "合格数量", "quality"), (STORE, "实收数量", "warehouse")):
        record = steps.get(step)
        columns[column] = papers.quantities(here, batch, step) if record else None
        signatures.append(
            printing.signed(here, post, record.done_by, record.recorded_at)
            if record
            else Signature(here.org.post_name(post))
        )
    store = steps.get(STORE)
    if store is not None:
        told += [("合格证", store.document_no or ""), ("库位", store.remark)]
    printing.issue(
        here, company, "RK", told, columns, signatures, number=batch.paper_no, notes=[report.remark]
    )
