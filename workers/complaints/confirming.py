"""The customer's word on a solution, and the end of a complaint (K1, X4)."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, customers, notify, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.complaints import rules, view
from workers.complaints.messages import (
    AnswerPrepared,
    AnswerRecorded,
    CloseComplaint,
    ComplaintClosed,
    ComplaintWithdrawn,
    PrepareAnswer,
    RecordAnswer,
    WithdrawComplaint,
)
from workers.complaints.router import router
from workers.complaints.store import SOLVED, WITHDRAWN, Complaint, ComplaintAnswer
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)


@router.task("record_answer")
def record_answer(
    form: RecordAnswer, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> AnswerRecorded:
    """Keep what the customer said of the solution, with who said it and when; the owner may not record it."""
    session, number, reader = uow.session, task.case_no, FormReader()
    row, today, by = view.work_on(session, task), task.now.astimezone(SHANGHAI).date(), form.signed_by or ""
    solution = view.latest_solution(session, number)
    if solution is None:
        raise InvalidInput(f"complaint {number} has no solution that could be confirmed")
    if by in (row.owner, row.against, solution.by):
        log.warning("security: confirmation by the owner", case_no=number, user=by)
        reader.wrong("", "投诉负责人和投诉对象不能登记客户的答复，请由其他人向客户核实")
    elif by not in rules.confirmers(org, row.owner or "", row.against, today):
        reader.wrong("", "只有销售、服务人员可以登记客户的答复")
    word = rules.read_word(form, reader, solution.at, task.now)
    result = "invalid"
    if word is not None and not reader.errors:
        result = word.answer
        session.add(
            ComplaintAnswer(
                solution_id=solution.id,
                answer=word.answer,
                said_by=word.said_by,
                said_at=word.said_at,
                note=word.note,
                recorded_by=by,
                recorded_at=task.now,
            )
        )
        said = f"{rules.ANSWERS[word.answer]}，{word.said_by}，{word.note}".strip("，")
        cases.note(session, number, org.name_of(by), "登记客户答复", said, task.now, user=by)
        cases.status(session, number, f"客户答复：{rules.ANSWERS[word.answer]}")
    again = office.add(task.now, policy.document_on(session, today).ask_again_hours)
    sent = form if result == "invalid" else RecordAnswer()
    return AnswerRecorded.of_case(
        session,
        number,
        answer_result=result,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        confirm_due=policy.due(
            session, "confirm_solution", again if result == "unreachable" else task.now, office
        ),
        ask_again_at=again,
        customer_answer=sent.customer_answer if sent.customer_answer in rules.ANSWERS else None,
        answered_by=cases.shown(sent.answered_by, 100),
        answered_at=cases.shown(sent.answered_at, 40),
        answer_note=cases.shown(sent.answer_note, rules.MOST_TEXT),
        **customers.view(session, row.customer_no, full=result == "invalid"),
    )


@router.task("prepare_answer")
def prepare_answer(
    _: PrepareAnswer, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> AnswerPrepared:
    """Read anew who may ask the customer today, and whom they call."""
    session, number = uow.session, task.case_no
    row, today = view.work_on(session, task), task.now.astimezone(SHANGHAI).date()
    confirmers = rules.confirmers(org, row.owner or "", row.against, today)
    if not confirmers:
        raise InvalidInput(f"complaint {number}: nobody is left who could ask the customer on {today}")
    return AnswerPrepared.of_case(
        session,
        number,
        confirmers=",".join(confirmers),
        confirm_due=policy.due(session, "confirm_solution", task.now, office),
        **view.facts(session, row, org),
    )


@router.task("close")
def close(_: CloseComplaint, uow: UnitOfWork, task: TaskContext) -> ComplaintClosed:
    """End the case: the customer has said that it is solved, which the database must know."""
    session, number = uow.session, task.case_no
    cases.lock(session, number, task.process_instance_id)
    row, solution = view.find(session, number), view.latest_solution(session, number)
    if solution is None or not _is_confirmed(session, solution.id):
        raise InvalidInput(f"no customer has confirmed that complaint {number} is solved")
    if cases.finish(session, number, cases.CLOSED, task.now):
        _end(session, row, SOLVED, task.now)
        cases.note(session, number, "系统", "投诉结案", "客户确认已解决", task.now)
        cases.status(session, number, "客户确认已解决，已结案")
        customers.remember(session, row.customer_no, task.now, "投诉结案", "客户确认已解决", number)
    return ComplaintClosed.of_case(session, number, **customers.view(session, row.customer_no, full=False))


@router.task("withdraw")
def withdraw(
    form: WithdrawComplaint, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company
) -> ComplaintWithdrawn:
    """Withdraw what was entered by mistake or at the customer's wish, before a solution was proposed.

    The customer is told, so that nobody can make a complaint disappear; whom it is about cannot do it.
    """
    session, number = uow.session, task.case_no
    case = cases.lock(session, number, task.process_instance_id)
    row = session.get(Complaint, number, populate_existing=True)
    gone = "已提出处理结果，只能由客户确认后结案"
    if row is not None and row.against in (case.applicant, form.withdrawn_by):
        refused = "投诉对象不能撤回针对自己的投诉"
    else:
        refused = gone if view.latest_solution(session, number) is not None else ""
    found = cases.withdraw(session, case, form, task.now, org, gone=gone, refused=refused, who="受理人")
    if found.done and row is not None:
        _end(session, row, WITHDRAWN, task.now)
        _tell_of_withdrawal(session, row, company, found.reason, org)
    return ComplaintWithdrawn.of_case(session, number, **found.fields)


def _tell_of_withdrawal(
    session: Session, row: Complaint, company: Company, reason: str, org: OrgChart
) -> None:
    body = f"您的投诉{row.number}已登记为撤回({reason})。如果这不是您的意思，请致电{company.phone or company.name}。"
    notify.tell_customer(
        session, f"complaint:{row.number}:withdrawn", row.customer_no, f"投诉{row.number}已撤回", body
    )
    if row.owner:
        text = f"投诉{row.number}已由{org.name_of(row.raised_by)}撤回：{reason}"
        notify.tell(
            session, f"complaint:{row.number}:owner_withdrawn", row.owner, f"投诉{row.number}已撤回", text
        )


def _is_confirmed(session: Session, solution_id: int) -> bool:
    query = select(ComplaintAnswer.answer).where(ComplaintAnswer.solution_id == solution_id)
    return session.scalars(query.order_by(ComplaintAnswer.id.desc()).limit(1)).first() == "solved"


def _end(session: Session, row: Complaint, state: str, at: datetime) -> None:
    row.state, row.closed_at = state, at
    session.flush()
