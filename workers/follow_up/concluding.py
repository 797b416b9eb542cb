"""What follows from a contact: settle a concern, raise a complaint, pass on, give up, escalate (V9, W10, K1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from workers import cases, complaints, customers, notify, signals
from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.complaints.opening import FOLLOW_UP
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company
from workers.engine.client import EngineClient
from workers.errors import InvalidInput
from workers.follow_up import people, record, rules
from workers.follow_up.messages import (
    ComplaintRaised,
    EscalateFollowUp,
    FollowUpEscalated,
    GivenUp,
    GiveUp,
    PassedOn,
    PassOn,
    RaiseComplaint,
    RecordSettlement,
    SettlementRecorded,
)
from workers.follow_up.router import router
from workers.follow_up.store import (
    COMPLAINT,
    CONCERN_SETTLED,
    SATISFIED,
    UNREACHABLE,
    FollowUp,
    FollowUpContact,
)
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)
LEAD, LEAD_PROCESS, LEAD_PREFIX = "Msg_ProspectReferred", "VehicleSalesProcess", "XS"
APPOINTMENT, SERVICE_PROCESS, SERVICE_PREFIX = "Msg_AppointmentWanted", "VehicleServiceProcess", "WX"
CONTACT_TASK = "Task_ContactCustomer"


@router.task("record_settlement")
def record_settlement(
    form: RecordSettlement, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> SettlementRecorded:
    """Keep how the named person has settled the concern; the customer is asked again afterwards."""
    session, number, reader = uow.session, task.case_no, FormReader()
    today, by = task.now.astimezone(SHANGHAI).date(), form.signed_by or ""
    cases.lock(session, number, task.process_instance_id)
    concern = record.last_concern(session, number)
    if concern is None:
        raise InvalidInput(f"follow-up {number} has no concern that could be settled")
    if not people.may_record(org, concern.owner, by, today):
        log.warning("security: concern settled by another", case_no=number, user=by)
        reader.wrong("", f"由{org.name_of(concern.owner)}或服务经理登记处理结果")
    measures = reader.text("measures", "处理结果", form.measures, rules.MOST_TEXT, lines=True)
    if not reader.errors and concern.settled_at is None:
        concern.measures, concern.settled_by, concern.settled_at = measures, by, task.now
        cases.note(session, number, org.name_of(by), "解决客户疑虑", measures, task.now, user=by)
        cases.status(session, number, "疑虑已处理，待再次询问客户")
    return SettlementRecorded.of_case(
        session,
        number,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        measures=cases.shown(form.measures, rules.MOST_TEXT) if reader.errors else None,
    )


@router.task("raise_complaint")
def raise_complaint(_: RaiseComplaint, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> ComplaintRaised:
    """Open the complaint, which starts its own process, and end the follow-up (K1)."""
    session, number = uow.session, task.case_no
    row, contact = _read(session, task)
    if contact.outcome != COMPLAINT:
        raise InvalidInput(f"the customer of {number} has not complained")
    if row.complaint_no is None:
        row.complaint_no = complaints.open(
            session,
            customer_no=row.customer_no,
            about_case=row.for_case,
            against=contact.against,
            what=contact.note,
            source=FOLLOW_UP,
            by=contact.by,
            by_name=org.name_of(contact.by),
            at=task.now,
        )
    _end(session, row, COMPLAINT, f"客户投诉，转投诉{row.complaint_no}", task.now)
    return ComplaintRaised.of_case(
        session, number, complaint_no=row.complaint_no, **_conclusion(session, row, COMPLAINT)
    )


@router.task("pass_on")
def pass_on(_: PassOn, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> PassedOn:
    """End it well: a referral becomes a lead of the salesperson, the wish for maintenance an appointment."""
    session, number, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    row, contact = _read(session, task)
    if contact.outcome != SATISFIED:
        raise InvalidInput(f"the customer of {number} has not said to be satisfied")
    if contact.referral_name and contact.referral_phone and row.lead_no is None:
        row.lead_no = cases.next_case_no(session, LEAD_PREFIX, today.year)
        lead = {
            "prospectName": contact.referral_name,
            "prospectPhone": contact.referral_phone,
            "source": "referral",
            "applicant": people.salesperson(row, org, today),
        }
        signals.send(session, LEAD, row.lead_no, number, starts=LEAD_PROCESS, variables=lead)
        cases.note(session, number, "系统", "客户推荐转为销售线索", row.lead_no, task.now)
    if contact.wish and row.appointment_no is None:
        row.appointment_no = cases.next_case_no(session, SERVICE_PREFIX, today.year)
        wanted = {
            "customerNo": row.customer_no,
            "vin": row.vin,
            "wish": contact.wish,
            "applicant": people.advisor(row, org, today),
        }
        signals.send(
            session, APPOINTMENT, row.appointment_no, number, starts=SERVICE_PROCESS, variables=wanted
        )
        cases.note(session, number, "系统", "保养转为服务预约", row.appointment_no, task.now)
    had_concern = record.last_concern(session, number) is not None
    outcome = CONCERN_SETTLED if had_concern else SATISFIED
    _end(session, row, outcome, "疑虑已解决，客户满意" if had_concern else "客户满意", task.now)
    return PassedOn.of_case(
        session,
        number,
        lead_no=row.lead_no,
        appointment_no=row.appointment_no,
        **_conclusion(session, row, outcome),
    )


@router.task("give_up")
def give_up(_: GiveUp, uow: UnitOfWork, task: TaskContext, org: OrgChart, company: Company) -> GivenUp:
    """Nobody was reached in the last try: write to the customer whom to turn to, and end it."""
    session, number = uow.session, task.case_no
    row, contact = _read(session, task)
    tries = record.tries(session, number)
    if contact.outcome != UNREACHABLE or tries < row.most_tries:
        raise InvalidInput(f"follow-up {number} has tries left: {tries} of {row.most_tries}")
    body = (
        f"您好！我们{tries}次联系您，想了解您对{'新车' if row.kind == 'sale' else '维修保养'}是否满意，"
        f"都没有联系上。有任何问题或不满意，请找{org.name_of(row.responsible)}"
        f"{'，电话' + company.phone if company.phone else ''}，也可以直接投诉。"
    )
    notify.tell_customer(
        session, f"unreachable:{number}", row.customer_no, "交车后的回访", body, channel=row.channel
    )
    _end(session, row, UNREACHABLE, f"联系{tries}次未果，已书面告知客户", task.now)
    return GivenUp.of_case(session, number, **_conclusion(session, row, UNREACHABLE))


@router.task("escalate")
def escalate(
    _: EscalateFollowUp, uow: UnitOfWork, task: TaskContext, org: OrgChart, engine: EngineClient
) -> FollowUpEscalated:
    """Tell the service manager that the limit has passed, and put the open task above the others."""
    session, number, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    cases.lock(session, number, task.process_instance_id)
    still_open = _contact_tasks(engine, task)
    if not still_open:  # somebody made contact while the timer fired
        return FollowUpEscalated.of_case(session, number)
    row = record.find(session, number)
    contacts = record.contacts(session, number)
    tried = contacts > 0
    if row.escalated_at is None and not tried:
        row.escalated_at = task.now
    person = people.contact_person(org, row.responsible, today)
    limit = row.limit_at.astimezone(SHANGHAI)
    what = "超过约定时间未再次联系" if tried else f"超过跟踪期限{limit:%Y-%m-%d %H:%M}未联系客户"
    for user in org.acting_holders(people.MANAGER, today):
        body = f"跟踪{number}({row.for_case})：{org.name_of(person)}{what}，请立即督促或亲自联系。"
        notify.tell(session, f"follow_up:{number}:{contacts}:{user}", user, f"客户跟踪逾期：{number}", body)
    cases.note(session, number, "系统", "跟踪逾期，上报服务经理", what, task.now)
    cases.status(session, number, f"已逾期，待{org.name_of(person)}联系客户，已上报服务经理")
    for one in still_open:
        notify.raise_priority(engine, one)
    return FollowUpEscalated.of_case(session, number)


def _contact_tasks(engine: EngineClient, task: TaskContext) -> list[str]:
    query = {"processInstanceId": task.process_instance_id, "taskDefinitionKey": CONTACT_TASK}
    return [one["id"] for one in engine.get("/task", **query)]


def _read(session: Session, task: TaskContext) -> tuple[FollowUp, FollowUpContact]:
    """The follow-up under its case's lock, with the newest contact. InvalidInput: there was none."""
    number = task.case_no
    cases.lock(session, number, task.process_instance_id)
    row, contact = record.find(session, number), record.last_contact(session, number)
    if contact is None:
        raise InvalidInput(f"nobody has made contact for follow-up {number}")
    return row, contact


def _end(session: Session, row: FollowUp, outcome: str, text: str, at: datetime) -> None:
    if not cases.finish(session, row.number, cases.CLOSED, at):
        return
    row.outcome, row.closed_at = outcome, at
    cases.status(session, row.number, text)
    customers.remember(session, row.customer_no, at, "回访", text, row.number)


def _conclusion(session: Session, row: FollowUp, outcome: str) -> dict[str, Any]:
    return {"follow_up_outcome": outcome, **customers.view(session, row.customer_no, full=False)}
