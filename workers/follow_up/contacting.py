"""Plan a contact, prepare it, keep what came of it (V9, W10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from workers import cases, customers, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.follow_up import people, planning, record, rules
from workers.follow_up.messages import (
    ContactForm,
    ContactPlanned,
    ContactPrepared,
    ContactRecorded,
    PlanContact,
    PrepareContact,
    RecordContact,
)
from workers.follow_up.questions import Questionnaire
from workers.follow_up.router import router
from workers.follow_up.rules import Contact
from workers.follow_up.store import CONCERN, UNREACHABLE, FollowUp, FollowUpConcern, FollowUpContact
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)
STEP = "contact_customer"


@router.task("plan_contact")
def plan_contact(
    _: PlanContact, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ContactPlanned:
    """Decide when and who: the first contact as it was planned at the handover, a further one from here."""
    session, number = uow.session, task.case_no
    cases.lock(session, number, task.process_instance_id).process_instance_id = task.process_instance_id
    row = record.find(session, number)
    last = record.last_contact(session, number)
    if last is not None and last.outcome == UNREACHABLE:
        row.contact_at = planning.plan_again(task.now, last.at, row.limit_at, office)
    elif last is not None:
        row.contact_at = planning.plan_soon(task.now, row.limit_at, office)
    at = row.contact_at.astimezone(SHANGHAI)
    person = people.contact_person(org, row.responsible, at.date())
    cases.status(session, number, f"计划{at:%Y-%m-%d %H:%M}由{org.name_of(person)}联系客户")
    return ContactPlanned.of_case(
        session,
        number,
        case_no=number,
        contact_at=row.contact_at,
        contact_person=person,
        **customers.view(session, row.customer_no, full=False),
    )


@router.task("prepare_contact")
def prepare_contact(
    _: PrepareContact,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    office: WorkingHours,
    asked: Questionnaire,
) -> ContactPrepared:
    """Who calls today, by which way, until when, and what is to be asked."""
    session, number, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    cases.lock(session, number, task.process_instance_id)
    row = record.find(session, number)
    person = people.contact_person(org, row.responsible, today)
    first = record.last_contact(session, number) is None
    due = policy.due(session, STEP, max(row.contact_at, task.now), office)
    questions = record.open_questions(session, row, asked)
    cases.status(session, number, f"待{org.name_of(person)}联系客户")
    return ContactPrepared.of_case(
        session,
        number,
        contact_person=person,
        contact_due=min(due, row.limit_at) if first else due,
        escalate_at=row.limit_at if first else due,
        channel_name=customers.CHANNELS.get(row.channel, row.channel),
        tries_text=f"第{record.tries(session, number) + 1}次，最多{row.most_tries}次",
        survey=rules.survey_rows(asked, questions),
        survey_asked=bool(questions),
        owner_options=people.settlers(org, today),
        against_options=[{"label": org.name_of(user), "value": user} for user in people.involved(row, org)],
        has_car=row.vin is not None,
        **record.texts(session, row, org, asked),
        **customers.view(session, row.customer_no, full=True),
    )


@router.task("record_contact")
def record_contact(
    form: RecordContact,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    office: WorkingHours,
    asked: Questionnaire,
) -> ContactRecorded:
    """Keep what came of the contact, and say what follows from it."""
    session, number, reader = uow.session, task.case_no, FormReader()
    today, by = task.now.astimezone(SHANGHAI).date(), form.signed_by or ""
    cases.lock(session, number, task.process_instance_id)
    row = record.find(session, number)
    questions = record.open_questions(session, row, asked)
    if not people.may_record(org, row.responsible, by, today):
        log.warning("security: contact recorded by another", case_no=number, user=by)
        reader.wrong("", "只有本次跟踪的负责人、代班人或服务经理可以登记")
    contact = rules.read_contact(
        form,
        reader,
        questions,
        owners={one["value"] for one in people.settlers(org, today)},
        staff=people.involved(row, org),
        is_phone=lambda text: customers.normalise(text) is not None,
    )
    result = "invalid"
    if contact is not None and not reader.errors:
        result = _keep(session, row, contact, by, org, task.now)
    concern = record.last_concern(session, number)
    return ContactRecorded.of_case(
        session,
        number,
        contact_result=result,
        has_errors=result == "invalid",
        form_errors=reader.errors,
        concern_text=record.concern_text(concern, org),
        settle_person=concern.owner if concern is not None else by,
        settle_due=policy.due(session, "settle_concern", task.now, office),
        **_as_sent(
            form if result == "invalid" else RecordContact(), rules.survey_rows(asked, questions, form.survey)
        ),
    )


def _keep(session: Session, row: FollowUp, contact: Contact, by: str, org: OrgChart, at: datetime) -> str:
    """Store the contact with its answers; returns its outcome, where nobody was reached whether to try again."""
    session.add(
        FollowUpContact(
            follow_up_no=row.number,
            outcome=contact.outcome,
            note=contact.note,
            against=contact.against,
            referral_name=contact.referral_name,
            referral_phone=contact.referral_phone,
            wish=contact.wish,
            by=by,
            at=at,
        )
    )
    record.keep_answers(session, row, contact, at)
    if contact.outcome == CONCERN and contact.concern_owner is not None:
        session.add(
            FollowUpConcern(
                follow_up_no=row.number, what=contact.note, owner=contact.concern_owner, raised_at=at
            )
        )
        cases.status(session, row.number, f"客户有疑虑，由{org.name_of(contact.concern_owner)}解决")
    session.flush()
    text = f"{rules.OUTCOMES[contact.outcome]}{'：' + contact.note if contact.note else ''}"
    cases.note(session, row.number, org.name_of(by), "联系客户", text, at, user=by)
    if contact.outcome == UNREACHABLE:
        return "again" if record.tries(session, row.number) < row.most_tries else UNREACHABLE
    return contact.outcome


def _as_sent(form: ContactForm, survey: list[dict[str, str | None]]) -> dict[str, Any]:
    outcome = form.contact_outcome
    return {
        "contact_outcome": outcome if isinstance(outcome, str) and outcome in rules.OUTCOMES else None,
        "survey": survey,
        "contact_note": cases.shown(form.contact_note, rules.MOST_TEXT),
        "concern_owner": cases.shown(form.concern_owner, 64),
        "complaint_against": cases.shown(form.complaint_against, 64),
        "referral_name": cases.shown(form.referral_name, 100),
        "referral_phone": cases.shown(form.referral_phone, 50),
        "maintenance_wish": cases.shown(form.maintenance_wish, rules.MOST_TEXT),
    }
