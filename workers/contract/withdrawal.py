"""A declaration is withdrawn: what its case has written is marked as withdrawn and void, numbers stay used (X4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import cases, documents
from workers.contract import declarations, drawing
from workers.contract.messages import DeclarationWithdrawn, WithdrawDeclaration
from workers.contract.store import WITHDRAWN
from workers.org import OrgChart

STAGES = ("declaration", "countersign")


def withdraw(
    form: WithdrawDeclaration, session: Session, case: cases.Case, now: datetime, org: OrgChart
) -> DeclarationWithdrawn:
    """Withdraw it if its applicant says so, with a reason, and it is not sealed; the case is locked."""
    gone = "合同已用印或申报已结束，不能撤回"
    found = cases.withdraw(session, case, form, now, org, gone=gone, who="申报人")
    if found.done:
        undo(session, case.case_no)
    sealed = {"withdraw_outcome": "sealed"} if case.state == cases.SEALED else {}
    return DeclarationWithdrawn.of_case(session, case.case_no, **found.fields | sealed)


def undo(session: Session, case_no: str) -> None:
    """Declaration, contract, approvals. A contract in force that the case was to change stays."""
    declaration = declarations.latest(session, case_no)
    if declaration is not None:
        declaration.state = WITHDRAWN
        documents.void(session, case_no)
    drawing.void(session, case_no)
    for stage in STAGES:
        cases.clear_approved(session, case_no, stage)
