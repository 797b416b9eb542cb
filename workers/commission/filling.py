"""Open a payout, fill the paper, send it back, end it (C9, X3, X4)."""

from __future__ import annotations

from workers import cases, money, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.commission import drafting, papers, payouts
from workers.commission.messages import (
    ClosePayout,
    OpenPayout,
    PaperReturned,
    PayoutClosed,
    PayoutOpened,
    PayoutWithdrawn,
    Prepare,
    Prepared,
    ReturnPaper,
    WithdrawPayout,
)
from workers.commission.router import GONE, router
from workers.commission.store import REJECTED, RETURNED, WITHDRAWN
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.org import OrgChart
from workers.runtime import TaskContext

MESSAGE = "Msg_CommissionDue"


@router.task("open_payout")
def open_payout(
    request: OpenPayout, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> PayoutOpened:
    """Open the case, or take over the one that a closed month has opened, and prepare the form."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    announced = task.business_key if cases.is_technical(request.started_by) else None
    if announced:
        signals.mark_read(session, MESSAGE, announced, task.now)
        case = cases.lock(session, announced, task.process_instance_id)
        case.process_instance_id = task.process_instance_id
    else:
        applicant = cases.starter(
            org, request.started_by, request.applicant, task.process_definition_key, today
        )
        number = cases.next_case_no(session, papers.PREFIX, today.year)
        name = org.name_of(applicant)
        case = cases.open_case(
            session, number, papers.KIND, applicant, name, task.now, task.process_instance_id
        )
    chosen = cases.shown(request.salesperson, 64) if cases.is_technical(request.started_by) else None
    cases.status(session, case.case_no, f"待{case.applicant_name}填写业务提成单")
    return PayoutOpened.of_case(
        session,
        case.case_no,
        case_no=case.case_no,
        payout_reason=cases.shown(request.payout_reason, drafting.MOST_REASON) or "",
        fill_due=policy.due(session, "fill_commission", task.now, office),
        **drafting.sheet(session, org, case.case_no, chosen),
    )


@router.task("prepare")
def prepare(form: Prepare, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company) -> Prepared:
    """Check the form against what is payable now; when nothing is wrong with it, file the paper for its signers."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    reader, fields, notice = FormReader(), {}, ""
    cases.require_post(reader, form.signed_by, papers.FILLER, task, org)
    if case.state != cases.OPEN:
        reader.wrong("", GONE)
    salesperson = cases.shown(form.salesperson, 64)
    if not reader.errors:
        rows = payouts.payable(session, salesperson) if salesperson else []
        known, may = drafting.salespersons(session), drafting.free(session, case_no, rows)
        notice = drafting.listed(form, rows) if salesperson in known else ""
        filled = drafting.read(reader, form, known, rows, may) if not notice else None
        if filled is not None:
            by = form.signed_by or ""
            paper, document = papers.file(session, case, filled, rows, by, org, company, task.now)
            cases.sent_in(session, case_no, by)
            fields = cases.paper(
                papers.KIND,
                case_no,
                "业务提成单",
                facts=papers.facts(paper, org),
                columns=papers.COLUMNS,
                rows=papers.cells(paper),
                amount=paper.total,
                document=papers.as_file(document),
            )
            text = f"{case_no}，{org.name_of(paper.salesperson)}，{money.figures(paper.total)}"
            cases.note(session, case_no, org.name_of(by), "提交业务提成单", text, task.now, user=by)
            cases.status(session, case_no, f"业务提成单{case_no}审批中")
    return Prepared.of_case(
        session,
        case_no,
        has_errors=bool(reader.errors or notice),
        form_errors=reader.errors,
        payout_notice=notice,
        payout_note=cases.shown(form.payout_note, drafting.MOST_NOTE),
        **fields,
        **drafting.sheet(session, org, case_no, salesperson, drafting.as_sent(form.payouts)),
    )


@router.task("return_paper")
def return_paper(
    request: ReturnPaper, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> PaperReturned:
    """Give the form back to sales operations with the figures of now, and set the paper aside."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    comment = (request.return_comment if isinstance(request.return_comment, str) else "")[
        : cases.COMMENT_LIMIT
    ]
    paper = papers.latest(session, case_no)
    if case.state == cases.OPEN:
        papers.set_aside(session, case_no, RETURNED)
        cases.note(session, case_no, "系统", "退回修改", comment, task.now)
        cases.status(session, case_no, f"已退回，待{case.applicant_name}修改业务提成单")
    sent = papers.amounts(paper) if paper else None
    return PaperReturned.of_case(
        session,
        case_no,
        return_comment=comment,
        fill_due=policy.due(session, "fill_commission", task.now, office),
        payout_note=paper.note if paper else None,
        **drafting.sheet(session, org, case_no, paper.salesperson if paper else None, sent),
    )


@router.task("close_payout")
def close_payout(_: ClosePayout, uow: UnitOfWork, task: TaskContext) -> PayoutClosed:
    """End the case of a rejected paper."""
    session, case_no = uow.session, task.case_no
    cases.lock(session, case_no, task.process_instance_id)
    if cases.finish(session, case_no, cases.CLOSED, task.now):
        papers.set_aside(session, case_no, REJECTED)
        cases.note(session, case_no, "系统", "结束", "业务提成单被否决", task.now)
        cases.status(session, case_no, "业务提成单被否决")
    return PayoutClosed.of_case(session, case_no)


@router.task("withdraw")
def withdraw(form: WithdrawPayout, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> PayoutWithdrawn:
    """Withdraw the case if its starter says so, with a reason, before it is paid (X4)."""
    session, case_no = uow.session, task.case_no
    case = cases.lock(session, case_no, task.process_instance_id)
    gone = "提成已发放或本案已结束，不能撤回"
    found = cases.withdraw(session, case, form, task.now, org, gone=gone, who="发起人")
    if found.done:
        papers.set_aside(session, case_no, WITHDRAWN)
    return PayoutWithdrawn.of_case(session, case_no, **found.fields)
