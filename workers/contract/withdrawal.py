"""A declaration is withdrawn: what its case has written is marked as withdrawn and void, numbers stay used (X4)."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from workers import cases, documents
from workers.cases import FormReader
from workers.contract import declarations, drawing
from workers.contract.messages import DeclarationWithdrawn, WithdrawDeclaration
from workers.contract.store import WITHDRAWN

log = structlog.get_logger(__name__)

STAGES = ("declaration", "countersign")
MOST_REASON = 500


def withdraw(
    form: WithdrawDeclaration, session: Session, case: cases.Case, now: datetime
) -> DeclarationWithdrawn:
    """Withdraw it if its applicant says so, with a reason, and it is not sealed; the case is locked."""
    case_no, reader, outcome = case.case_no, FormReader(), "kept"
    if case.state == cases.SEALED:
        outcome = "sealed"
    if form.withdraw_requested is True:
        reason = reader.text("withdrawReason", "撤回理由", form.withdraw_reason, MOST_REASON, lines=True)
        if form.withdrawn_by != case.applicant:
            log.warning("security: withdrawal by another", case_no=case_no, user=form.withdrawn_by)
            reader.wrong("withdrawRequested", "只有申报人可以撤回")
        elif case.state != cases.OPEN:
            reader.wrong("withdrawRequested", "合同已用印或申报已结束，不能撤回")
        if not reader.errors:
            outcome = "withdrawn"
            cases.finish(session, case_no, cases.WITHDRAWN, now)
            undo(session, case_no)
            cases.note(session, case_no, case.applicant_name, "撤回", reason, now, user=case.applicant)
            cases.status(session, case_no, "已撤回")
    return DeclarationWithdrawn.of_case(
        session, case_no, withdraw_outcome=outcome, withdraw_errors=reader.errors
    )


def undo(session: Session, case_no: str) -> None:
    """Declaration, contract, approvals. A contract in force that the case was to change stays."""
    declaration = declarations.latest(session, case_no)
    if declaration is not None:
        declaration.state = WITHDRAWN
        documents.void(session, case_no)
    drawing.void(session, case_no)
    for stage in STAGES:
        cases.clear_approved(session, case_no, stage)
