"""What the salesperson's next form shows, read anew from the database (X3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, catalog, customers, money, policy, vehicles
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.runtime import TaskContext
from workers.showroom import announcing, deals, rules
from workers.showroom.store import (
    ContactRow,
    DecisionRow,
    DemandsRow,
    NeedsRow,
    PresentationRow,
    ProposalRow,
    ShowroomSale,
    VisitRow,
    _Step,
)

Row = TypeVar("Row", bound=_Step)
OUTCOMES = {rules.FITS: "客户认可", rules.SHOW_MORE: "继续介绍", rules.OTHER_NEEDS: "需求有变"}
SELLERS_HEAD = "sales_manager"
"""Who takes over from a salesperson who has left; the diagram offers them the starter's tasks."""
SERVICE_POSTS = ("service_manager", "service_advisor")


def find(session: Session, sale_no: str) -> ShowroomSale:
    """The sale. Raises InvalidInput when there is none."""
    row = session.get(ShowroomSale, sale_no)
    if row is None:
        raise InvalidInput(f"there is no sale {sale_no} in the showroom")
    return row


def lock(session: Session, task: TaskContext) -> cases.Case:
    """The open case of the sale, locked. Raises CaseEnded when it was withdrawn meanwhile."""
    case = cases.lock(session, task.case_no, task.process_instance_id)
    if case.state != cases.OPEN:
        raise cases.CaseEnded(case)
    return case


def last(session: Session, kind: type[Row], sale_no: str) -> Row | None:
    """The step as it was recorded last."""
    return session.scalars(select(kind).where(kind.sale_no == sale_no).order_by(kind.id.desc())).first()


def confirmed_needs(session: Session, sale_no: str) -> NeedsRow | None:
    """The needs that the customer confirmed last (V3)."""
    query = select(NeedsRow).where(NeedsRow.sale_no == sale_no, NeedsRow.confirmed)
    return session.scalars(query.order_by(NeedsRow.id.desc())).first()


def open_demands(session: Session, sale_no: str) -> DemandsRow | None:
    """The demands that no proposal has answered yet (V6)."""
    answered = select(ProposalRow.demands_id).where(ProposalRow.sale_no == sale_no)
    query = select(DemandsRow).where(DemandsRow.sale_no == sale_no, DemandsRow.id.not_in(answered))
    return session.scalars(query.order_by(DemandsRow.id.desc())).first()


def models(session: Session, at: datetime) -> dict[str, str]:
    """Cars that the policy in force has a price for: number -> name."""
    priced = policy.in_force(session, at.astimezone(SHANGHAI).date()).prices
    found = {number: catalog.product(session, number) for number in priced}
    return {no: car.name for no, car in found.items() if car is not None and car.kind == catalog.VEHICLE}


def service_people(org: OrgChart, at: datetime) -> dict[str, str]:
    """Who can be present at the handover and follow up (V8, V9): user id -> name."""
    found = (user for post in SERVICE_POSTS for user in org.holders(post, at.astimezone(SHANGHAI).date()))
    return {user: org.name_of(user) for user in found}


def seller(org: OrgChart, salesperson: str, at: datetime) -> str:
    """Who has the next step: the customer's salesperson, or who stands in on that day (X2)."""
    return org.acting(salesperson, at.astimezone(SHANGHAI).date())


def may_stand_in(org: OrgChart, user: str, case: cases.Case, task: TaskContext) -> bool:
    """Whether the user may do what the starter has to do: the starter, who stands in, or their head (X2)."""
    today = task.now.astimezone(SHANGHAI).date()
    return org.may_do_for(user, case.applicant, SELLERS_HEAD, today)


def invitation(session: Session, sale_no: str) -> ContactRow | None:
    """The invitation that the customer has not come for yet (V1)."""
    contact = last(session, ContactRow, sale_no)
    return contact if contact is not None and contact.outcome == rules.INVITED else None


def rows_of(needs: NeedsRow | None) -> list[dict[str, str]]:
    """Needs as the form's list takes them."""
    return [{"need": need} for need in needs.needs] if needs is not None else []


