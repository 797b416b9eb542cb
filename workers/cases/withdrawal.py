"""Whoever filed a case withdraws it, with a reason, as long as it may be (X4): what is alike in every process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from pydantic import Field
from sqlalchemy.orm import Session

from workers import operations
from workers.calendar import SHANGHAI
from workers.cases.case_file import finish, note, status
from workers.cases.fields import FormReader
from workers.cases.forms import FormError
from workers.cases.store import OPEN, WITHDRAWN, Case
from workers.cases.view import CaseView
from workers.org import OrgChart
from workers.runtime import Message, SentText

log = structlog.get_logger(__name__)

MOST_REASON = 500
OPERATORS = "系统运维"
"""Who cancelled, where staff read it."""


class WithdrawForm(Message):
    """What the applicant's form 进度与撤回 sent."""

    withdraw_requested: Any = None
    withdraw_reason: Any = None
    withdrawn_by: SentText = None


class WithdrawnView(CaseView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""

    withdraw_outcome: str
    """withdrawn or kept."""
    withdraw_errors: list[FormError] = Field(default_factory=list)
    withdraw_requested: bool = False
    withdraw_reason: str | None = None


@dataclass(frozen=True)
class Withdrawal:
    """What has become of it; `done`: the room takes back what its case has led to."""

    done: bool = False
    reason: str = ""
    errors: list[FormError] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of `WithdrawnView`."""
        return {"withdraw_outcome": "withdrawn" if self.done else "kept", "withdraw_errors": self.errors}


def withdraw(
    session: Session,
    case: Case,
    form: WithdrawForm,
    at: datetime,
    org: OrgChart,
    *,
    gone: str,
    refused: str = "",
    who: str = "申请人",
    status_text: str = "已撤回",
) -> Withdrawal:
    """End the locked case if the form asks for it.

    `gone`: what is said when the case is not open any more; `refused`: why an open one may not be withdrawn, empty
    when it may; `who`: how its applicant is called. Who stands in on that day may do it for them (X2), and an
    operator's recorded order counts as the applicant's wish.
    """
    if form.withdraw_requested is not True:
        return Withdrawal()
    reader = FormReader()
    reason = reader.text("withdrawReason", "撤回理由", form.withdraw_reason, MOST_REASON, lines=True)
    ordered = operations.cancellation(session, form.withdrawn_by, case.process_instance_id)
    by, today = form.withdrawn_by or "", at.astimezone(SHANGHAI).date()
    if by not in (case.applicant, org.acting(case.applicant, today)) and ordered is None:
        log.warning("security: withdrawal by another", case_no=case.case_no, user=form.withdrawn_by)
        reader.wrong("withdrawRequested", f"只有{who}或其代理人可以撤回")
    elif case.state != OPEN or refused:
        reader.wrong("withdrawRequested", refused if case.state == OPEN else gone)
    if reader.errors:
        return Withdrawal(errors=reader.errors)
    finish(session, case.case_no, WITHDRAWN, at)
    if ordered is None:
        note(session, case.case_no, _named(case, by, org), "撤回", reason, at, user=by)
    else:
        note(session, case.case_no, OPERATORS, "取消", reason, at, user=ordered.by)
    status(session, case.case_no, status_text)
    return Withdrawal(True, reason)


def _named(case: Case, by: str, org: OrgChart) -> str:
    return case.applicant_name if by == case.applicant else f"{org.name_of(by)}(代{case.applicant_name})"
