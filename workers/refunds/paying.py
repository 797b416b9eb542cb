"""A signed refund is paid by the bank and entered in finance's book, once (A6, C12, X6)."""

from __future__ import annotations

import re

from workers import cases, documents, ledger, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.refunds import forms, papers, payments
from workers.refunds.messages import ArrangeRefund, PayRefund, RefundArranged, RefundPaid
from workers.refunds.router import GONE, POST, router
from workers.refunds.store import PAID, RefundPayment
from workers.runtime import TaskContext

PAY, SEND_BACK = "paid", "return"


@router.task("arrange_payment")
def arrange_payment(
    _: ArrangeRefund,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> RefundArranged:
    """The refund is signed, as the database says: print it with its signatures for who pays."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    refund, approval = papers.signed(session, case_no)
    document = papers.issue(session, refund, org, company, task.now, approval)
    cases.status(session, case_no, "退款单已批准，待财务部付款并登记")
    return RefundArranged.of_case(
        session,
        case_no,
        pay_due=policy.due(session, "pay_refund", task.now, office),
        signed_paper=papers.as_file(document),
    )


@router.task("pay")
def pay(form: PayRefund, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> RefundPaid:
    """Enter the bank's payment, once; or send the refund back when it cannot be paid as it stands."""
    session, case_no, reader = uow.session, task.case_no, FormReader()
    case = cases.lock(session, case_no, task.process_instance_id)
    cases.require_post(reader, form.signed_by, POST, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    back = form.pay_decision == SEND_BACK
    if form.pay_decision not in (PAY, SEND_BACK):
        reader.wrong("payDecision", "办理结果：请选择已付款或退回修改")
    remark = reader.text(
        "payRemark", "无法付款的原因", form.pay_remark, forms.MOST_REMARK, required=back, lines=True
    )
    by, outcome = form.signed_by or "", "invalid"
    if back and not reader.errors:
        outcome = "returned"
        cases.note(session, case_no, org.name_of(by), "退回退款单", remark, task.now, user=by)
    elif not back and _enter(form, uow, task, reader, org):
        outcome = "paid"
    return RefundPaid.of_case(
        session,
        case_no,
        pay_outcome=outcome,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        return_comment=f"{org.name_of(by)}：{remark}" if outcome == "returned" else None,
        pay_decision=cases.shown(form.pay_decision, 10),
        pay_remark=cases.shown(form.pay_remark, forms.MOST_REMARK),
        paid_on=cases.shown(form.paid_on, 10),
        bank_reference=cases.shown(form.bank_reference, forms.MOST_REFERENCE),
    )


def _enter(form: PayRefund, uow: UnitOfWork, task: TaskContext, reader: FormReader, org: OrgChart) -> bool:
    """Whether the payment was entered: the balance falls, the case is closed."""
    session, case_no = uow.session, task.case_no
    written = reader.text("bankReference", "银行流水号", form.bank_reference, forms.MOST_REFERENCE)
    reference, paid_on = re.sub(r"\s", "", written), reader.day("paidOn", "付款日期", form.paid_on)
    if reader.errors or paid_on is None:
        return False
    refund, approval = papers.signed(session, case_no)
    ledger.lock(session)
    if paid_on > task.now.astimezone(SHANGHAI).date():
        reader.wrong("paidOn", f"付款日期：{paid_on}还没有到")
    if paid_on < approval.at.astimezone(SHANGHAI).date():
        reader.wrong("paidOn", f"付款日期：{paid_on}早于退款单的批准日期")
    if known := payments.known_as(session, reference):
        reader.wrong("bankReference", f"银行流水号：{reference}已在{known}登记")
    if reader.errors:
        return False
    ledger.post(
        session,
        Book.FINANCE,
        EntryKind.BALANCE,
        None,
        -refund.amount,
        value_date=paid_on,
        reference=case_no,
        posted_at=task.now,
        customer_no=refund.customer_no,
        reference_sha256=documents.find(session, case_no).sha256,
        reason=f"退款 流水号{reference}",
    )
    refund.state, by = PAID, form.signed_by or ""
    session.add(
        RefundPayment(
            case_no=case_no, paid_on=paid_on, bank_reference=reference, recorded_by=by, recorded_at=task.now
        )
    )
    cases.finish(session, case_no, cases.CLOSED, task.now)
    said = f"{money.figures(refund.amount)}，{paid_on}，流水号{reference}"
    cases.note(session, case_no, org.name_of(by), "登记退款付款", said, task.now, user=by)
    cases.status(session, case_no, f"{money.figures(refund.amount)}已于{paid_on}退还{refund.customer_name}")
    return True