def fields(
    session: Session, sale_no: str, org: OrgChart, at: datetime, *, full: bool = True
) -> dict[str, Any]:
    """The fields of `Step` that show the sale; the salesperson calls the customer, so the phone is `full` there."""
    sale, needs = find(session, sale_no), confirmed_needs(session, sale_no)
    shown = models(session, at)
    price = policy.in_force(session, at.astimezone(SHANGHAI).date()).prices.get(sale.model_no or "")
    query = select(PresentationRow).where(PresentationRow.sale_no == sale_no).order_by(PresentationRow.id)
    return {
        **customers.view(session, sale.customer_no, full=full),
        "salesperson": seller(org, sale.salesperson, at),
        "next_at": sale.next_at,
        "model_name": shown.get(sale.model_no or ""),
        "invited_text": _invited(invitation(session, sale_no)),
        "visit_text": _purpose(last(session, VisitRow, sale_no)),
        "correction_text": _correction(last(session, NeedsRow, sale_no)),
        "need_options": [
            {"value": str(number), "label": f"{number}. {need}"}
            for number, need in enumerate(needs.needs if needs is not None else (), 1)
        ],
        "model_options": [{"value": no, "label": name} for no, name in shown.items()],
        "presentation_rows": [
            {
                "model": shown.get(row.model_no, row.model_no),
                "outcome": OUTCOMES[row.outcome],
                "feedback": row.feedback,
            }
            for row in session.scalars(query)
        ],
        "list_price": money.figures(price.list_price) if price is not None else None,
        "floor_price": money.figures(price.floor_price) if price is not None else None,
        "stock_text": _stock(session, sale),
        "stock_colours": colours(session, sale.model_no),
        "demand_text": _demands(last(session, DemandsRow, sale_no)),
        "proposal_text": _proposal(last(session, ProposalRow, sale_no)),
        "announced_text": _announced(session, sale_no),
        "next_text": _next(session, sale, at),
        "service_options": [{"value": user, "label": name} for user, name in service_people(org, at).items()],
    }


def _invited(row: ContactRow | None) -> str | None:
    if row is None or row.next_at is None:
        return None
    return f"约定{row.next_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}到店"


def waits(session: Session, sale_no: str) -> bool:
    """Whether a proposal waits for the customer: nothing was decided on the last one yet, or only more time."""
    proposal, decision = last(session, ProposalRow, sale_no), last(session, DecisionRow, sale_no)
    if proposal is None:
        return False
    return decision is None or decision.proposal_id != proposal.id or decision.outcome == deals.MORE_TIME


def _next(session: Session, sale: ShowroomSale, at: datetime) -> str | None:
    proposed = last(session, ProposalRow, sale.sale_no) is not None
    if sale.next_at is None or sale.next_at <= at or (proposed and not waits(session, sale.sale_no)):
        return None
    return f"{sale.next_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _purpose(row: VisitRow | None) -> str | None:
    if row is None:
        return None
    return f"{row.purpose}；疑虑：{row.concerns}" if row.concerns else row.purpose


def _correction(row: NeedsRow | None) -> str | None:
    return row.correction if row is not None and not row.confirmed else None


def colours(session: Session, model_no: str | None) -> list[str]:
    """Colours of the model's cars that are kept for nobody, the nearest first."""
    return list(dict.fromkeys(car.colour for car in vehicles.available(session, model_no or "")))


def _stock(session: Session, sale: ShowroomSale) -> str | None:
    if sale.model_no is None:
        return None
    colours: dict[str, int] = {}
    for car in vehicles.available(session, sale.model_no):
        label = f"{car.colour}（{vehicles.STATES[car.state]}）"
        colours[label] = colours.get(label, 0) + 1
    return "、".join(f"{label}{count}辆" for label, count in colours.items()) or "没有可售车辆，需向厂家订购"


def _demands(row: DemandsRow | None) -> str | None:
    if row is None:
        return None
    return f"价格：{money.figures(row.price) if row.price is not None else '未提'}；其他条件：{row.terms}"


def _proposal(row: ProposalRow | None) -> str | None:
    if row is None:
        return None
    below = "（低于底价，签约前须经审批）" if row.below_floor else ""
    return f"{money.figures(row.price)}{below}，{row.colour}；{row.terms}；{row.answer}"


def _announced(session: Session, sale_no: str) -> str | None:
    proposal, decision = last(session, ProposalRow, sale_no), last(session, DecisionRow, sale_no)
    if proposal is None:
        return None
    since = max(row.recorded_at for row in (proposal, decision) if row is not None)
    return announcing.latest(session, sale_no, since)
