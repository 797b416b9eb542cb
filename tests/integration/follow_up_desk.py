"""Plays the engine for the steps of a follow-up, without an engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, CONFIG, ORG, issue_policy
from workers import customers, follow_up
from workers.calendar import OFFICE, SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.follow_up import concluding, contacting
from workers.follow_up import messages as m
from workers.follow_up.questions import load_questions
from workers.follow_up.store import FollowUp
from workers.notify import Notification
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.signals import Signal

ASKED = load_questions(CONFIG / "follow_up.yaml")
ADVISOR, MANAGER, SELLER, MECHANIC = "fengli", "hanbin", "zhaolei", "caojun"
HANDOVER = datetime(2026, 3, 3, 16, 0, tzinfo=SHANGHAI)
"""A Tuesday afternoon."""
SOLD = {"V2": SELLER, "V3": SELLER, "V8": ADVISOR, "V8-1": SELLER}
SERVED = {"W3": ADVISOR, "W7": MECHANIC, "W9": ADVISOR}
_phones = count(13800200000)


class Tasklist:
    """The engine's open task of the contact."""

    def __init__(self) -> None:
        self.task: dict[str, Any] = {"id": "open", "name": "联系客户", "priority": 50, "assignee": ADVISOR}

    def get(self, path: str, **_: object) -> Any:
        """The task, or a list that holds it."""
        if path == "/task":
            return [self.task] if self.task else []
        return self.task

    def put(self, _: str, body: dict[str, Any]) -> None:
        """Somebody changes it."""
        self.task |= body


def chart(*leaves: tuple[str, str, datetime, int], without: str | None = None) -> OrgChart:
    """The org chart with leaves (person, substitute, from, days) and without somebody who has left."""
    given = ORG.model_dump()
    given["leaves"] = [
        {"person": person, "substitute": other, "from": start.date(), "to": start.date() + timedelta(days)}
        for person, other, start, days in leaves
    ]
    if without:
        given["people"][without]["left"] = HANDOVER.date()
    return OrgChart.model_validate(given)


def a_customer(session: Session, name: str = "马文涛") -> str:
    """A person whom nobody else has met."""
    phone = str(next(_phones))
    return customers.meet(session, phone=phone, name=name, at=HANDOVER, source="walk_in").no


class FollowUpDesk:
    """One follow-up, handler by handler, with what the forms and the listeners would send."""

    def __init__(
        self,
        session: Session,
        for_case: str = "ZZ-2026-7001",
        *,
        kind: str = "sale",
        happened_at: datetime = HANDOVER,
        channel: str = "wechat",
        vin: str | None = "LSVAM4187C2184847",
    ) -> None:
        self.session, self.org, self.now, self.instance = session, ORG, happened_at, "follow-up"
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session
        self.tasklist = Tasklist()
        issue_policy(session)
        self.number = follow_up.request(
            session,
            for_case=for_case,
            kind=kind,
            customer_no=a_customer(session),
            responsible=ADVISOR,
            channel=channel,
            happened_at=happened_at,
            people=SOLD if kind == "sale" else SERVED,
            vin=vin,
            at=happened_at,
        ).number

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the case."""
        key = "FollowUpProcess"
        return TaskContext(
            f"task-{self.now}", "topic", self.number, self.instance, key, "step", None, self.now
        )

    @property
    def row(self) -> FollowUp:
        """The follow-up as the database holds it."""
        self.session.flush()
        return self.session.get_one(FollowUp, self.number, populate_existing=True)

    def at(self, moment: datetime | str) -> FollowUpDesk:
        """The same case at another moment, in Shanghai."""
        given = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
        self.now = given if given.tzinfo else given.replace(tzinfo=SHANGHAI)
        return self

    def plan(self) -> m.ContactPlanned:
        """Decide when and who."""
        return contacting.plan_contact(m.PlanContact(), self.uow, self.task, self.org, OFFICE)

    def prepare(self) -> m.ContactPrepared:
        """The planned time has come."""
        return contacting.prepare_contact(m.PrepareContact(), self.uow, self.task, self.org, OFFICE, ASKED)

    def begin(self) -> m.ContactPrepared:
        """Plan, and wait until then."""
        return self.at(self.plan().contact_at).prepare()

    def survey(self, answer: object = "yes", *, but: Iterable[str] = ()) -> list[dict[str, object]]:
        """The same answer to every question, and none to those of `but`."""
        return [
            {"questionId": one.id, "answer": None if one.id in but else answer}
            for one in ASKED.of(self.row.kind)
        ]

    def record(self, outcome: object, by: str | None = ADVISOR, **fields: Any) -> m.ContactRecorded:
        """Send the form of the contact."""
        sent = {"contact_note": "都好", "survey": self.survey(), **fields}
        form = m.RecordContact(contact_outcome=outcome, signed_by=by, **sent)
        return contacting.record_contact(form, self.uow, self.task, self.org, OFFICE, ASKED)

    def settle(self, by: str | None, measures: object = "更换了倒车雷达") -> m.SettlementRecorded:
        """Send how the concern was settled."""
        form = m.RecordSettlement(measures=measures, signed_by=by)
        return concluding.record_settlement(form, self.uow, self.task, self.org)

    def complain(self) -> m.ComplaintRaised:
        """Open the complaint."""
        return concluding.raise_complaint(m.RaiseComplaint(), self.uow, self.task, self.org)

    def pass_on(self) -> m.PassedOn:
        """End it well."""
        return concluding.pass_on(m.PassOn(), self.uow, self.task, self.org)

    def give_up(self) -> m.GivenUp:
        """End it without having reached anybody."""
        return concluding.give_up(m.GiveUp(), self.uow, self.task, self.org, COMPANY)

    def escalate(self) -> m.FollowUpEscalated:
        """The limit has passed."""
        engine: Any = self.tasklist
        return concluding.escalate(m.EscalateFollowUp(), self.uow, self.task, self.org, engine)

    def signals(self, message: str) -> list[Signal]:
        """What was sent because of it."""
        query = select(Signal).where(Signal.message == message, Signal.fact == self.number)
        return list(self.session.scalars(query))

    def notices(self, part: str) -> list[Notification]:
        """The notices whose event's key holds `part`."""
        query = select(Notification).where(Notification.event_key.contains(part, autoescape=True))
        return list(self.session.scalars(query.order_by(Notification.id)))
