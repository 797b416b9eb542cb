"""A sale in the showroom on PostgreSQL, handler by handler (V1-V7)."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW, ORG, issue_policy
from workers import cases, customers, follow_up, policy, signals, vehicles
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.org import Leave
from workers.runtime import TaskContext
from workers.showroom import closing, negotiation, starting, steps, withdrawal
from workers.showroom import messages as m
from workers.showroom.announcing import MESSAGE
from workers.showroom.store import DecisionRow, NeedsRow, ProposalRow
from workers.signals import Signal

SELLER, OTHER, ADVISOR = "zhaolei", "chenxiaoyan", "fengli"
MODEL = "QC01"


def at(hours: float) -> str:
    """A moment that many hours from now, as a form sends it."""
    return (NOW + timedelta(hours=hours)).isoformat()


class Showroom:
    """One sale, step by step, with what the forms would send."""

    def __init__(self, session: Session, **person: Any) -> None:
        self.session, self.number, self.now = session, "", NOW
        issue_policy(session)
        self.uow = UnitOfWork(lambda: session)
        self.uow.__enter__()
        opened = steps.open_sale(m.OpenSale(started_by=SELLER), self.uow, self.task, ORG)
        self.number = opened.case_no
        sent = {"prospect_name": "李雷", "prospect_phone": "13812345678", "source": "路过"} | person
        self.met = steps.meet_customer(m.MeetCustomer(**sent), self.uow, self.task, ORG, OFFICE)

    @property
    def task(self) -> TaskContext:
        """A delivery of an external task of the sale."""
        key = "VehicleSalesProcess"
        return TaskContext("task", "topic", self.number or None, "sale", key, "activity", None, self.now)

    def send(self, handler: Any, kind: Any, by: str = SELLER, **sent: Any) -> Any:
        """A form of the salesperson."""
        return handler(kind(**sent, signed_by=by), self.uow, self.task, ORG, OFFICE)

    def needs(self, **changed: Any) -> Any:
        """V3."""
        sent = {"needs": [{"need": "省油"}], "retold": "您想少花油钱", "needs_confirmed": True}
        return self.send(steps.record_needs, m.RecordNeeds, **sent | changed)

    def present(self, **changed: Any) -> Any:
        """V4."""
        sent = {
            "model_no": MODEL,
            "features": [{"needNo": 1, "feature": "每百公里五升"}],
            "presentation_outcome": "fits",
        }
        return self.send(steps.record_presentation, m.RecordPresentation, **sent | changed)

    def demand(self) -> Any:
        """V6, first half."""
        sent = {"price_demand_open": True, "demanded_terms": "送脚垫", "demands_complete": True}
        return self.send(negotiation.record_demands, m.RecordDemands, **sent)

    def propose(self, **changed: Any) -> Any:
        """V6, second half."""
        sent = {
            "proposed_price": str(self.floor()),
            "proposed_colour": "白",
            "colour_to_order": True,
            "proposed_terms": "含购置税",
            "demands_answered": "送脚垫",
            "decide_by": at(48),
        }
        return self.send(negotiation.make_proposal, m.MakeProposal, **sent | changed)

    def decide(self, decision: str, **sent: Any) -> Any:
        """V7."""
        return self.send(negotiation.record_decision, m.RecordDecision, customer_decision=decision, **sent)

    def floor(self) -> Any:
        """The floor price of the car in the policy in force, in yuan."""
        return policy.in_force(self.session, NOW.date()).prices[MODEL].floor_price

    def until_proposed(self) -> Any:
        """V3 to V6."""
        assert self.needs().step_outcome == "confirmed"
        assert self.present().step_outcome == "fits"
        assert self.demand().step_outcome == "demands_known"
        return self.propose()


@pytest.fixture
def sale(session: Session) -> Showroom:
    """A walk-in."""
    return Showroom(session)


@pytest.mark.rule("V2", "M5")
def test_a_walk_in_is_received_and_has_one_record(sale: Showroom, session: Session) -> None:
    assert sale.met.step_outcome == "walk_in"
    assert sale.number.startswith("XS-2026-")
    again = Showroom(session, prospect_phone="+86 138 1234 5678", prospect_name="李 雷")
    assert again.met.customer_no == sale.met.customer_no
    assert again.met.customer_name == "李雷"


@pytest.mark.rule("M5", "X3")
def test_a_phone_that_is_known_under_another_name_is_asked_about_before_the_sale_goes_on(
    sale: Showroom, session: Session
) -> None:
    typed = {"prospect_name": "王小明", "prospect_phone": "13812345678", "source": "walk_in"}
    asked = Showroom(session, **typed)
    assert (asked.met.step_outcome, asked.met.prospect_name) == ("invalid", "王小明")
    assert "该电话已登记为李雷" in asked.met.form_errors[0].message
    assert asked.met.known_options is not None
    same = asked.met.known_options[0]["value"]
    assert same == sale.met.customer_no

    confirmed = asked.send(steps.meet_customer, m.MeetCustomer, **typed, same_person_as=same)
    assert (confirmed.step_outcome, confirmed.customer_name) == ("walk_in", "李雷")
    assert "王小明" in confirmed.customer_history[-1].text
    assert any("王小明即李雷" in line.comment for line in confirmed.case_history)

    file = {"prospectName": "王小明", "prospectPhone": "13812345678"}
    found = starting.check(session, ORG, file, NOW.date())
    assert [one.field for one in found] == ["prospectName"]
    assert starting.check(session, ORG, {**file, "samePersonAs": same}, NOW.date()) == []


@pytest.mark.rule("M5")
def test_who_is_somebody_else_gives_a_phone_of_their_own(sale: Showroom, session: Session) -> None:
    asked = Showroom(session, prospect_name="王小明")
    sent = {"prospect_name": "王小明", "prospect_phone": "13812345679", "source": "walk_in"}
    met = asked.send(steps.meet_customer, m.MeetCustomer, **sent, same_person_as=sale.met.customer_no)
    assert met.customer_name == "王小明"
    assert met.customer_no != sale.met.customer_no


@pytest.mark.rule("V1", "X1")
def test_a_referral_is_developed_before_anything_else(session: Session) -> None:
    assert Showroom(session, source="referral").met.step_outcome == "prospect"


@pytest.mark.rule("X3")
def test_a_start_with_a_phone_that_is_none_comes_back(session: Session) -> None:
    wrong = Showroom(session, prospect_phone="123")
    assert (wrong.met.step_outcome, wrong.met.prospect_name) == ("invalid", "李雷")
    assert wrong.met.form_errors[0].field == "prospectPhone"


@pytest.mark.rule("V1")
def test_a_prospect_without_relationship_is_not_invited_and_the_form_comes_back(session: Session) -> None:
    sale = Showroom(session, source="referral")
    sent = {"prospect_need": "家用", "contact_outcome": "invited", "invited_for": at(30)}
    refused = sale.send(steps.record_contact, m.RecordContact, **sent, relationship_basis="通话")
    assert (refused.step_outcome, refused.prospect_need) == ("invalid", "家用")
    invited = sale.send(
        steps.record_contact, m.RecordContact, **sent, relationship_basis="通话", relationship_confirmed=True
    )
    assert (invited.step_outcome, invited.prospect_need) == ("invited", None)


@pytest.mark.rule("V1", "V2")
def test_who_was_invited_and_stays_away_is_contacted_again(session: Session) -> None:
    sale = Showroom(session, source="referral")
    contact = {"prospect_need": "家用", "relationship_confirmed": True, "relationship_basis": "通话三次"}
    invited = {"contact_outcome": "invited", "invited_for": at(30)}
    due = sale.send(steps.record_contact, m.RecordContact, **contact, **invited)
    assert due.invited_text == "约定2026-03-11 15:30到店"
    assert due.step_due > datetime.fromisoformat(at(30))
    missed = sale.send(steps.record_visit, m.RecordVisit, visitor_missed=True, next_contact_at=at(50))
    assert (missed.step_outcome, missed.next_at) == ("missed", datetime.fromisoformat(at(50)))
    again = sale.send(steps.record_visit, m.RecordVisit, visitor_missed=True, next_contact_at=at(60))
    assert again.step_outcome == "invalid"  # the invitation is used up


@pytest.mark.rule("V2", "C1")
@pytest.mark.parametrize(("decided", "late"), [({}, False), ({"greeting_minutes": 2}, True)])
def test_how_soon_a_visitor_is_to_be_greeted_is_the_policys_word(
    session: Session, decided: dict[str, int], late: bool
) -> None:
    issue_policy(session, **decided)
    sale = Showroom(session)
    greeted = {"arrived_at": at(-0.1), "greeted_at": at(-0.05), "help_offered": True, "visit_purpose": "看车"}
    sale.send(steps.record_visit, m.RecordVisit, **greeted)
    assert cases.history(session, sale.number)[-1].comment == ("看车（未及时迎接）" if late else "看车")


@pytest.mark.rule("X2")
def test_a_salesperson_on_leave_is_stood_in_for(session: Session) -> None:
    days = {"from": NOW.date(), "to": NOW.date()}
    leave = Leave.model_validate({"person": SELLER, "substitute": "wuqian", **days})
    away = ORG.model_copy(update={"leaves": (leave,)})
    sale = Showroom(session)
    sent = m.RecordNeeds(needs=[{"need": "省油"}], retold="少花油钱", needs_confirmed=True, signed_by=SELLER)
    shown = steps.record_needs(sent, sale.uow, sale.task, away, OFFICE)
    assert (shown.salesperson, shown.applicant) == ("wuqian", SELLER)
    assert shown.case_status.endswith("（吴倩）")


@pytest.mark.rule("X2", "X5")
def test_the_data_of_a_starter_who_is_away_is_put_right_by_who_stands_in(session: Session) -> None:
    days = {"from": NOW.date(), "to": NOW.date()}
    leave = Leave.model_validate({"person": SELLER, "substitute": "wuqian", **days})
    away = ORG.model_copy(update={"leaves": (leave,)})
    sale = Showroom(session, prospect_phone="12")

    def mended(by: str) -> Any:
        sent = m.MeetCustomer(prospect_name="李雷", prospect_phone="13812345678", source="路过", signed_by=by)
        return steps.meet_customer(sent, sale.uow, sale.task, away, OFFICE)

    assert "其代理人可以办理" in mended("yaoyao").form_errors[0].message
    assert mended("wuqian").step_outcome == "walk_in"


@pytest.mark.rule("X1", "X3")
def test_a_sale_that_comes_by_command_is_checked_by_the_forms_rules(session: Session) -> None:
    good = {"prospectName": "李雷", "prospectPhone": "13812345678"}
    assert starting.check(session, ORG, good, NOW.date()) == []
    found = starting.check(session, ORG, {**good, "prospectPhone": "12", "saleKind": "x"}, NOW.date())
    assert {one.field for one in found} == {"saleKind", "prospectPhone"}
    assert set(good) < set(starting.FIELDS)


@pytest.mark.rule("X2")
def test_only_a_salesperson_records(sale: Showroom) -> None:
    sent = {"needs": [{"need": "省油"}], "retold": "少花油钱", "needs_confirmed": True}
    refused = sale.send(steps.record_needs, m.RecordNeeds, by=OTHER, **sent)
    assert refused.step_outcome == "invalid"


@pytest.mark.rule("V3", "V4")
def test_no_car_is_presented_before_the_needs_are_confirmed(sale: Showroom) -> None:
    corrected = sale.needs(needs_confirmed=False, needs_correction="要电车")
    assert (corrected.step_outcome, corrected.correction_text) == ("corrected", "要电车")
    assert (corrected.needs, corrected.retold) == ([{"need": "省油"}], None)
    with pytest.raises(InvalidInput, match="no confirmed needs"):
        sale.present()
    assert sale.needs().step_outcome == "confirmed"
    assert sale.present().step_outcome == "fits"
    assert len(sale.session.scalars(select(NeedsRow)).all()) == 2


@pytest.mark.rule("V6")
def test_each_proposal_answers_demands_of_its_own(sale: Showroom) -> None:
    sale.needs()
    sale.present()
    assert sale.propose().step_outcome == "invalid"
    sale.demand()
    assert sale.propose().step_outcome == "proposed"
    assert sale.propose().step_outcome == "invalid"


@pytest.mark.rule("V6", "V7")
def test_a_price_below_the_floor_goes_on_marked_and_the_follow_up_has_its_moment(sale: Showroom) -> None:
    sale.needs()
    sale.present()
    sale.demand()
    made = sale.propose(proposed_price=str(sale.floor() - 1))
    assert (made.step_outcome, made.next_at) == ("proposed", datetime.fromisoformat(at(48)))
    assert sale.session.scalars(select(ProposalRow)).one().below_floor
    assert "低于底价" in made.proposal_text


@pytest.mark.rule("V7", "X4")
def test_the_starter_reads_car_price_and_agreed_moment_while_the_sale_waits(sale: Showroom) -> None:
    made = sale.until_proposed()
    assert made.model_name
    assert made.proposal_text.startswith("¥")
    thinking = sale.decide("more_time", next_follow_up_at=at(72))
    assert thinking.next_text == f"{NOW + timedelta(hours=72):%Y-%m-%d %H:%M}"
    assert sale.decide("bought", service_person=ADVISOR, contact_channel="wechat").next_text is None


@pytest.mark.rule("V7")
def test_more_time_moves_the_follow_up_and_a_purchase_agrees_the_deal(sale: Showroom) -> None:
    sale.until_proposed()
    later = sale.decide("more_time", next_follow_up_at=at(100))
    assert (later.step_outcome, later.next_at) == ("more_time", datetime.fromisoformat(at(100)))
    assert sale.decide("bought").step_outcome == "invalid"
    assert sale.decide("bought", service_person=ADVISOR, contact_channel="wechat").step_outcome == "bought"
    deal = vehicles.sale(sale.session, sale.number)
    assert (deal.model_no, deal.service_person, deal.below_floor) == (MODEL, ADVISOR, False)


@pytest.mark.rule("V6", "V7")
def test_a_floor_that_was_raised_since_the_proposal_is_not_undercut_unseen(
    sale: Showroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = policy.in_force(sale.session, NOW.date())
    sale.until_proposed()
    raised = [
        one.model_copy(update={"floor_price": one.floor_price + 1, "list_price": one.list_price + 1})
        for one in before.document.prices
    ]
    document = before.document.model_copy(update={"prices": raised})
    monkeypatch.setattr(policy, "in_force", lambda *_: dataclasses.replace(before, document=document))
    bought = sale.decide("bought", service_person=ADVISOR, contact_channel="wechat")
    assert (bought.step_outcome, bought.form_errors[0].field) == ("invalid", "customerDecision")
    assert "请选择“重新协商”" in bought.form_errors[0].message
    with pytest.raises(InvalidInput):
        vehicles.sale(sale.session, sale.number)
    assert sale.decide("negotiate").step_outcome == "negotiate"
    assert sale.demand().step_outcome == "demands_known"
    assert sale.propose().step_outcome == "proposed"
    bought = sale.decide("bought", service_person=ADVISOR, contact_channel="wechat")
    assert bought.step_outcome == "bought"
    assert not vehicles.sale(sale.session, sale.number).below_floor


@pytest.mark.rule("V7")
def test_the_customers_answer_is_a_fact_before_it_is_a_message(sale: Showroom) -> None:
    sale.until_proposed()
    form = m.WithdrawSale(customer_answered=True, customer_said="决定买了", withdrawn_by=SELLER)
    assert withdrawal.withdraw(form, sale.uow, sale.task, ORG).withdraw_errors == []
    told = select(Signal).where(Signal.message == MESSAGE, Signal.business_key == sale.number)
    assert sale.session.scalars(told).one().read_at is None
    read = negotiation.read_decision(m.ReadDecision(), sale.uow, sale.task, ORG, OFFICE)
    assert read.announced_text == "决定买了"
    sale.session.expire_all()
    assert sale.session.scalars(told).one().read_at is not None
    unread = signals.unread(sale.session, NOW + timedelta(days=9999))
    assert sale.number not in [one.business_key for one in unread]


@pytest.mark.rule("V7", "X2", "X4")
def test_while_the_starter_is_away_and_only_then_who_stands_in_takes_the_customers_word_and_withdraws(
    sale: Showroom,
) -> None:
    sale.until_proposed()
    days = {"from": NOW.date(), "to": NOW.date()}
    leave = Leave.model_validate({"person": SELLER, "substitute": OTHER, **days})
    away = ORG.model_copy(update={"leaves": (leave,)})
    form = m.WithdrawSale(customer_answered=True, customer_said="决定买了", withdrawn_by=OTHER)
    assert (
        "其代理人可以登记" in withdrawal.withdraw(form, sale.uow, sale.task, ORG).withdraw_errors[0].message
    )
    taken = withdrawal.withdraw(form, sale.uow, sale.task, away)
    assert (taken.withdraw_errors, taken.case_history[-1].who) == ([], ORG.name_of(OTHER))
    gone = form.model_copy(update={"withdraw_requested": True, "withdraw_reason": "重复立案"})
    assert withdrawal.withdraw(gone, sale.uow, sale.task, ORG).withdraw_outcome == "kept"
    left = m.WithdrawSale(customer_left=True, left_reason="买了别家的车", withdrawn_by=OTHER)
    assert withdrawal.withdraw(left, sale.uow, sale.task, ORG).withdraw_outcome == "kept"
    assert withdrawal.withdraw(left, sale.uow, sale.task, away).withdraw_outcome == "lost"


@pytest.mark.rule("V6", "V7")
def test_an_answer_is_taken_only_while_a_proposal_waits_for_it(sale: Showroom) -> None:
    form = m.WithdrawSale(customer_answered=True, customer_said="决定买了", withdrawn_by=SELLER)

    def said() -> list[str]:
        return [one.message for one in withdrawal.withdraw(form, sale.uow, sale.task, ORG).withdraw_errors]

    sale.until_proposed()
    later = (NOW + timedelta(days=2)).isoformat()
    assert sale.decide("more_time", next_follow_up_at=later).step_outcome == "more_time"
    assert said() == []
    assert sale.decide("negotiate").step_outcome == "negotiate"
    assert said() == ["还没有方案在等待客户决定"]


@pytest.mark.rule("V7")
def test_a_lost_customer_leaves_the_reason_in_their_history(sale: Showroom) -> None:
    sale.until_proposed()
    assert sale.decide("lost", lost_reason="价格太高").step_outcome == "lost"
    closing.close_lost(closing.CloseLost(), sale.uow, sale.task)
    assert cases.find(sale.session, sale.number).state == cases.CLOSED
    lines = customers.history(sale.session, sale.met.customer_no)
    assert "价格太高" in [line.text for line in lines]
    assert sale.session.scalars(select(DecisionRow)).one().lost_reason == "价格太高"


@pytest.mark.rule("X4")
def test_the_starter_withdraws_until_the_customer_buys(sale: Showroom) -> None:
    sale.until_proposed()
    form = m.WithdrawSale(withdraw_requested=True, withdraw_reason="重复立案", withdrawn_by=OTHER)
    assert withdrawal.withdraw(form, sale.uow, sale.task, ORG).withdraw_outcome == "kept"
    sale.decide("bought", service_person=ADVISOR, contact_channel="wechat")
    mine = form.model_copy(update={"withdrawn_by": SELLER})
    assert "不能撤回" in withdrawal.withdraw(mine, sale.uow, sale.task, ORG).withdraw_errors[0].message


@pytest.mark.rule("X4")
def test_a_withdrawn_sale_is_not_gone_on_with(sale: Showroom) -> None:
    form = m.WithdrawSale(withdraw_requested=True, withdraw_reason="重复立案", withdrawn_by=SELLER)
    assert withdrawal.withdraw(form, sale.uow, sale.task, ORG).withdraw_outcome == "withdrawn"
    with pytest.raises(cases.CaseEnded):
        sale.needs()


def sold(sale: Showroom) -> None:
    """The customer buys."""
    sale.until_proposed()
    assert sale.decide("bought", service_person=ADVISOR, contact_channel="wechat").step_outcome == "bought"


def close_order(sale: Showroom, **result: Any) -> closing.OrderClosed:
    """What the order hands back."""
    return closing.close_order(closing.CloseOrder(**result), sale.uow, sale.task, OFFICE)


def handed_over(sale: Showroom, vin: str = "LTESTSHWR00000001") -> None:
    """The sale's car is the customer's."""
    vehicles.enter(sale.session, vin, MODEL, "白")
    vehicles.reserve(sale.session, vin, sale.number)
    vehicles.hand_over(sale.session, vin, vehicles.sale(sale.session, sale.number).customer_no, NOW)


@pytest.mark.rule("V9")
def test_a_car_that_was_handed_over_has_its_follow_up_by_who_was_present(sale: Showroom) -> None:
    sold(sale)
    handed_over(sale)
    forged = {"handed_over_at": NOW + timedelta(days=9), "vin": "LSVSAMPLE00000001"}
    done = close_order(sale, order_outcome="delivered", **forged)
    assert done.sale_outcome == "delivered"
    row = sale.session.get_one(follow_up.FollowUp, done.follow_up_no)
    assert (row.for_case, row.responsible, row.channel) == (sale.number, ADVISOR, "wechat")
    assert row.people == dict.fromkeys(("V3", "V4", "V6", "V7", "V8-1"), SELLER) | {"V8": ADVISOR}
    assert (row.vin, row.happened_at) == ("LTESTSHWR00000001", NOW)  # from the database, not from a variable
    assert row.limit_at == NOW + timedelta(days=2)
    closed = closing.close_sale(closing.CloseSale(), sale.uow, sale.task)
    assert (closed.case_status, "****" in closed.customer_phone) == ("销售完成", True)
    assert cases.find(sale.session, sale.number).state == cases.CLOSED


@pytest.mark.rule("V7")
def test_an_order_that_was_cancelled_ends_the_sale_without_follow_up(sale: Showroom) -> None:
    sold(sale)
    done = close_order(sale, order_outcome="cancelled")
    assert (done.sale_outcome, done.follow_up_no) == ("cancelled", None)
    assert cases.find(sale.session, sale.number).state == cases.CLOSED


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    "result", [{}, {"order_outcome": "lost"}, {"order_outcome": "delivered", "vin": "LSVSAMPLE00000001"}]
)
def test_an_order_that_hands_back_no_outcome_is_an_incident(sale: Showroom, result: dict[str, Any]) -> None:
    sold(sale)
    with pytest.raises(InvalidInput):
        close_order(sale, **result)


@pytest.mark.rule("V8", "X3")
def test_a_sale_whose_car_was_handed_over_is_not_closed_as_cancelled(sale: Showroom) -> None:
    sold(sale)
    handed_over(sale)
    with pytest.raises(InvalidInput, match="was handed over"):
        close_order(sale, order_outcome="cancelled")


@pytest.mark.rule("V9", "X3")
def test_who_chooses_e_mail_leaves_an_address_that_is_kept(sale: Showroom) -> None:
    sale.until_proposed()
    wish = {"service_person": ADVISOR, "contact_channel": "email"}
    asked = sale.decide("bought", **wish)
    assert [one.field for one in asked.form_errors] == ["contactEmail"]
    assert sale.decide("bought", **wish, contact_email="li lei@example.org").has_errors
    assert sale.decide("bought", **wish, contact_email="lilei@example.org").step_outcome == "bought"
    customer = customers.find(sale.session, vehicles.sale(sale.session, sale.number).customer_no)
    assert customer.email == "lilei@example.org"
    again = Showroom(sale.session)  # the same person: the address is known
    again.until_proposed()
    assert again.decide("bought", **wish).step_outcome == "bought"


@pytest.mark.rule("M5")
def test_once_no_step_of_the_salesperson_follows_the_phone_is_masked(sale: Showroom) -> None:
    sale.until_proposed()
    bought = sale.decide("bought", service_person=ADVISOR, contact_channel="wechat")
    assert bought.customer_phone == "138****5678"


@pytest.mark.rule("M5", "V1", "V7")
def test_while_a_sale_waits_the_phone_is_masked_and_whole_again_when_somebody_calls(session: Session) -> None:
    sale = Showroom(session, sale_kind="prospect")
    later = {"prospect_need": "要七座", "contact_outcome": "later", "next_contact_at": at(48)}
    assert sale.send(steps.record_contact, m.RecordContact, **later).customer_phone == "138****5678"
    read = steps.read_contact(m.ReadContact(), sale.uow, sale.task, ORG, OFFICE)
    assert (read.customer_phone, read.has_errors) == ("13812345678", False)
    invited = {"contact_outcome": "invited", "relationship_confirmed": True, "relationship_basis": "聊过"}
    invited |= {"prospect_need": "要七座", "invited_for": at(24)}
    assert sale.send(steps.record_contact, m.RecordContact, **invited).customer_phone == "13812345678"
    missed = {"visitor_missed": True, "next_contact_at": at(72)}
    assert sale.send(steps.record_visit, m.RecordVisit, **missed).customer_phone == "138****5678"

    assert sale.until_proposed().customer_phone == "138****5678"
    read = negotiation.read_decision(m.ReadDecision(), sale.uow, sale.task, ORG, OFFICE)
    assert read.customer_phone == "13812345678"
    assert sale.decide("more_time", next_follow_up_at=at(60)).customer_phone == "138****5678"
    assert sale.decide("more_time").customer_phone == "13812345678"  # the form comes back to be mended
    assert sale.decide("negotiate").customer_phone == "13812345678"


@pytest.mark.rule("X6")
def test_what_a_step_recorded_stays_as_it_is(sale: Showroom) -> None:
    sale.needs()
    sale.session.flush()
    with pytest.raises(DBAPIError, match="refused"):
        sale.session.execute(text("UPDATE showroom_needs SET retold = ''"))
