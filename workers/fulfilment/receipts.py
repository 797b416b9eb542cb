"""The customer's signed copy, and what came back (C8): finance books what was signed for, sales what was returned."""

from __future__ import annotations

from workers import cases, policy, signals
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import media_type, sha256_of, uploaded_scan
from workers.fulfilment import papers, rules
from workers.fulfilment.delivery import note_form
from workers.fulfilment.delivery_messages import (
    CustomerReceiptRecorded,
    RecordCustomerReceipt,
    RecordReturnInspection,
    ReturnInspectionRecorded,
)
from workers.fulfilment.dispatch import exit_text
from workers.fulfilment.production import GOODS_WANTED
from workers.fulfilment.router import router
from workers.fulfilment.stock import STOCK_CHANGED
from workers.fulfilment.store import (
    CLOSED,
    DELIVERY,
    EXIT,
    INSPECT_RETURN,
    ISSUED,
    RECEIPT,
    CustomerReceipt,
    GateExit,
)
from workers.fulfilment.under_way import Fulfilment
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.runtime import EngineVariables, TaskContext

SCAN = "receiptScan"
POST = "finance"
"""Finance registers the copy: it is finance's paper and makes finance's entry, so that C12 has two sides (C4)."""
MOST_NAME = 100
MOST_REMARK = 500


@router.task("record_customer_receipt")
def record_customer_receipt(
    form: RecordCustomerReceipt,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    engine: EngineVariables,
    office: WorkingHours,
) -> CustomerReceiptRecorded:
    """Keep the copy that the customer signed: delivered is only what they signed for (C8, C4)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    note = papers.under_way(here, DELIVERY, ISSUED)
    out, left_on = papers.quantities(here, note, EXIT), papers.recorded(here, note, EXIT).done_on
    cases.require_post(reader, form.signed_by, POST, task, org)
    signer = reader.text("receiptSigner", "客户签收人", form.receipt_signer, MOST_NAME)
    signed_on = rules.read_past(
        reader, "receiptSignedOn", "签收日期", form.receipt_signed_on, left_on, here.today
    )
    names, labels = ("signed", "returned"), ("签收", "退回")
    lines = rules.read_splits(reader, "receiptLines", names, labels, form.receipt_lines, out)
    scan = uploaded_scan(engine, task.process_instance_id, SCAN, reader, "签收单扫描件", "发货单客户联")
    exit_ = here.session.get(GateExit, note.paper_no)
    common = note_form(here, note) | {"note_rows": here.rows(out)}
    common["exit_text"] = exit_text(exit_) if exit_ is not None else None
    if reader.errors or signed_on is None or scan is None:
        return _received(
            here,
            common,
            "invalid",
            has_errors=True,
            form_errors=reader.errors,
            receipt_lines=here.typed(here.rows(out), form.receipt_lines, [*names, "reason"]),
            receipt_signer=cases.shown(form.receipt_signer, MOST_NAME),
            receipt_signed_on=cases.shown(form.receipt_signed_on, 40),
        )
    by = form.signed_by or ""
    papers.record(here, note, RECEIPT, by, lines, on=signed_on)
    signed, returned = (papers.quantities(here, note, RECEIPT), papers.refused(here, note, RECEIPT))
    sha256 = sha256_of(scan)
    here.session.add(
        CustomerReceipt(
            paper_no=note.paper_no,
            signer=signer,
            signed_on=signed_on,
            scan=scan,
            scan_sha256=sha256,
            media_type=media_type(scan) or "",
        )
    )
    here.post(Book.SALES, EntryKind.RETURN, note.paper_no, returned, signed_on, sha256)
    here.post(Book.FINANCE, EntryKind.DELIVERY, note.paper_no, signed, signed_on, sha256)
    _tell(here, f"receipt {note.paper_no}")
    back = f"；退回{here.words(returned)}" if returned else ""
    text = f"{note.paper_no}：{signer}于{signed_on}签收{here.words(signed) or '无'}{back}"
    here.note(by, "登记客户签收", text)
    if not returned:
        note.state = CLOSED
        return _received(here, common, "signed")
    return _received(
        here,
        common,
        "returned",
        return_rows=_returned_rows(here, returned, lines),
        return_lines=[{**row, "good": row["quantity"], "bad": "0"} for row in here.rows(returned)],
        inspect_due=policy.due(here.session, "inspect_return", task.now, office),
    )


def _received(
    here: Fulfilment, form: dict[str, object], outcome: str, **fields: object
) -> CustomerReceiptRecorded:
    return CustomerReceiptRecorded.of_case(
        here.session, here.number, receipt_outcome=outcome, **form, **fields, **here.view()
    )


def _returned_rows(
    here: Fulfilment, returned: rules.Quantities, lines: dict[int, rules.Split]
) -> list[dict[str, object]]:
    return [{**row, "reason": lines[int(row["lineNo"])].reason} for row in here.rows(returned)]


def _tell(here: Fulfilment, fact: str) -> None:
    """Production and delivery look anew: something is delivered, is back in stock, or has to be made again."""
    for message in (GOODS_WANTED, STOCK_CHANGED):
        signals.send(here.session, message, here.number, fact)


@router.task("record_return_inspection")
def record_return_inspection(
    form: RecordReturnInspection, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> ReturnInspectionRecorded:
    """Keep what quality found of goods that came back: good ones stay in stock, bad ones are scrapped (C7, C8)."""
    here, reader = Fulfilment.lock(uow, task, org), FormReader()
    note = papers.under_way(here, DELIVERY, ISSUED)
    returned = papers.refused(here, note, RECEIPT)
    reasons = {line.line_no: line for line in papers.recorded(here, note, RECEIPT).lines}
    cases.require_post(reader, form.signed_by, "quality", task, org)
    names, labels = ("good", "bad"), ("完好", "损坏")
    found = rules.read_splits(reader, "returnLines", names, labels, form.return_lines, returned)
    remark = reader.text(
        "returnRemark", "检验备注", form.return_remark, MOST_REMARK, required=False, lines=True
    )
    fields: dict[str, object] = {"return_outcome": "invalid", **note_form(here, note)}
    if reader.errors:
        fields |= {
            "has_errors": True,
            "form_errors": reader.errors,
            "return_rows": [
                {**row, "reason": reasons[int(row["lineNo"])].reason} for row in here.rows(returned)
            ],
            "return_lines": here.typed(here.rows(returned), form.return_lines, [*names, "reason"]),
            "return_remark": cases.shown(form.return_remark, MOST_REMARK),
        }
        return ReturnInspectionRecorded.of_case(here.session, here.number, **fields, **here.view())
    by = form.signed_by or ""
    papers.record(here, note, INSPECT_RETURN, by, found, remark=remark)
    bad = papers.refused(here, note, INSPECT_RETURN)
    here.post(Book.SALES, EntryKind.SCRAP, note.paper_no, bad, here.today)
    _tell(here, f"return {note.paper_no}")
    note.state = CLOSED
    good = papers.quantities(here, note, INSPECT_RETURN)
    text = f"{note.paper_no}：完好{here.words(good) or '无'}，损坏报废{here.words(bad) or '无'}"
    here.note(by, "退货检验", text)
    fields["return_outcome"] = "recorded"
    return ReturnInspectionRecorded.of_case(here.session, here.number, **fields, **here.view())
