"""Open the case of a visit, from Tasklist, by message or from a follow-up (X1)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import cases, customers
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import appointments, rules
from workers.service.messages import OpenOrder, OrderOpened
from workers.service.router import router
from workers.service.store import WANTED, ServiceOrder
from workers.service.workshop import Workshop

PREFIX, KIND = "WX", "service"
POST = "service_advisor"
_NUMBER = re.compile(r"WX-20[0-9]{2}-[0-9]{4,}")


def _starter(org: OrgChart, form: OpenOrder, process: str, on: date) -> str:
    """Who files it. A follow-up's first maintenance may name somebody of another post: then an advisor takes it."""
    named = form.applicant if isinstance(form.applicant, str) else None
    if cases.is_technical(form.started_by) and not (named and org.may_start(named, process, on)):
        there = list(org.acting_holders(POST, on))
        if named is None or named in org.people:
            if not there:
                raise InvalidInput(f"{process}: nobody is {POST} on {on}")
            return there[0]
    return cases.starter(org, form.started_by, named, process, on)


def _number(session: Session, form: OpenOrder, task: TaskContext, year: int) -> str:
    """A new number, or the one that a program took when it sent the message; a person's own key counts for nothing."""
    key = task.business_key or ""
    if cases.is_technical(form.started_by) and _NUMBER.fullmatch(key):
        return key
    return cases.next_case_no(session, PREFIX, year)


@router.task("open_order")
def open_order(
    form: OpenOrder, uow: UnitOfWork, task: TaskContext, org: OrgChart, shop: Workshop, office: WorkingHours
) -> OrderOpened:
    """Number the case, open its file, and fill the appointment's form with what is known (X1)."""
    session, today = uow.session, task.now.astimezone(SHANGHAI).date()
    applicant = _starter(org, form, task.process_definition_key, today)
    case_no = _number(session, form, task, today.year)
    cases.open_case(
        session, case_no, KIND, applicant, org.name_of(applicant), task.now, task.process_instance_id
    )
    reader = FormReader()  # what is wrong shows when the form is sent: nothing is lost on the way there
    order = ServiceOrder(
        case_no=case_no,
        state=WANTED,
        plate=rules.read_plate(form.plate, reader),
        vin=rules.read_vin(form.vin, reader, required=False),
        model="",
        wish=cases.shown(form.wish, rules.MOST_TEXT) or "",
        planned_hours=Decimal(2),
    )
    if isinstance(form.customer_no, str) and cases.is_technical(form.started_by):
        order.customer_no = customers.find(session, form.customer_no).no
    session.add(order)
    session.flush()
    appointments.know_car(session, order)
    cases.status(session, case_no, f"待{org.name_of(applicant)}与客户约定时间")
    fields = appointments.form_of(session, order, task.now, org=org, shop=shop, office=office)
    for field in ("caller_phone", "caller_name", "plate", "vin"):
        fields[field] = fields[field] or cases.shown(getattr(form, field), appointments.LIMITS[field])
    return OrderOpened.of_case(session, case_no, **fields)
