"""Plays the engine for the steps of a complaint, without an engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, ORG, issue_policy
from tests.integration.follow_up_desk import a_customer
from workers import complaints
from workers.calendar import OFFICE, SHANGHAI
from workers.complaints import confirming, solving, taking
from workers.complaints import messages as m
from workers.complaints.store import Complaint
from workers.database.unit_of_work import UnitOfWork
from workers.notify import Notification
from workers.runtime import TaskContext

TAKER, OWNER, AGAINST, SUPERIOR = "fengli", "dengkai", "caojun", "hanbin"
"""The advisor who takes the call, the dispatcher who owns it, the technician whom it is about, the next one above."""
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=SHANGHAI)
CALL: dict[str, Any] = {
    "complainant_phone": "139 0020 0001",
    "complainant_name": "钱多",
    "complaint_against": AGAINST,
    "complaint_text": "修了三次还在响",
}


class ComplaintsDesk:
    """One complaint, handler by handler, with what the forms and the listeners would send."""

    def __init__(self, session: Session, instance: str = "complaint") -> None:
        self.session, self.instance, self.org, self.now = session, instance, ORG, NOW
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.number = ""
        issue_policy(session)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "ComplaintProcess"
        return TaskContext("task", "topic", self.number, self.instance, key, "step", None, self.now)

    @property
    def row(self) -> Complaint:
        """The complaint as the database holds it."""
        self.session.flush()
        return self.session.get_one(Complaint, self.number, populate_existing=True)

    def raised(self, against: str | None = AGAINST, about_case: str | None = None) -> ComplaintsDesk:
        """A follow-up has raised it, and its process begins."""
        self.number = complaints.open(
            self.session,
            customer_no=a_customer(self.session, "钱多"),
            about_case=about_case,
            against=against,
            what="修了三次还在响",
            source="follow_up",
            by=TAKER,
            by_name="冯丽",
            at=self.now,
        )
        self.opened("salesflow")
        return self

    def opened(self, started_by: str | None = TAKER, **fields: Any) -> m.ComplaintOpened:
        """The process begins: with the start form, or by a signal."""
        form = m.OpenComplaint(started_by=started_by, **fields)
        found = taking.open_complaint(form, self.uow, self.task, self.org, OFFICE)
        self.number = found.case_no
        return found

    def checked(self, by: str | None = TAKER, **fields: Any) -> m.ComplaintChecked:
        """The starter puts the form right."""
        form = m.CheckComplaint(signed_by=by, **{**CALL, **fields})
        return taking.check_complaint(form, self.uow, self.task, self.org)

    def assigned(self) -> m.Assigned:
        """Find the owner."""
        return solving.assign(m.Assign(), self.uow, self.task, self.org, OFFICE, COMPANY)

    def escalated(self) -> m.Escalated:
        """The deadline has passed."""
        return solving.escalate(m.Escalate(), self.uow, self.task, self.org, OFFICE, COMPANY)

    def solved(self, by: str | None = OWNER, solution: object = "更换了减震器") -> m.SolutionRecorded:
        """Send what was done."""
        form = m.RecordSolution(solution=solution, signed_by=by)
        return solving.record_solution(form, self.uow, self.task, self.org, OFFICE, COMPANY)

    def answered(self, answer: object = "solved", by: str | None = TAKER, **fields: Any) -> m.AnswerRecorded:
        """Send the customer's word."""
        sent = {"answered_by": "钱多", "answered_at": self.now.isoformat(), "answer_note": "好了", **fields}
        form = m.RecordAnswer(customer_answer=answer, signed_by=by, **sent)
        return confirming.record_answer(form, self.uow, self.task, self.org, OFFICE)

    def asked_again(self) -> m.AnswerPrepared:
        """The time has come to ask the customer who was not reached."""
        return confirming.prepare_answer(m.PrepareAnswer(), self.uow, self.task, self.org, OFFICE)

    def closed(self) -> m.ComplaintClosed:
        """End the case."""
        return confirming.close(m.CloseComplaint(), self.uow, self.task)

    def withdrawn(self, by: str | None = TAKER, reason: object = "登记错误") -> m.ComplaintWithdrawn:
        """Send the tracking form with a withdrawal."""
        form = m.WithdrawComplaint(withdraw_requested=True, withdraw_reason=reason, withdrawn_by=by)
        return confirming.withdraw(form, self.uow, self.task, self.org, COMPANY)

    def notices(self) -> list[Notification]:
        """What was told because of it, in order."""
        query = select(Notification).where(Notification.event_key.startswith(f"complaint:{self.number}"))
        return list(self.session.scalars(query.order_by(Notification.id)))
