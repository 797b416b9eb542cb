"""A customer to whom something was handed over, on the shared installation, and the follow-up of it."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tests.process.office import PATIENCE_SECONDS, Office
from workers import calendar, cases, customers, follow_up
from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineRefused, NotFound
from workers.follow_up.questions import load_questions
from workers.follow_up.store import FollowUp
from workers.notify import Notification
from workers.runtime.variables import encode_all
from workers.signals import Signal

PROCESS = "FollowUpProcess"
CONTACT = "Task_ContactCustomer"
RESPONSIBLE = "fengli"


def new_phone() -> str:
    """A mobile number that no other test has."""
    return f"139{random.randrange(10**8):08d}"


def new_customer(office: Office, name: str = "马文涛") -> str:
    """A customer of the test's own; returns the number."""
    with UnitOfWork(office.app.sessions) as uow:
        found = customers.meet(uow.session, phone=new_phone(), name=name, at=calendar.now(), source="walk_in")
        return found.no


@dataclass
class Visit:
    """One follow-up: its number, the case that it follows, and the process instance."""

    office: Office
    number: str
    for_case: str
    customer_no: str
    case: str = ""

    @classmethod
    def of(cls, office: Office, *, kind: str = "sale", happened_at: datetime | None = None) -> Visit:
        """Something was handed over, by default just now; nothing has started yet."""
        at, customer_no = calendar.now(), new_customer(office)
        with UnitOfWork(office.app.sessions) as uow:
            for_case = cases.next_case_no(uow.session, "ZZ", at.year)  # a number that no other process gives
            people = (
                {"V2": "zhaolei", "V3": "zhaolei", "V8": "zhaolei"}
                if kind == "sale"
                else {"W3": RESPONSIBLE, "W7": "caojun", "W9": RESPONSIBLE}
            )
            row = follow_up.request(
                uow.session,
                for_case=for_case,
                kind=kind,
                customer_no=customer_no,
                responsible=RESPONSIBLE,
                channel="wechat",
                happened_at=happened_at or at,
                people=people,
                vin="LSVAM4187C2184847",
                at=at,
            )
            return cls(office, row.number, for_case, customer_no)

    def start(self) -> Visit:
        """The process is called, as a sale or a service does it."""
        body = {"businessKey": self.number, "variables": encode_all({"followUpNo": self.number})}
        started = self.office.admin.post(f"/process-definition/key/{PROCESS}/start", body)
        self.case = str(started["id"])
        return self

    @property
    def row(self) -> FollowUp:
        """The follow-up as the database holds it."""
        with UnitOfWork(self.office.app.sessions) as uow:
            return uow.session.get_one(FollowUp, self.number)

    # -- people ------------------------------------------------------------------------------------------------

    def survey(self, answer: str = "yes") -> list[dict[str, str]]:
        """The same answer to every question."""
        asked = load_questions(self.office.app.settings.config_dir / "follow_up.yaml")
        return [
            {"step": asked.step_name(one.step), "question": one.question, "answer": answer}
            for one in asked.of(self.row.kind)
        ]

    def contact(self, outcome: str, user: str = RESPONSIBLE, **fields: object) -> dict[str, Any]:
        """Somebody registers what came of the contact; returns what the form showed."""
        form = {"contactOutcome": outcome, "survey": self.survey(), "contactNote": "都好", **fields}
        return self.office.desk_of(user).do(self.case, CONTACT, form)

    def reach_the_time(self) -> dict[str, Any]:
        """The planned time comes; returns the open task."""
        self.fire("Event_ContactTime")
        return self.office.await_step(self.case, CONTACT)

    def asked_again(self, before: str) -> None:
        """The customer is asked again: in working hours at once, else when the timer fires; waits for the task."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(
            one["taskDefinitionKey"] == CONTACT and one["id"] != before
            for one in self.office.admin.tasks(processInstanceId=self.case)
        ):
            for job in self.office.admin.get(
                "/job", processInstanceId=self.case, activityId="Event_ContactTime"
            ):
                with suppress(EngineRefused, NotFound):  # the engine was faster
                    self.office.admin.post(f"/job/{job['id']}/execute", {})
            assert time.monotonic() < deadline, f"nobody asks again: {self.office.where(self.case)}"
            time.sleep(0.1)

    # -- time --------------------------------------------------------------------------------------------------

    def timer(self, event: str) -> datetime:
        """When the event's timer is due."""
        return datetime.fromisoformat(self._job(event)["dueDate"])

    def fire(self, event: str) -> datetime:
        """Let the event's timer fire now, through the engine's job interface; returns when it was due."""
        job = self._job(event)
        self.office.admin.post(f"/job/{job['id']}/execute", {})
        return datetime.fromisoformat(job["dueDate"])

    def _job(self, event: str) -> dict[str, Any]:
        return await_job(self.office, self.case, event)

    # -- behind the scenes -------------------------------------------------------------------------------------

    def signals(self, message: str) -> list[Signal]:
        """What was told to another process because of this follow-up."""
        query = select(Signal).where(Signal.message == message, Signal.fact == self.number)
        with UnitOfWork(self.office.app.sessions) as uow:
            return list(uow.session.scalars(query))


def await_job(office: Office, case: str, event: str) -> dict[str, Any]:
    """Wait for the event's timer; returns the engine's job."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := office.admin.get("/job", processInstanceId=case, activityId=event)):
        office.assert_no_incident(case)
        assert time.monotonic() < deadline, f"no {event}: {office.where(case)}"
        time.sleep(0.1)
    assert len(found) == 1, found
    return dict(found[0])


def notices(office: Office, part: str) -> list[Notification]:
    """The notices whose event's key holds `part`."""
    query = select(Notification).where(Notification.event_key.contains(part, autoescape=True))
    with UnitOfWork(office.app.sessions) as uow:
        return list(uow.session.scalars(query.order_by(Notification.id)))
