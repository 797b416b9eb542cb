"""Take a complaint in: from the start form, by a message, or from the follow-up that has raised it (K1, X1, X3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, customers, policy, signals
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.complaints import opening, rules, view
from workers.complaints.messages import (
    CheckComplaint,
    ComplaintChecked,
    ComplaintForm,
    ComplaintOpened,
    OpenComplaint,
)
from workers.complaints.router import router
from workers.complaints.rules import Sent
from workers.complaints.store import Complaint
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext

STEP = "take_complaint"
HEADS = ("sales_manager", "service_manager")


def read(session: Session, form: ComplaintForm, reader: FormReader, org: OrgChart) -> Sent | None:
    """The complaint as it was sent, with what only the database knows; None with findings."""
    sent = rules.read_complaint(form, reader, org)
    if sent is None:
        return None
    if customers.normalise(sent.phone) is None:
        reader.wrong("complainantPhone", f"客户电话：“{sent.phone}”不是有效的电话号码")
    if sent.about_case and session.get(cases.Case, sent.about_case) is None:
        reader.wrong("aboutCaseNo", f"涉及的业务编号：没有{sent.about_case}，不清楚的可以不填")
    return None if reader.errors else sent


@router.task("open_complaint")
def open_complaint(
    form: OpenComplaint, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ComplaintOpened:
    """Open the case; one that a follow-up has raised is complete, what somebody typed is checked."""
    session, reader = uow.session, FormReader()
    today = task.now.astimezone(SHANGHAI).date()
    raised = task.business_key if cases.is_technical(form.started_by) and form.applicant is None else None
    if raised:
        signals.mark_read(session, opening.MESSAGE, raised, task.now)
        case = cases.lock(session, raised, task.process_instance_id)
        case.process_instance_id = task.process_instance_id
        view.find(session, raised)
        number = raised
    else:
        person = cases.starter(org, form.started_by, form.applicant, opening.PROCESS, today)
        number = cases.next_case_no(session, opening.PREFIX, today.year)
        cases.open_case(
            session, number, opening.KIND, person, org.name_of(person), task.now, task.process_instance_id
        )
        _take(session, number, form, reader, org, person, task)
    return ComplaintOpened.of_case(
        session,
        number,
        case_no=number,
        take_due=policy.due(session, STEP, task.now, office),
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **_as_sent(form, reader, org, task),
    )


@router.task("check_complaint")
def check_complaint(
    form: CheckComplaint, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> ComplaintChecked:
    """Check what the starter has put right."""
    session, reader = uow.session, FormReader()
    case = cases.lock(session, task.case_no, task.process_instance_id)
    if not _may_complete(form.signed_by or "", case.applicant, task, org):
        reader.wrong("", "只有受理人、其代理人或部门经理可以补充投诉登记")
    else:
        _take(session, task.case_no, form, reader, org, case.applicant, task)
    return ComplaintChecked.of_case(
        session,
        task.case_no,
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        **_as_sent(form, reader, org, task),
    )


def _may_complete(user: str, applicant: str, task: TaskContext, org: OrgChart) -> bool:
    """Who took the call, who stands in today, and the heads to whom the task is offered besides (X2)."""
    today = task.now.astimezone(SHANGHAI).date()
    return user in (applicant, org.acting(applicant, today)) or any(
        org.may_act(user, head, today) for head in HEADS
    )


def _take(
    session: Session,
    number: str,
    form: ComplaintForm,
    reader: FormReader,
    org: OrgChart,
    by: str,
    task: TaskContext,
) -> None:
    """Enter it if nothing is wrong; once, however often it is asked for."""
    sent = read(session, form, reader, org)
    if sent is None:
        cases.status(session, number, "投诉登记待补充")
        return
    if session.scalars(select(Complaint.number).where(Complaint.number == number)).first() is not None:
        return
    customer = customers.meet(session, phone=sent.phone, name=sent.name, at=task.now, source="complaint")
    opening.enter(
        session,
        number,
        customer_no=customer.no,
        about_case=sent.about_case,
        against=sent.against,
        what=sent.what,
        source=opening.PHONE,
        by=by,
        at=task.now,
    )


def _as_sent(form: ComplaintForm, reader: FormReader, org: OrgChart, task: TaskContext) -> dict[str, Any]:
    """The form for mending. The number of a complaint that was taken stands in the customer's record only (M5)."""
    against = form.complaint_against if isinstance(form.complaint_against, str) else ""
    return {
        "staff_options": view.staff_options(org, task.now),
        "complainant_phone": cases.shown(form.complainant_phone, 50) if reader.errors else None,
        "complainant_name": cases.shown(form.complainant_name, 100),
        "about_case_no": cases.shown(form.about_case_no, 32),
        "complaint_against": rules.person_named(org, against),
        "complaint_text": cases.shown(form.complaint_text, rules.MOST_TEXT),
    }
