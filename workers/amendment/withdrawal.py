"""An amendment is withdrawn: with it the declaration that carries it, or the termination's paper (X4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import cases
from workers.amendment import terminating
from workers.amendment.messages import AmendmentWithdrawn, WithdrawAmendment
from workers.contract import withdrawal
from workers.contract.store import OPEN, Amendment
from workers.org import OrgChart


def withdraw(
    form: WithdrawAmendment, session: Session, case: cases.Case, now: datetime, org: OrgChart
) -> AmendmentWithdrawn:
    """Withdraw it if its applicant says so, with a reason, and nothing of it is sealed; the case is locked."""
    gone = "已用印或申请已结束，不能撤回"
    carried = _carried(session, case.case_no)
    refused = gone if carried is not None and carried.state == cases.SEALED else ""
    found = cases.withdraw(
        session, case, form, now, org, gone=gone, refused=refused, status_text="已撤回，合同不变"
    )
    if found.done:
        _undo(session, case.case_no, carried, found.reason, now)
    return AmendmentWithdrawn.of_case(session, case.case_no, **found.fields)


def _carried(session: Session, case_no: str) -> cases.Case | None:
    """The declaration that carries the amendment out, locked."""
    amendment = session.get(Amendment, case_no, populate_existing=True)
    if amendment is None or amendment.declaration_no is None:
        return None
    return cases.lock(session, amendment.declaration_no)


def _undo(session: Session, case_no: str, carried: cases.Case | None, reason: str, now: datetime) -> None:
    """Take back what the amendment has led to."""
    if carried is not None and cases.finish(session, carried.case_no, cases.WITHDRAWN, now):
        withdrawal.undo(session, carried.case_no)
        cases.note(session, carried.case_no, carried.applicant_name, "撤回", reason, now)
        cases.status(session, carried.case_no, "随合同变更申请撤回")
    amendment = session.get(Amendment, case_no)
    if amendment is not None and amendment.state == OPEN:
        terminating.drop(session, amendment, now)
