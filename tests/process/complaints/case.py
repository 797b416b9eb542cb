"""A complaint on the shared installation, step by step as its people take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.process.follow_up.visit import await_job, new_customer, new_phone
from tests.process.office import Office
from workers import calendar, complaints
from workers.complaints import Complaint
from workers.database.unit_of_work import UnitOfWork

PROCESS = "ComplaintProcess"
TAKE, SOLVE, CONFIRM, TRACK = (
    *("Task_TakeComplaint", "Task_SolveComplaint", "Task_ConfirmSolution", "Task_TrackCase"),
)
TAKER, OWNER, AGAINST = "fengli", "dengkai", "caojun"
"""The advisor who takes the call, the dispatcher who owns it, the technician whom it is about."""


@dataclass
class Trouble:
    """One complaint: its process instance, and its number."""

    office: Office
    case: str
    number: str = ""

    @classmethod
    def by_phone(cls, office: Office, **fields: object) -> Trouble:
        """The advisor takes a call, by Tasklist's start form."""
        form = {
            "complainantPhone": new_phone(),
            "complainantName": "钱多",
            "complaintText": "修了三次还在响",
            **fields,
        }
        return cls(office, office.desk_of(TAKER).start(PROCESS, form))

    @classmethod
    def raised(cls, office: Office, against: str | None = AGAINST, by: str = TAKER) -> Trouble:
        """Another room raises it in its own transaction."""
        customer_no = new_customer(office, "钱多")
        with UnitOfWork(office.app.sessions) as uow:
            number = complaints.open(
                uow.session,
                customer_no=customer_no,
                about_case=None,
                against=against,
                what="修了三次还在响",
                source="follow_up",
                by=by,
                by_name=office.app.org.current().name_of(by),
                at=calendar.now(),
            )
        return cls(office, office.instance(PROCESS, number), number)

    @property
    def row(self) -> Complaint:
        """The complaint as the database holds it."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return uow.session.get_one(Complaint, self.number or self.office.case_no(self.case))

    def solve(self, solution: object = "更换了减震器，试车无异响", user: str = OWNER) -> dict[str, Any]:
        """The owner says what was done; returns what the form showed."""
        return self.office.desk_of(user).do(self.case, SOLVE, {"solution": solution})

    def answer(self, answer: str = "solved", user: str = TAKER, **fields: object) -> dict[str, Any]:
        """Somebody else asks the customer; returns what the form showed."""
        form = {
            "customerAnswer": answer,
            "answeredBy": "钱多",
            "answeredAt": calendar.now().isoformat(timespec="seconds"),
            "answerNote": "好了" if answer == "solved" else "还在响",
            **fields,
        }
        return self.office.desk_of(user).do(self.case, CONFIRM, form)

    def settle(self) -> None:
        """It is solved and the customer says so."""
        self.solve(user=str(self.row.owner))
        self.answer()
        self.office.await_end(self.case, "Event_ComplaintSolved")

    def timer(self, event: str) -> datetime:
        """When the event's timer is due."""
        return datetime.fromisoformat(await_job(self.office, self.case, event)["dueDate"])

    def fire(self, event: str) -> datetime:
        """Let the event's timer fire now; returns when it was due."""
        job = await_job(self.office, self.case, event)
        self.office.admin.post(f"/job/{job['id']}/execute", {})
        return datetime.fromisoformat(job["dueDate"])


def close_to(moment: datetime, wanted: datetime) -> bool:
    """Whether the two lie within a minute: the test reads the clock a little later than the worker."""
    return abs(moment - wanted) < timedelta(minutes=1)
