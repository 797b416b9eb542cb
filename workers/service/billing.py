"""The bill from what was really done, explained to the customer, and its money, booked once (W9).

Service bills stand in tables of this room, not in the contract ledger: its entries hang on a sealed contract, whose
gate of 60 %, instalments, interest and commission a bill that is paid at the counter has nothing to do with.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import bills, cases, documents, money, policy, signals
from workers.bills import ServiceBill
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.receipts import booking, references
from workers.receipts.references import Refused
from workers.runtime import FileValue, TaskContext
from workers.service import lines, orders, papers
from workers.service.router import router
from workers.service.store import DONE, FINISHED, PAID, ServiceOrder
from workers.service.work_messages import (
    BillPrepared,
    BillRecorded,
    PrepareBill,
    RecordBill,
)

POST = "service_advisor"
WAYS = (bills.COUNTER, bills.TRANSFER)


def bill_of(session: Session, case_no: str) -> ServiceBill | None:
    """The order's bill."""
    return session.scalars(select(ServiceBill).where(ServiceBill.case_no == case_no)).one_or_none()


def required(session: Session, case_no: str) -> ServiceBill:
    """The order's bill; InvalidInput when there is none."""
    bill = bill_of(session, case_no)
    if bill is None:
        raise InvalidInput(f"service order {case_no} has no bill")
    return bill


@router.task("prepare_bill")
def prepare_bill(
    _: PrepareBill,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    office: WorkingHours,
    company: Company,
) -> BillPrepared:
    """Sum up the lines as they were done; a bill that is there already stays what it is (W9)."""
    session = uow.session
    _case, order = orders.lock(session, task)
    orders.require(order, FINISHED, PAID)
    bill = bill_of(session, order.case_no)
    if bill is None:
        rows = [one for one in lines.of(session, order.case_no) if one.state == DONE]
        labour, parts = lines.total(rows, "labour"), lines.total(rows, "part")
        number = documents.next_number(session, papers.BILL, task.now.year)
        bill = ServiceBill(
            bill_no=number,
            case_no=order.case_no,
            customer_no=order.customer_no or "",
            labour=labour,
            parts=parts,
            total=labour + parts,
            issued_at=task.now,
        )
        session.add(bill)
        session.flush()
        cases.note(session, order.case_no, "系统", "结算", f"{number}，{money.figures(bill.total)}", task.now)
        cases.status(session, order.case_no, f"结算单{number}待向客户说明并收款")
        document = papers.bill(session, order, bill, company, task.now, org)
    else:
        document = documents.find(session, bill.bill_no)
    return BillPrepared.of_case(
        session,
        task.case_no,
        bill_document=FileValue(document.filename, document.content, document.media_type),
        explain_due=policy.due(session, "explain_bill", task.now, office),
        **_shown(session, order, bill),
        **orders.shown(session, order, full=True),
    )


def _shown(session: Session, order: ServiceOrder, bill: ServiceBill) -> dict[str, Any]:
    rows = [one for one in lines.of(session, order.case_no) if one.state == DONE]
    return {
        "bill_no": bill.bill_no,
        "bill_rows": [
            {
                "kind": lines.KIND_WORDS[one.kind],
                "name": one.name,
                "quantity": f"{money.plain(one.actual)} {one.unit}",
                "price": money.figures(one.unit_price),
                "amount": money.figures(lines.amount(one)),
                "reason": one.reason,
            }
            for one in rows
        ],
        "bill_labour": money.figures(bill.labour),
        "bill_parts": money.figures(bill.parts),
        "bill_total": money.figures(bill.total),
    }


def pay_at_counter(
    session: Session, bill: ServiceBill, reference: str, by: str, task: TaskContext
) -> str | None:
    """Book what the bill still takes, once, however often it is asked for; in Chinese why it cannot be booked."""
    booked = bills.at_counter(session, reference)
    if booked is not None and booked.bill_no == bill.bill_no:
        return None
    left = bills.left(session, bill)
    if left == 0:
        return f"结算单{bill.bill_no}已收款，不能重复登记；客户以转账付清的，付款方式请选转账"
    try:
        references.refuse_known(session, reference)
        references.refuse_awaiting(session, reference)
    except Refused as error:
        return str(error)
    bills.pay(session, bill, left, reference=reference, by=by, at=task.now)
    return None


def settle(session: Session, order: ServiceOrder, task: TaskContext) -> None:
    """The bill is paid: the car may go."""
    order.state = PAID
    signals.mark_read(session, bills.PAID, order.case_no, task.now)
    cases.status(session, order.case_no, "已收款，待交车")


@router.task("record_bill")
def record_bill(
    form: RecordBill, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> BillRecorded:
    """Labour, parts and total were explained in the customer's words; the counter's money is booked (W9)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, FINISHED, PAID)
    booking.one_at_a_time(session)
    cases.require_post(reader, by, POST, task, org)
    bill = required(session, order.case_no)
    if form.explained is not True:
        reader.wrong("explained", "请先向客户说明所做的工作、工时费、配件费和总费用，再勾选")
    if form.details_wanted not in ("yes", "no"):
        reader.wrong("detailsWanted", "请询问客户是否需要详细解释工时费和配件费")
    if bills.left(session, bill) > 0 and form.payment_way not in WAYS:
        reader.wrong("paymentWay", "付款方式：请选择")
    outcome = "invalid"
    if not reader.errors:
        outcome = _take(session, order, bill, form, reader, task, org)
    wrong = outcome == "invalid"
    if not wrong:
        orders.explained(session, order, by, task.now)
    return BillRecorded.of_case(
        session,
        task.case_no,
        bill_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        explained=form.explained is True if wrong else None,
        details_wanted=cases.shown(form.details_wanted, 8) if wrong else None,
        payment_way=cases.shown(form.payment_way, 16) if wrong else None,
        payment_reference=cases.shown(form.payment_reference, 64) if wrong else None,
        pay_due=policy.due(session, "receive_balance", task.now, office),
        return_due=policy.due(session, "return_car", task.now, office),
        bill_text=bill_text(bill),
        **_shown(session, order, bill),
        **orders.shown(session, order, full=outcome != "finance"),
    )


def _take(
    session: Session,
    order: ServiceOrder,
    bill: ServiceBill,
    form: RecordBill,
    reader: FormReader,
    task: TaskContext,
    org: OrgChart,
) -> str:
    by = form.signed_by or ""
    details = "客户要求逐项解释，已解释" if form.details_wanted == "yes" else "客户不需要逐项解释"
    left = bills.left(session, bill)
    if left > 0 and form.payment_way == "transfer":
        cases.note(session, order.case_no, org.name_of(by), "说明结算单", details, task.now, user=by)
        return "finance"
    said = f"{details}；{'款已到账' if bill.total > 0 else '不收费'}"
    if form.payment_way == "counter" and bill.total > 0:
        reference = reader.text("paymentReference", "收款凭证号", form.payment_reference, 64)
        if not reader.errors:
            wrong = pay_at_counter(session, bill, reference, by, task)
            if wrong is not None:
                reader.wrong("paymentReference", wrong)
        if reader.errors:
            return "invalid"
        said = f"{details}；柜台收款{money.figures(left)}，凭证{reference}"
    cases.note(session, order.case_no, org.name_of(by), "收款", said, task.now, user=by)
    settle(session, order, task)
    return "paid"


def bill_text(bill: ServiceBill) -> str:
    """The bill in a line."""
    return f"{bill.bill_no}，{money.figures(bill.total)}"
