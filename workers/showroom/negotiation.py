"""Demands, proposal, and the customer's decision (V6, V7)."""

from __future__ import annotations

from decimal import Decimal

from workers import cases, customers, money, policy, signals, vehicles
from workers.calendar import SHANGHAI, WorkingHours
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.showroom import announcing, deals, view
from workers.showroom.messages import (
    DecisionRead,
    DecisionRecorded,
    DemandsRecorded,
    MakeProposal,
    ProposalMade,
    ReadDecision,
    RecordDecision,
    RecordDemands,
    Renegotiate,
    Renegotiated,
)
from workers.showroom.recording import Recording
from workers.showroom.router import router
from workers.showroom.store import DecisionRow, DemandsRow, ProposalRow

PROGRAM = "salesflow"
"""Who records that an approval was refused: no person did."""


@router.task("record_demands")
def record_demands(
    form: RecordDemands, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DemandsRecorded:
    """V6: all that the customer asks for is known before anything is proposed."""
    step = Recording(uow.session, task, org, office, form.signed_by)
    found = deals.read_demands(form, step.reader)
    if found is not None:
        uow.session.add(DemandsRow(**step.by, price=found.price, terms=found.terms))
        step.done("了解客户要求", found.terms, "待提出方案")
    return step.answer(
        DemandsRecorded, "demands_known" if found else None, form, "make_proposal", "hear_demands"
    )


@router.task("make_proposal")
def make_proposal(
    form: MakeProposal, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> ProposalMade:
    """V6: a proposal that answers recorded demands; below the floor of the policy it is marked for approval."""
    session, step = uow.session, Recording(uow.session, task, org, office, form.signed_by)
    sale, demands = view.find(session, task.case_no), view.open_demands(session, task.case_no)
    ruling = policy.in_force(session, task.now.astimezone(SHANGHAI).date())
    known = deals.Demands(demands.price, demands.terms) if demands is not None else None
    floor = _floor(ruling, sale.model_no)
    found = deals.read_proposal(
        form, step.reader, known, floor, task.now, view.colours(session, sale.model_no)
    )
    if found is not None and demands is not None and floor is not None and sale.model_no is not None:
        sale.next_at = found.follow_up_at
        session.add(
            ProposalRow(
                **step.by,
                demands_id=demands.id,
                model_no=sale.model_no,
                price=found.price,
                floor_price=floor,
                below_floor=found.below_floor,
                policy_version=ruling.version_no,
                colour=found.colour,
                terms=found.terms,
                answer=found.answer,
                follow_up_at=found.follow_up_at,
            )
        )
        marked = "，低于底价，签约前须经审批" if found.below_floor else ""
        colour = f"{found.colour}{'（需向厂家订购）' if found.to_order else ''}"
        said = f"{money.figures(found.price)}{marked}；{colour}；{found.terms}"
        step.done("提出方案", said, "等客户决定，到约定时间回访")
    return step.answer(
        ProposalMade, "proposed" if found else None, form, "record_decision", "make_proposal", full=False
    )


@router.task("renegotiate")
def renegotiate(
    _: Renegotiate, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> Renegotiated:
    """V6: the order ended because its price was not approved; the deal is off, and the salesperson goes on."""
    session = uow.session
    view.lock(session, task)
    last = view.last(session, DecisionRow, task.case_no)
    if last is not None and last.outcome == deals.BOUGHT:
        session.add(
            DecisionRow(
                sale_no=task.case_no,
                recorded_by=PROGRAM,
                recorded_at=task.now,
                proposal_id=last.proposal_id,
                outcome=deals.REFUSED,
                follow_up_at=None,
                lost_reason="",
                service_person="",
                channel="",
                promised_at=None,
            )
        )
    seller = view.seller(org, view.find(session, task.case_no).salesperson, task.now)
    cases.status(session, task.case_no, f"低于底价未获批准，待重新协商（{org.name_of(seller)}）")
    return Renegotiated.of_case(
        session,
        task.case_no,
        step_outcome="demands",
        step_due=policy.due(session, "hear_demands", task.now, office),
        has_errors=False,
        form_errors=[],
        **view.fields(session, task.case_no, org, task.now),
    )


@router.task("read_decision")
def read_decision(
    _: ReadDecision, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DecisionRead:
    """V7: the follow-up is due or the customer has answered; the salesperson records what was decided."""
    session = uow.session
    view.lock(session, task)
    signals.mark_read(session, announcing.MESSAGE, task.case_no, task.now)
    return DecisionRead.of_case(
        session,
        task.case_no,
        step_outcome="decide",
        step_due=policy.due(session, "record_decision", task.now, office),
        has_errors=False,
        form_errors=[],
        **view.fields(session, task.case_no, org, task.now),
    )


@router.task("record_decision")
def record_decision(
    form: RecordDecision, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> DecisionRecorded:
    """V7: bought (the deal is agreed), more time until a new moment, other terms, or lost with the reason."""
    session, step = uow.session, Recording(uow.session, task, org, office, form.signed_by)
    proposal = view.last(session, ProposalRow, task.case_no)
    if proposal is None:
        raise InvalidInput(f"sale {task.case_no} has no proposal to decide on")
    people = view.service_people(org, task.now)
    sale = view.find(session, task.case_no)
    known = customers.find(session, sale.customer_no).email
    floor = _floor(policy.in_force(session, task.now.astimezone(SHANGHAI).date()), proposal.model_no)
    outdated = deals.is_outdated(proposal.price, proposal.floor_price, floor)
    found = deals.read_decision(form, step.reader, people, task.now, known_email=known, outdated=outdated)
    if found is not None:
        sale.next_at = found.follow_up_at or sale.next_at
        signals.mark_read(
            session, announcing.MESSAGE, task.case_no, task.now
        )  # what was said is decided on now
        session.add(
            DecisionRow(
                **step.by,
                proposal_id=proposal.id,
                outcome=found.outcome,
                follow_up_at=found.follow_up_at,
                lost_reason=found.lost_reason,
                service_person=found.service_person,
                channel=found.channel,
                promised_at=found.promised_at,
            )
        )
        if found.outcome == deals.BOUGHT:
            vehicles.agree(
                session,
                task.case_no,
                customer_no=sale.customer_no,
                salesperson=sale.salesperson,
                service_person=found.service_person,
                model_no=proposal.model_no,
                colour=proposal.colour,
                price=proposal.price,
                channel=found.channel,
                promised_at=found.promised_at,
                policy_version=proposal.policy_version,
                below_floor=proposal.below_floor,
            )
            customers.keep_email(session, sale.customer_no, found.email)
            customers.remember(session, sale.customer_no, task.now, "购车", proposal.terms, task.case_no)
        words = {
            deals.BOUGHT: ("客户决定购买", f"交车时在场：{people.get(found.service_person, '')}", "待签约"),
            deals.MORE_TIME: ("客户再考虑", "", "到约定时间回访"),
            deals.NEGOTIATE: ("重新协商", "", "待了解客户要求"),
            deals.LOST: ("客户放弃", found.lost_reason, "客户放弃"),
        }
        step.done(*words[found.outcome])
    outcome = found.outcome if found is not None else None
    following = "hear_demands" if outcome == deals.NEGOTIATE else "record_decision"
    calls = outcome == deals.NEGOTIATE  # until the follow-up nobody has to call
    return step.answer(DecisionRecorded, outcome, form, following, "record_decision", full=calls)


def _floor(ruling: policy.PolicyVersion, model_no: str | None) -> Decimal | None:
    """The car's floor in yuan; None: the policy has no price for it."""
    price = ruling.prices.get(model_no or "")
    return price.floor_price if price is not None else None
