"""Who repairs: proposed by skill and load, chosen by the dispatcher (W4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from workers import cases, policy
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.service import lines, orders, promising, staffing
from workers.service.router import router
from workers.service.store import CONFIRMED, ServiceOrder
from workers.service.work_messages import Dispatch, Dispatched, ProposeTechnicians, TechniciansProposed
from workers.service.workshop import Workshop


@router.task("propose_technicians")
def propose_technicians(
    _: ProposeTechnicians,
    uow: UnitOfWork,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> TechniciansProposed:
    """Who could do it, the least loaded first (W4)."""
    session = uow.session
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    return TechniciansProposed.of_case(
        session, task.case_no, **_choice(session, order, task, org, shop, office)
    )


def _choice(
    session: Session,
    order: ServiceOrder,
    task: TaskContext,
    org: OrgChart,
    shop: Workshop,
    office: WorkingHours,
) -> dict[str, Any]:
    found = staffing.candidates(session, org, shop, lines.of(session, order.case_no), orders.today(task))
    return {
        "technician_options": [{"label": org.name_of(one.user), "value": one.user} for one in found],
        "technician_rows": [
            {
                "name": org.name_of(one.user),
                "load": f"{one.hours.normalize():f}小时",
                "missing": "、".join(sorted(one.missing)) or "无",
            }
            for one in found
        ],
        "chosen_technician": found[0].user if found else None,
        "dispatch_due": policy.due(session, "dispatch_work", task.now, office),
        **orders.shown(session, order, full=False),
    }


@router.task("dispatch")
def dispatch(
    form: Dispatch, uow: UnitOfWork, task: TaskContext, org: OrgChart, shop: Workshop, office: WorkingHours
) -> Dispatched:
    """The dispatcher's choice, if that technician is there and able at this moment (W4)."""
    session, reader, by = uow.session, FormReader(), form.signed_by or ""
    _case, order = orders.lock(session, task)
    orders.require(order, CONFIRMED)
    cases.require_post(reader, by, "dispatcher", task, org)
    able = [
        one.user
        for one in staffing.candidates(
            session, org, shop, lines.of(session, order.case_no), orders.today(task)
        )
    ]
    if form.chosen_technician not in able:
        reader.wrong("chosenTechnician", "维修技师：请从具备技能、今天在岗的技师中选择")
    if not reader.errors:
        order.technician, order.begun_at = str(form.chosen_technician), task.now
        name = org.name_of(order.technician)
        cases.note(session, order.case_no, org.name_of(by), "派工", name, task.now, user=by)
        cases.status(session, order.case_no, f"已派工给{name}，诊断中")
        promising.progress(session, task)
    return Dispatched.of_case(
        session,
        task.case_no,
        dispatch_outcome="again" if reader.errors else "dispatched",
        has_errors=bool(reader.errors),
        form_errors=reader.errors,
        technician=org.on_duty(order.technician or "", orders.today(task)),
        diagnose_due=policy.due(session, "diagnose", task.now, office),
        product_options=lines.options(session, orders.today(task)),
        extra_lines=[],
        **orders.shown(session, order, full=False),
    )
