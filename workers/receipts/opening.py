"""Open a case of received money, find the one of a statement that came by command, and withdraw it again (X1, X4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from workers import cases, signals
from workers.cases import Case
from workers.errors import InvalidInput
from workers.receipts.messages import OpenReceipts
from workers.receipts.store import IGNORED, OPEN, UNMATCHED, WITHDRAWN, BankStatement, Receipt, StatementLine
from workers.runtime import TaskContext

KIND, PREFIX = "receipts", "LS"
PROCESS, ARRIVED = "BankStatementProcess", "Msg_StatementArrived"
STATEMENT, SINGLE = "statement", "single"


def open_case(
    session: Session, request: OpenReceipts, applicant: str, name: str, task: TaskContext
) -> tuple[Case, str]:
    """The case, and how it goes on: form, attached, upload or arrived (see `ReceiptsOpened.entry_way`)."""
    technical = cases.is_technical(request.started_by)
    if technical and request.statement_case is not None:
        return _arrived(session, request.statement_case, applicant, task), "arrived"
    number = cases.next_case_no(session, PREFIX, task.now.year)
    case = cases.open_case(session, number, KIND, applicant, name, task.now, task.process_instance_id)
    if technical and request.receipt_action is not None:
        return case, "attached"
    return case, "upload" if request.receipt_way == STATEMENT else "form"


def _arrived(session: Session, case_no: object, applicant: str, task: TaskContext) -> Case:
    """The case of a statement that was imported by command; the first instance that asks for it gets it."""
    case = cases.lock(session, case_no if isinstance(case_no, str) else "", task.process_instance_id)
    if case.kind != KIND or case.state != cases.OPEN or case.applicant != applicant:
        raise InvalidInput(f"case {case.case_no} is no open statement of {applicant}")
    case.process_instance_id = task.process_instance_id
    signals.mark_read(session, ARRIVED, case.case_no, task.now)
    return case


def open_by_command(session: Session, applicant: str, name: str, at: datetime) -> Case:
    """A case for a statement that is imported by command; no process works on it yet."""
    number = cases.next_case_no(session, PREFIX, at.year)
    return cases.open_case(session, number, KIND, applicant, name, at)


def tell(session: Session, case: Case) -> None:
    """Have a process started for what could not be matched (rule 5)."""
    variables = {"applicant": case.applicant, "statementCase": case.case_no}
    signals.send(session, ARRIVED, case.case_no, case.case_no, starts=PROCESS, variables=variables)


def has_booked(session: Session, case_no: str) -> bool:
    """Whether the case has booked, applied or taken back any money: from then on it is not withdrawn."""
    booked = or_(Receipt.case_no == case_no, Receipt.reversal_case_no == case_no)
    settled = (
        select(StatementLine.id)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(BankStatement.case_no == case_no, StatementLine.state.not_in([UNMATCHED, IGNORED]))
    )
    return any(
        session.scalars(query.limit(1)).first() is not None
        for query in (select(Receipt.id).where(booked), settled)
    )


def void(session: Session, case_no: str) -> None:
    """A withdrawn case's statements count as never uploaded: the same file can come again."""
    ours = select(BankStatement.id).where(BankStatement.case_no == case_no)
    lines = update(StatementLine).where(
        StatementLine.statement_id.in_(ours), StatementLine.state == UNMATCHED
    )
    session.execute(
        lines.values(state=IGNORED, reason="上传已撤回").execution_options(synchronize_session=False)
    )
    statements = update(BankStatement).where(BankStatement.case_no == case_no, BankStatement.state == OPEN)
    session.execute(statements.values(state=WITHDRAWN).execution_options(synchronize_session=False))
    session.expire_all()
