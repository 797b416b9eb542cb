"""What a case has written is taken back: marked as withdrawn and void, numbers stay used (X4)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workers import cases, documents
from workers.contract import declarations, drawing
from workers.contract.store import WITHDRAWN

STAGES = ("declaration", "countersign")


def undo(session: Session, case_no: str) -> None:
    """Declaration, contract, approvals. A contract in force that the case was to change stays."""
    declaration = declarations.latest(session, case_no)
    if declaration is not None:
        declaration.state = WITHDRAWN
        documents.void(session, case_no)
    drawing.void(session, case_no)
    for stage in STAGES:
        cases.clear_approved(session, case_no, stage)
