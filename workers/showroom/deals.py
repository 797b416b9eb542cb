"""Pure rules of the negotiation and of the customer's decision (V6, V7, X3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from workers import customers
from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.customers import CHANNELS, is_email, normalise
from workers.showroom.forms import DecisionForm, DemandsForm, PersonForm, ProposalForm
from workers.showroom.rules import MOST_LINE, MOST_TEXT
from workers.showroom.store import PROSPECT, WALK_IN

BOUGHT, MORE_TIME, LOST, NEGOTIATE = "bought", "more_time", "lost", "negotiate"
REFUSED = "refused"
"""Bought below the floor, and the price was not approved: they negotiate anew."""
LATEST_FOLLOW_UP = timedelta(days=30)
LATEST_PROMISE = timedelta(days=365)
WISHED_HOUR = time(17)
REFERRAL, OTHER = "referral", "other"
KINDS = {WALK_IN: "到店客户", PROSPECT: "潜在客户"}
SOURCES = {
    WALK_IN: "自然到店",
    "phone": "电话咨询",
    "internet": "网络平台",
    REFERRAL: "老客户推荐",
    "event": "车展和活动",
    OTHER: "其他",
}
"""Where a customer comes from; a source that a caller names otherwise is kept as it is."""


@dataclass(frozen=True)
class Person:
    """Who comes (X1)."""

    kind: str
    name: str
    phone: str
    source: str
    same_as: str = ""
    """The number of the customer whom the salesperson knows by another name."""


@dataclass(frozen=True)
class Demands:
    """What the customer asks for; no price when they name none."""

    price: Decimal | None
    terms: str


@dataclass(frozen=True)
class Proposal:
    """What is proposed, judged by the policy in force."""

    price: Decimal
    colour: str
    terms: str
    answer: str
    follow_up_at: datetime
    below_floor: bool
    to_order: bool


@dataclass(frozen=True)
class Decision:
    """What the customer decided; the last five only of one who buys."""

    outcome: str
    follow_up_at: datetime | None = None
    lost_reason: str = ""
    service_person: str = ""
    channel: str = ""
    promised_at: datetime | None = None
    email: str = ""


def read_demands(form: DemandsForm, reader: FormReader) -> Demands | None:
    """V6: price and terms that the customer wants, all of them, before anything is proposed."""
    price = None
    if form.price_demand_open is True:
        if form.demanded_price not in (None, ""):
            reader.wrong("demandedPrice", "客户期望价格：已选“客户未提价格”，请留空")
    else:
        price = reader.amount("demandedPrice", "客户期望价格", form.demanded_price)
    terms = reader.text("demandedTerms", "客户对其他条件的要求", form.demanded_terms, MOST_TEXT, lines=True)
    if form.demands_complete is not True:
        reader.wrong("demandsComplete", "协商：请先确认客户的全部要求已经了解，再提出方案")
    return None if reader.errors else Demands(price, terms)


def read_proposal(
    form: ProposalForm,
    reader: FormReader,
    demands: Demands | None,
    floor: Decimal | None,
    now: datetime,
    stock: Sequence[str] = (),
) -> Proposal | None:
    """V6: no proposal before the demands are known; a price below `floor` (yuan) is marked, not refused.

    `floor` None: the policy in force has no price for the car. V7: the follow-up has its moment from now on.
    V8: a colour that no free car of the model has (`stock`) is proposed knowingly, as one to be ordered.
    """
    if demands is None:
        reader.wrong("", "协商：尚未登记客户的要求，不能提出方案")
    if floor is None:
        reader.wrong("proposedPrice", "方案价格：执行中的销售政策没有该车型的价格")
    price = reader.amount("proposedPrice", "方案价格", form.proposed_price)
    colour = reader.text("proposedColour", "颜色", form.proposed_colour, 40)
    to_order = bool(colour) and colour not in stock
    if to_order and form.colour_to_order is not True:
        there = f"可售车辆的颜色：{'、'.join(stock)}" if stock else "没有可售车辆"
        reader.wrong(
            "proposedColour",
            f"颜色：库存没有“{colour}”的这款车（{there}）；要向厂家订购的，请勾选“需向厂家订购”",
        )
    terms = reader.text("proposedTerms", "方案内容", form.proposed_terms, MOST_TEXT, lines=True)
    answer = reader.text("demandsAnswered", "对客户要求的答复", form.demands_answered, MOST_TEXT, lines=True)
    follow_up = reader.moment("decideBy", "约定回访时间", form.decide_by, now, now + LATEST_FOLLOW_UP)
    if reader.errors or price is None or floor is None or follow_up is None:
        return None
    return Proposal(price, colour, terms, answer, follow_up, below_floor=price < floor, to_order=to_order)


def is_outdated(price: Decimal, judged_by: Decimal, floor: Decimal | None) -> bool:
    """V6: a proposal below a floor that was raised since, or for a car that may not be sold any more (`floor` None).

    `judged_by`: the floor when it was proposed; all in yuan. A floor that fell spoils nothing.
    """
    return floor is None or (price < floor and floor > judged_by)


def read_decision(
    form: DecisionForm,
    reader: FormReader,
    service_people: Mapping[str, str],
    now: datetime,
    *,
    known_email: str | None = None,
    outdated: bool = False,
) -> Decision | None:
    """V7: bought, more time until a new moment, other terms, or lost with its reason.

    `service_people`: who of the service department can be chosen for the handover and the follow-up (V8, V9);
    `known_email`: the address in the customer's record; `outdated`: the policy does not bear the proposal any more.
    """
    outcomes = {BOUGHT: "购买", MORE_TIME: "再考虑", NEGOTIATE: "重新协商", LOST: "放弃"}
    outcome = reader.choice("customerDecision", "客户的决定", form.customer_decision, outcomes)
    decision = None if outcome is None else Decision(outcome)
    if outcome == MORE_TIME:
        latest = now + LATEST_FOLLOW_UP
        follow_up = reader.moment("nextFollowUpAt", "下次回访时间", form.next_follow_up_at, now, latest)
        decision = Decision(MORE_TIME, follow_up_at=follow_up)
    elif outcome == LOST:
        reason = reader.text("lostReason", "放弃原因", form.lost_reason, MOST_TEXT, lines=True)
        decision = Decision(LOST, lost_reason=reason)
    elif outcome == BOUGHT:
        if outdated:
            reader.wrong(
                "customerDecision", "客户的决定：销售政策已调整，方案价格须按新政策判定，请选择“重新协商”"
            )
        decision = _bought(form, reader, service_people, now, known_email)
    return None if reader.errors else decision


def _bought(
    form: DecisionForm,
    reader: FormReader,
    service_people: Mapping[str, str],
    now: datetime,
    known_email: str | None,
) -> Decision:
    person = form.service_person if isinstance(form.service_person, str) else ""
    if person not in service_people:
        reader.wrong("servicePerson", "交车时在场的服务人员：请从列表中选择")
    channel = reader.choice("contactChannel", "客户选择的联系方式", form.contact_channel, CHANNELS)
    email = ""
    if channel == "email":  # a way without an address leads nowhere
        email = reader.text("contactEmail", "电子邮箱", form.contact_email, 200, required=not known_email)
        if email and not is_email(email):
            reader.wrong("contactEmail", "电子邮箱：格式不正确")
    wished = _wished(form, reader, now)
    return Decision(BOUGHT, None, "", person, channel or "", wished, email)


def _wished(form: DecisionForm, reader: FormReader, now: datetime) -> datetime | None:
    """The day on which the customer would like the car; the contract agrees the hour, and is offered `WISHED_HOUR`."""
    field, label, today = "promisedAt", "希望的交车日期", now.astimezone(SHANGHAI).date()
    day = reader.day(field, label, form.promised_at, required=False)
    if day is None:
        return None
    if not today <= day <= today + LATEST_PROMISE:
        reader.wrong(field, f"{label}：应在{today}至{today + LATEST_PROMISE}之间")
    return datetime.combine(day, WISHED_HOUR, SHANGHAI)


def read_person(form: PersonForm, reader: FormReader) -> Person | None:
    """X1: who comes; without a word on it a referral is a prospect (V1), anybody else has come in (V2)."""
    source = reader.text("source", "客户来源", form.source, 64, required=False)
    sent = form.sale_kind or (PROSPECT if source == REFERRAL else WALK_IN)
    kind = reader.choice("saleKind", "客户现在在哪里", sent, KINDS)
    name = reader.text("prospectName", "客户姓名", form.prospect_name, MOST_LINE)
    phone = normalise(form.prospect_phone)
    if phone is None:
        reader.wrong("prospectPhone", "电话：不是有效的电话号码")
    if reader.errors or kind is None or phone is None:
        return None
    same_as = form.same_person_as if isinstance(form.same_person_as, str) else ""
    return Person(kind, name, phone, source or (WALK_IN if kind == WALK_IN else OTHER), same_as)


def is_other(person: Person, no: str, name: str, reader: FormReader) -> bool:
    """M5: whether the customer `no` who has this phone has another name, and nobody has said that they are the same."""
    if customers.is_named(name, person.name) or person.same_as == no:
        return False
    reader.wrong(
        "prospectName",
        f"该电话已登记为{name}（{no}），与填写的“{person.name}”不一致：是同一位客户的请确认，不是的请更正姓名或电话",
    )
    return True
