"""Finance books the return from the paper that the customer signed, sales from the warehouse's count (C4, C8, X6)."""

from __future__ import annotations

from workers import cases, debts, documents, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, media_type, sha256_of, uploaded_scan
from workers.fulfilment import printing, rules
from workers.fulfilment.production import GOODS_WANTED
from workers.fulfilment.stock import STOCK_CHANGED
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.returns import forms, papers
from workers.returns.messages import BookGoodsReturn, GoodsReturnBooked
from workers.returns.papers import Coming
from workers.returns.router import router
from workers.returns.store import APPROVED, BOOKED, INSPECTED, GoodsReturnPaper
from workers.runtime import EngineVariables, TaskContext

SCAN = "returnScan"
BOOK, RECOUNT = "book", "recount"


@router.task("book")
def book(
    form: BookGoodsReturn,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    engine: EngineVariables,
    office: WorkingHours,
) -> GoodsReturnBooked:
    """Enter the return in both books at once, scrap what is bad; or have the warehouse count anew."""
    coming, reader = Coming.lock(uow, task, org, INSPECTED), FormReader()
    coming.require_post(reader, form.signed_by, "finance")
    again = form.book_decision == RECOUNT
    if form.book_decision not in (BOOK, RECOUNT):
        reader.wrong("bookDecision", "办理结果：请选择入帐或退回重新点收")
    remark = reader.text(
        "bookRemark", "说明", form.book_remark, forms.MOST_REMARK, required=again, lines=True
    )
    if again and not reader.errors:
        return _recount(coming, form.signed_by or "", remark, office)
    if not again and _enter(coming, form, reader, engine, company):
        return GoodsReturnBooked.of_case(
            coming.session, task.case_no, book_outcome="booked", **coming.steps()
        )
    return GoodsReturnBooked.of_case(
        coming.session,
        task.case_no,
        book_outcome="invalid",
        has_errors=True,
        form_errors=reader.errors,
        book_decision=cases.shown(form.book_decision, 10),
        book_remark=cases.shown(form.book_remark, forms.MOST_REMARK),
        paper_signer=cases.shown(form.paper_signer, forms.MOST_NAME),
        paper_signed_on=cases.shown(form.paper_signed_on, 40),
        paper_lines=coming.as_typed(coming.received(), form.paper_lines, "quantity"),
        **coming.steps(),
    )


def _recount(coming: Coming, by: str, remark: str, office: WorkingHours) -> GoodsReturnBooked:
    """The customer's paper says something else than the warehouse: it counts anew, then quality looks anew."""
    coming.back.state = APPROVED
    coming.note(by, "退回重新点收", remark)
    number, at = coming.back.case_no, coming.here.task.now
    cases.status(coming.session, number, "与客户签字的退货单不符，待仓库重新点收")
    return GoodsReturnBooked.of_case(
        coming.session,
        number,
        book_outcome="recount",
        return_comment=f"{coming.here.org.name_of(by)}：{remark}",
        receive_due=policy.due(coming.session, "receive_return", at, office),
        received_lines=coming.here.rows(coming.announced()),
        **coming.steps(),
    )


def _enter(
    coming: Coming, form: BookGoodsReturn, reader: FormReader, engine: EngineVariables, company: Company
) -> bool:
    """Whether the return was entered: all of it in one transaction, whichever book it goes into."""
    here, back, received, bad = coming.here, coming.back, coming.received(), coming.bad()
    signed = coming.signed()
    signer = reader.text("paperSigner", "客户签字人", form.paper_signer, forms.MOST_NAME)
    signed_on = rules.read_past(
        reader,
        "paperSignedOn",
        "签字日期",
        form.paper_signed_on,
        signed.at.astimezone(SHANGHAI).date(),
        here.today,
    )
    lines = rules.read_quantities(reader, "paperLines", "数量", form.paper_lines, received, "仓库点收的")
    if not reader.errors and lines != received:
        reader.wrong("paperLines", "退货单上客户签字的数量应与仓库点收的相同；不同的，退回重新点收")
    scan = uploaded_scan(engine, here.task.process_instance_id, SCAN, reader, "退货单扫描件", "退货单")
    if reader.errors or signed_on is None or scan is None or back.received_on is None:
        return False
    by, sha256, number = form.signed_by or "", sha256_of(scan), back.case_no
    kept = GoodsReturnPaper(
        case_no=number,
        signer=signer,
        signed_on=signed_on,
        scan=scan,
        scan_sha256=sha256,
        media_type=media_type(scan) or "",
        recorded_by=by,
        recorded_at=here.task.now,
    )
    coming.session.add(kept)
    here.post(Book.FINANCE, EntryKind.RETURN, number, received, signed_on, sha256)
    here.post(Book.SALES, EntryKind.RETURN, number, received, back.received_on, sha256)
    here.post(Book.SALES, EntryKind.SCRAP, number, bad, here.today)
    back.state = BOOKED
    steps = [("warehouse", back.received_by), ("quality", back.inspected_by), ("finance", by)]
    done = [printing.signed(here, post, user or "") for post, user in steps]
    papers.issue(coming, company, [papers.filler(coming), *documents.signed_by(signed), *done])
    for message in (GOODS_WANTED, STOCK_CHANGED):
        signals.send(coming.session, message, here.number, f"return {number}")
    debts.tell_collection(coming.session, here.number, f"退货 {number}", here.task.now)
    cases.finish(coming.session, number, cases.CLOSED, here.task.now)
    coming.note(by, "退货入帐", f"{signer}于{signed_on}签字，退回{here.words(received)}")
    cases.status(coming.session, number, "退货已入帐")
    here.view()
    return True
