"""The customer is asked after a handover, and a complaint is solved (V9, W10, K1)."""

from __future__ import annotations

from collections.abc import Mapping

from workers import calendar, complaints
from workers.database.unit_of_work import UnitOfWork
from workers.demo.dealership.case import Case
from workers.follow_up.questions import load_questions
from workers.follow_up.store import FollowUp

CONTACT = "Task_ContactCustomer"


class Asking(Case):
    """The follow-up that a sale or a visit has called; its planned time has come."""

    def __init__(self, of: Case, kind: str, person: str) -> None:
        self.kind, self.person = kind, person
        number = str(of.variable("followUpNo"))
        super().__init__(of.company, of.called("FollowUpProcess", number))
        self.time_comes("Event_ContactTime")

    def hears(
        self, outcome: str = "satisfied", otherwise: Mapping[str, str] | None = None, **fields: object
    ) -> None:
        """The customer answers every question with yes, and those of `otherwise` as that says."""
        asked = load_questions(self.company.app.settings.config_dir / "follow_up.yaml")
        survey = [
            {"questionId": one.id, "question": one.question, "answer": (otherwise or {}).get(one.id, "yes")}
            for one in asked.of(self.kind)
        ]
        form = {"survey": survey, "contactNote": "电话回访", **fields}
        self.do(self.person, CONTACT, contactOutcome=outcome, **form)
        self.ends()

    def reaches_nobody(self) -> int:
        """Nobody answers, as often as the policy has it tried; how often that is."""
        with UnitOfWork(self.company.app.sessions) as uow:
            most = uow.session.get_one(FollowUp, self.number).most_tries
        for number in range(1, most + 1):
            self.do(self.person, CONTACT, contactOutcome="unreachable", contactNote="无人接听")
            if number < most:
                self.time_comes("Event_ContactTime")
        self.ends()
        return most


class Complaint(Case):
    """The complaint that a follow-up has raised."""

    def __init__(self, raised_by: Asking) -> None:
        with UnitOfWork(raised_by.company.app.sessions) as uow:
            number = uow.session.get_one(FollowUp, raised_by.number).complaint_no
        super().__init__(raised_by.company, raised_by.called("ComplaintProcess", number))
        self.owner = str(self.wait(self._owner, "somebody who solves it"))

    def _owner(self) -> str | None:
        with UnitOfWork(self.company.app.sessions) as uow:
            found = uow.session.get(complaints.Complaint, self.number)
            return found.owner if found else None

    def is_solved(self, asker: str, name: str, solution: str) -> None:
        """K1: solved, and closed only by the customer's word, which somebody else asks for."""
        self.do(self.owner, "Task_SolveComplaint", solution=solution)
        self.do(
            asker,
            "Task_ConfirmSolution",
            customerAnswer="solved",
            answeredBy=name,
            answeredAt=calendar.now().isoformat(timespec="seconds"),
            answerNote="处理及时",
        )
        self.ends()
