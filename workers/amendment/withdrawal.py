"""An amendment is withdrawn: with it the declaration that carries it, or the termination's paper (X4)."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from workers import cases
from workers.amendment import terminating
from workers.amendment.messages import AmendmentWithdrawn, WithdrawAmendment
from workers.cases import FormReader
from workers.contract import withdrawal
from workers.contract.store import OPEN, Amendment

log = structlog.get_logger(__name__)

MOST_REASON = 500


def withdraw(
    form: WithdrawAmendment, session: Session, case: cases.Case, now: datetime
) -> AmendmentWithdrawn:
    """Withdraw it if its applicant says so, with a reason, and nothing of it is sealed; the case is locked."""
    case_no, reader, outcome = case.case_no, FormReader(), "kept"
    if form.withdraw_requested is True:
        reason = reader.text("withdrawReason", "撤回理由", form.withdraw_reason, MOST_REASON, lines=True)
        if form.withdrawn_by != case.applicant:
            log.warning("security: withdrawal by another", case_no=case_no, user=form.withdrawn_by)
            reader.wrong("withdrawRequested", "只有申请人可以撤回")
        elif case.state != cases.OPEN or not (reader.errors or _undo(session, case_no, reason, now)):
            reader.wrong("withdrawRequested", "已用印或申请已结束，不能撤回")
        if not reader.errors:
            outcome = "withdrawn"
            cases.finish(session, case_no, cases.WITHDRAWN, now)
            cases.note(session, case_no, case.applicant_name, "撤回", reason, now, user=case.applicant)
            cases.status(session, case_no, "已撤回，合同不变")
    return AmendmentWithdrawn.of_case(
        session, case_no, withdraw_outcome=outcome, withdraw_errors=reader.errors
    )


def _undo(session: Session, case_no: str, reason: str, now: datetime) -> bool:
    """Take back what the amendment has led to; False when that is sealed already and stays."""
    amendment = session.get(Amendment, case_no, populate_existing=True)
    if amendment is None:
        return True
    if amendment.declaration_no is not None:
        carried = cases.lock(session, amendment.declaration_no)
        if carried.state == cases.SEALED:
            return False
        if cases.finish(session, carried.case_no, cases.WITHDRAWN, now):
            withdrawal.undo(session, carried.case_no)
            cases.note(session, carried.case_no, carried.applicant_name, "撤回", reason, now)
            cases.status(session, carried.case_no, "随合同变更申请撤回")
    if amendment.state == OPEN:
        terminating.drop(session, amendment, now)
    return True
