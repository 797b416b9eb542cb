"""The bill's money after the customer chose a transfer: it comes by the bank, or to the counter after all (W9, A6).

What the statement brings ends the step by itself. Too little: the rest is waited for; too much: the customer's balance.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from workers import bills, cases, customers, money, policy, signals
from workers.bills import ServiceBill
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.receipts import booking, references, single
from workers.receipts.kept import Money
from workers.receipts.references import Refused
from workers.runtime import TaskContext
from workers.service import billing, orders
from workers.service.router import router
from workers.service.store import FINISHED, PAID, ServiceOrder
from workers.service.work_messages import PaymentRead, PaymentRecorded, ReadPayment, RecordPayment

POSTS = {bills.TRANSFER: "finance", bills.COUNTER: billing.POST}
"""Who takes which money: the bank's is finance's, the counter's the advisor's."""


@router.task("read_payment")
def read_payment(_: ReadPayment, uow: UnitOfWork, task: TaskContext, office: WorkingHours) -> PaymentRead:
    """Read anew what the bill still takes, whoever booked what came; all of it there, the car may go."""
    session = uow.session
    _case, order = orders.lock(session, task)
    orders.require(order, FINISHED, PAID)
    booking.one_at_a_time(session)
    bill = billing.required(session, order.case_no)
    left = bills.left(session, bill)
    signals.mark_read(session, bills.PAID, order.case_no, task.now)
    if left == 0:
        billing.settle(session, order, task)
    else:
        paid = bill.total - left
        said = f"已收{money.figures(paid)}，尚欠{money.figures(left)}" if paid else "待款项到账"
        cases.status(session, order.case_no, f"结算单{bill.bill_no}{said}")
    return PaymentRead.of_case(
        session,
        task.case_no,
        payment_outcome="paid" if left == 0 else "waiting",
        bill_left=money.figures(left),
        pay_due=policy.due(session, "receive_balance", task.now, office),
        return_due=policy.due(session, "return_car", task.now, office),
        **orders.shown(session, order, full=left == 0),
    )


@router.task("record_payment")
def record_payment(form: RecordPayment, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> PaymentRecorded:
    """Book the transfer that finance found, or what the customer paid to the advisor after all, once."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, FINISHED, PAID)
    booking.one_at_a_time(session)
    bill = billing.required(session, order.case_no)
    way = reader.choice("paidBy", "收款方式", form.paid_by, {bills.TRANSFER: "转账", bills.COUNTER: "柜台"})
    said = ""
    if way is not None:
        cases.require_post(reader, by, POSTS[way], task, org)
        said = (_transferred if way == bills.TRANSFER else _at_counter)(
            session, order, bill, form, reader, task
        )
    if not reader.errors:
        cases.note(session, order.case_no, org.name_of(by), "收款", said, task.now, user=by)
    wrong = bool(reader.errors)
    return PaymentRecorded.of_case(
        session,
        task.case_no,
        has_errors=wrong,
        form_errors=reader.errors,
        paid_by=cases.shown(form.paid_by, 16) if wrong else None,
        transfer_reference=cases.shown(form.transfer_reference, 80) if wrong else None,
        transfer_amount=cases.shown(form.transfer_amount, 32) if wrong else None,
        transfer_on=cases.shown(form.transfer_on, 10) if wrong else None,
        counter_reference=cases.shown(form.counter_reference, 64) if wrong else None,
        **orders.shown(session, order, full=False),
    )


def _transferred(
    session: Session,
    order: ServiceOrder,
    bill: ServiceBill,
    form: RecordPayment,
    reader: FormReader,
    task: TaskContext,
) -> str:
    today = task.now.astimezone(SHANGHAI).date()
    reference = references.read(reader, form.transfer_reference, "transferReference")
    amount = reader.amount("transferAmount", "到账金额", form.transfer_amount)
    on = today if form.transfer_on in (None, "") else reader.day("transferOn", "到账日期", form.transfer_on)
    if on is not None and not bill.issued_at.astimezone(SHANGHAI).date() <= on <= today:
        reader.wrong("transferOn", "到账日期：应在结算日期至今天之间")
    if reader.errors or amount is None or on is None:
        return ""
    payer = customers.find(session, bill.customer_no).name
    paid = Money(amount, on, reference, payer, "维修款", order.case_no, form.signed_by or "", task.now)
    try:
        references.refuse_awaiting(session, reference)
        return single.paid_for(session, booking.pay(session, paid, bill.bill_no)) + f"，流水{reference}"
    except Refused as error:
        reader.wrong("transferReference", str(error))
        return ""


def _at_counter(
    session: Session,
    order: ServiceOrder,  # noqa: ARG001 - the same call for both ways
    bill: ServiceBill,
    form: RecordPayment,
    reader: FormReader,
    task: TaskContext,
) -> str:
    reference = reader.text("counterReference", "收款凭证号", form.counter_reference, 64)
    left: Decimal = bills.left(session, bill)
    if not reader.errors:
        wrong = billing.pay_at_counter(session, bill, reference, form.signed_by or "", task)
        if wrong is not None:
            reader.wrong("counterReference", wrong)
    return f"客户改在柜台付款{money.figures(left)}，凭证{reference}"
