"""Pay an approved commission paper: print it signed, book the bank's payment, once (C9, A4, X6)."""

from __future__ import annotations

from workers import cases, documents, ledger, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormError, FormReader
from workers.commission import papers, payouts
from workers.commission.messages import ApprovedRow, ArrangePayment, CommissionPaid, Pay, PaymentArranged
from workers.commission.router import GONE, router
from workers.commission.store import PAID
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.org import OrgChart
from workers.runtime import TaskContext

PAYER = "finance"
MOST_REFERENCE = 64


@router.task("arrange_payment")
def arrange_payment(
    _: ArrangePayment,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    company: Company,
    office: WorkingHours,
) -> PaymentArranged:
    """The paper is approved, as the database says: print it with its signatures for who pays."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    paper, approval = papers.approved(session, case_no)
    document = papers.issue(session, paper, org, company, task.now, approval)
    cases.status(session, case_no, f"业务提成单{case_no}已批准，待财务发放")
    return PaymentArranged.of_case(
        session,
        case_no,
        pay_due=policy.due(session, "pay_commission", task.now, office),
        payout_total=money.figures(paper.total),
        payout_in_words=money.in_words(paper.total),
        payout_note_text=paper.note,
        signer_text="、".join(f"{one['postName']} {one['signerName']}" for one in approval.signatures),
        payout_rows=[
            ApprovedRow(
                contract_no=line.contract_no,
                customer=line.customer_name,
                payable=money.figures(line.payable),
                amount=money.figures(line.amount),
            )
            for line in paper.lines
        ],
        signed_paper=papers.as_file(document),
    )


@router.task("pay")
def pay(form: Pay, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> CommissionPaid:
    """Book the payment, once, if everything approved is still payable; after this nothing is withdrawn (X4)."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    case = cases.lock(session, case_no, task.process_instance_id)
    reader = FormReader()
    cases.require_post(reader, form.signed_by, PAYER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    paid_on = reader.day("paidOn", "付款日期", form.paid_on)
    if paid_on is not None and paid_on > today:
        reader.wrong("paidOn", f"付款日期：{paid_on}还没有到")
    reference = reader.text("bankReference", "银行流水号", form.bank_reference, MOST_REFERENCE)
    if not reader.errors and (known := papers.known_as(session, reference)) is not None:
        reader.wrong("bankReference", f"银行流水号：{reference}已在{known}登记")
    if reader.errors or paid_on is None:
        return _not_paid(uow, case_no, form, "invalid", reader.errors)
    paper, _ = papers.approved(session, case_no)
    if paid_on < paper.filed_at.astimezone(SHANGHAI).date():
        reader.wrong("paidOn", f"付款日期：{paid_on}早于业务提成单的填报日期")
        return _not_paid(uow, case_no, form, "invalid", reader.errors)
    numbers = [line.contract_no for line in paper.lines]
    ledger.lock_contracts(session, numbers)
    ledger.lock(session)
    short = papers.short_of(paper, {one: ledger.account(session, one).payable for one in numbers})
    by = form.signed_by or ""
    if short:
        text = f"批准之后应发减少(有提成被扣留或冲减)，未发放：{'；'.join(short[:20])}"
        cases.note(session, case_no, org.name_of(by), "未发放", text, task.now, user=by)
        return _not_paid(uow, case_no, form, "changed", [], text)
    signed = documents.find(session, case_no)
    for line in paper.lines:
        payouts.payout(
            session,
            line.contract_no,
            line.amount,
            value_date=paid_on,
            reference=case_no,
            posted_at=task.now,
            reference_sha256=signed.sha256,
        )
    paper.state = PAID
    papers.keep_payment(session, paper, paid_on, reference, by, task.now)
    cases.finish(session, case_no, cases.CLOSED, task.now)
    text = f"{case_no}，{money.figures(paper.total)}，{paid_on}，流水号{reference}"
    cases.note(session, case_no, org.name_of(by), "发放提成", text, task.now, user=by)
    cases.status(session, case_no, f"提成{money.figures(paper.total)}已于{paid_on}发放")
    return CommissionPaid.of_case(session, case_no, pay_outcome="paid")


def _not_paid(
    uow: UnitOfWork,
    case_no: str,
    form: Pay,
    outcome: str,
    errors: list[FormError],
    comment: str | None = None,
) -> CommissionPaid:
    return CommissionPaid.of_case(
        uow.session,
        case_no,
        pay_outcome=outcome,
        has_errors=bool(errors),
        form_errors=errors,
        return_comment=comment,
        paid_on=cases.shown(form.paid_on, 10),
        bank_reference=cases.shown(form.bank_reference, MOST_REFERENCE),
    )
