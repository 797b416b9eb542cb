"""A refund is opened, checked, sent back, withdrawn (A6, X3, X4)."""

from __future__ import annotations

from workers import cases, ledger, money, notify, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.org import OrgChart
from workers.refunds import forms, papers, requesting
from workers.refunds.messages import (
    CheckRefund,
    OpenRefund,
    RefundChecked,
    RefundOpened,
    RefundReturned,
    RefundWithdrawn,
    ReturnRefund,
    WithdrawRefund,
)
from workers.refunds.router import GONE, POST, router
from workers.refunds.store import REFUND, RETURNED, VOID
from workers.runtime import TaskContext


@router.task("open")
def open(  # noqa: A001 - the topic's name
    request: OpenRefund, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> RefundOpened:
    """Number the case of a refund and open its file."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = requesting.starter(org, request, task, today)
    name = org.name_of(applicant)
    case_no = requesting.number_of(session, request, task, today.year)
    cases.open_case(session, case_no, REFUND, applicant, name, task.now, task.process_instance_id)
    cases.status(session, case_no, f"待{name}填写退款单")
    attached = cases.is_technical(request.started_by) and request.customer_no is not None
    if requesting.is_requested(request, task):
        attached = False  # the account is still to be filled in
        for user in org.holders(POST, today):
            notify.tell(
                session, f"refund:{case_no}:{user}", user, "请办理退款", f"{case_no}：{request.refund_reason}"
            )
    return RefundOpened.of_case(
        session,
        case_no,
        case_no=case_no,
        refund_attached=attached,
        refund_due=policy.due(session, "fill_refund", task.now, office),
        customer_options=forms.options(session),
        **forms.as_sent(request),
    )


@router.task("check")
def check(
    form: CheckRefund, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> RefundChecked:
    """Check the refund, promise the amount to it, and make the paper that is signed."""
    session, reader, case_no = uow.session, FormReader(), task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    if form.signed_by is not None:  # None: it came with the start
        cases.require_post(reader, form.signed_by, POST, task, org)
    ledger.lock(session)
    asked = forms.read(session, form.model_dump(), reader, case_no)
    fields: dict[str, object] = {}
    if asked is not None:
        by = form.signed_by or case.applicant
        refund = papers.keep(session, task, asked, by)
        cases.sent_in(session, case_no, by)
        fields = papers.to_sign(session, refund, org, company, task.now)
        said = f"退还{asked.customer_name} {money.figures(refund.amount)}"
        cases.note(session, case_no, org.name_of(by), "提交退款单", said, task.now, user=by)
        cases.status(session, case_no, "退款单已提交，待签批")
    return RefundChecked.of_case(
        session,
        case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        customer_options=forms.options(session),
        **forms.as_sent(form),
        **fields,
    )


@router.task("return_paper")
def return_paper(
    form: ReturnRefund, uow: UnitOfWork, task: TaskContext, office: WorkingHours
) -> RefundReturned:
    """The refund comes back with the signer's or the payer's comment; the amount is free until it is filled anew."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    ledger.lock(session)
    refund = papers.set_aside(session, case_no, RETURNED)
    cases.status(session, case_no, "退款单已退回，待财务部修改")
    comment = form.return_comment if isinstance(form.return_comment, str) else ""
    return RefundReturned.of_case(
        session,
        case_no,
        refund_due=policy.due(session, "fill_refund", task.now, office),
        customer_options=forms.options(session),
        return_comment=comment[: cases.COMMENT_LIMIT],
        **forms.as_kept(refund),
    )


@router.task("withdraw")
def withdraw(form: WithdrawRefund, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> RefundWithdrawn:
    """Withdraw the case if its applicant says so, with a reason, before the payment is entered (X4)."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    found = cases.withdraw(session, case, form, task.now, org, gone=GONE)
    if found.done:
        ledger.lock(session)
        papers.set_aside(session, case_no, VOID)
    return RefundWithdrawn.of_case(session, case_no, **found.fields)
