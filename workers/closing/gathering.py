"""What the warehouse counted, and that sales operations stands by its ledger: the two run side by side (C7, C12)."""

from __future__ import annotations

from workers import cases
from workers.cases import FormReader
from workers.closing import counting, figures
from workers.closing.messages import ConfirmSalesBook, CountRecorded, RecordCount, SalesBookConfirmed
from workers.closing.router import COUNTER, GONE, KEEPER, MOST_COMMENT, open_case, router
from workers.closing.store import MonthClosing
from workers.database.unit_of_work import UnitOfWork
from workers.ledger import Book
from workers.org import OrgChart
from workers.runtime import TaskContext


@router.task("record_count")
def record_count(form: RecordCount, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> CountRecorded:
    """Keep the count, once, beside the book's stock of this moment."""
    session, case_no = uow.session, task.case_no
    case, closing = open_case(uow, task)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, COUNTER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    remark = reader.text(
        "countRemark", "盘点说明", form.count_remark, MOST_COMMENT, required=False, lines=True
    )
    ledger_stock = counting.in_stock(session, task.now)
    counted = {} if reader.errors else counting.read(reader, form.counts, ledger_stock)
    beyond, found = counting.read_beyond(reader, session, form.surplus_rows, ledger_stock)
    counted |= found
    if not reader.errors and closing.counted_at is None:
        by = form.signed_by or ""
        off = counting.keep(session, case_no, [*ledger_stock, *beyond], counted, by, task.now)
        closing.counted_at = task.now
        text = f"{len(counted)}行，{off}行有差异" + (f"；{remark}" if remark else "")
        cases.note(session, case_no, org.name_of(by), "盘点", text, task.now, user=by)
        _waiting(uow, case_no, closing)
    return CountRecorded.of_case(
        session,
        case_no,
        count_accepted=not reader.errors,
        count_errors=reader.errors,
        counts=counting.rows(ledger_stock, counting.as_sent(form.counts)),
        surplus_rows=counting.beyond_as_sent(form.surplus_rows),
        count_lines=str(len(ledger_stock)),
        count_remark=cases.shown(form.count_remark, MOST_COMMENT),
    )


@router.task("confirm_sales_book")
def confirm_sales_book(
    form: ConfirmSalesBook, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> SalesBookConfirmed:
    """Sales operations says that its ledger is complete."""
    session, case_no = uow.session, task.case_no
    case, closing = open_case(uow, task)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, KEEPER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    if form.sales_book_confirmed is not True:
        reader.wrong("salesBookConfirmed", "请核对销售台帐后勾选确认")
    remark = reader.text(
        "salesRemark", "核对说明", form.sales_remark, MOST_COMMENT, required=False, lines=True
    )
    if not reader.errors:
        by = form.signed_by or ""
        closing.sales_confirmed_by = by
        cases.note(session, case_no, org.name_of(by), "核对销售台帐", remark, task.now, user=by)
        _waiting(uow, case_no, closing)
    return SalesBookConfirmed.of_case(
        session,
        case_no,
        sales_book_accepted=not reader.errors,
        sales_errors=reader.errors,
        sales_figures=figures.of_month(session, closing.month, [Book.SALES]),
        sales_remark=cases.shown(form.sales_remark, MOST_COMMENT),
    )


def _waiting(uow: UnitOfWork, case_no: str, closing: MonthClosing) -> None:
    """Say who is still awaited before the books are compared."""
    awaited = [] if closing.counted_at else ["仓库盘点"]
    awaited += [] if closing.sales_confirmed_by else ["销售业务科核对台帐"]
    cases.status(uow.session, case_no, f"待{'、'.join(awaited)}" if awaited else "核对台帐中")
