"""Demands before the proposal, and what the customer's decision needs (V6, V7)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.showroom import deals
from workers.showroom.forms import DecisionForm, DemandsForm, PersonForm, ProposalForm

NOW = datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)
FLOOR = Decimal("140000.00")
KNOWN = deals.Demands(Decimal("138000.00"), "送脚垫")
SERVICE = {"advisor": "顾问"}


def _fields(reader: FormReader) -> list[str]:
    return [error.field for error in reader.errors]


def _demands(**sent: Any) -> tuple[deals.Demands | None, FormReader]:
    reader = FormReader()
    form = DemandsForm(
        **{"demanded_price": "138000", "demanded_terms": "送脚垫", "demands_complete": True} | sent
    )
    return deals.read_demands(form, reader), reader


def _proposal(
    demands: deals.Demands | None = KNOWN, floor: Decimal | None = FLOOR, **sent: Any
) -> tuple[deals.Proposal | None, FormReader]:
    reader = FormReader()
    form = {
        "proposed_price": "140000.00",
        "proposed_colour": "白",
        "proposed_terms": "含购置税",
        "demands_answered": "送脚垫，价格为底价",
        "decide_by": "2026-03-07T10:00",
    }
    found = deals.read_proposal(ProposalForm(**form | sent), reader, demands, floor, NOW, ("白", "黑"))
    return found, reader


def _decision(**sent: Any) -> tuple[deals.Decision | None, FormReader]:
    reader = FormReader()
    return deals.read_decision(DecisionForm(**sent), reader, SERVICE, NOW), reader


@pytest.mark.rule("V6")
def test_demands_on_price_and_terms_are_complete_before_they_count() -> None:
    assert _demands()[0] == KNOWN
    assert _fields(_demands(demands_complete=False)[1]) == ["demandsComplete"]
    assert _fields(_demands(demanded_terms="")[1]) == ["demandedTerms"]
    assert _fields(_demands(demanded_price="")[1]) == ["demandedPrice"]


@pytest.mark.rule("V6")
def test_a_customer_may_name_no_price_but_not_both() -> None:
    found, _ = _demands(demanded_price=None, price_demand_open=True)
    assert found is not None
    assert found.price is None
    assert _fields(_demands(price_demand_open=True)[1]) == ["demandedPrice"]


@pytest.mark.rule("V6")
def test_nothing_is_proposed_before_the_demands_are_known() -> None:
    found, reader = _proposal(demands=None)
    assert found is None
    assert "尚未登记客户的要求" in reader.errors[0].message


@pytest.mark.rule("V6")
@pytest.mark.parametrize(("price", "below"), [("139999.99", True), ("140000.00", False), ("150000", False)])
def test_a_price_below_the_floor_is_marked_for_approval(price: str, below: bool) -> None:
    found, _ = _proposal(proposed_price=price)
    assert found is not None
    assert found.below_floor is below


@pytest.mark.rule("V6")
def test_a_car_without_a_price_in_the_policy_cannot_be_proposed() -> None:
    assert _fields(_proposal(floor=None)[1]) == ["proposedPrice"]


@pytest.mark.rule("V7")
@pytest.mark.parametrize("at", ["", "2026-03-05T09:59", "2026-04-05T10:00"])
def test_a_proposal_has_a_follow_up_at_a_set_time_ahead(at: str) -> None:
    assert _fields(_proposal(decide_by=at)[1]) == ["decideBy"]


@pytest.mark.rule("V6", "V8")
def test_a_colour_that_no_free_car_has_is_proposed_knowingly() -> None:
    assert _proposal()[0] is not None
    found, reader = _proposal(proposed_colour="红")
    assert (found, _fields(reader)) == (None, ["proposedColour"])
    assert "白、黑" in reader.errors[0].message
    ordered, _ = _proposal(proposed_colour="红", colour_to_order=True)
    assert ordered is not None
    assert ordered.to_order


@pytest.mark.rule("V7")
def test_more_time_needs_a_new_date() -> None:
    assert _fields(_decision(customer_decision="more_time")[1]) == ["nextFollowUpAt"]
    found, _ = _decision(customer_decision="more_time", next_follow_up_at="2026-03-09T15:00")
    assert found is not None
    assert found.follow_up_at == datetime(2026, 3, 9, 15, 0, tzinfo=SHANGHAI)


@pytest.mark.rule("V7")
def test_a_customer_is_lost_with_a_reason() -> None:
    assert _fields(_decision(customer_decision="lost", lost_reason=" ")[1]) == ["lostReason"]
    assert _decision(customer_decision="lost", lost_reason="价格")[0] == deals.Decision("lost", None, "价格")


@pytest.mark.rule("V7", "V8")
def test_who_buys_has_chosen_service_person_and_channel() -> None:
    assert _fields(_decision(customer_decision="bought")[1]) == ["servicePerson", "contactChannel"]
    found, _ = _decision(customer_decision="bought", service_person="advisor", contact_channel="wechat")
    assert found is not None
    assert (found.service_person, found.channel, found.promised_at) == ("advisor", "wechat", None)


@pytest.mark.rule("V7", "X3")
def test_the_day_that_the_customer_wishes_is_kept_and_the_hour_is_left_to_the_contract() -> None:
    bought = {"customer_decision": "bought", "service_person": "advisor", "contact_channel": "wechat"}
    found, _ = _decision(**bought, promised_at="2026-03-08")
    assert found is not None
    assert found.promised_at == datetime(2026, 3, 8, 17, 0, tzinfo=SHANGHAI)
    for wrong in ("2026-03-04", "2027-03-06"):
        assert _fields(_decision(**bought, promised_at=wrong)[1]) == ["promisedAt"]


@pytest.mark.rule("V7")
def test_a_decision_is_one_of_four() -> None:
    assert _fields(_decision(customer_decision="perhaps")[1]) == ["customerDecision"]
    assert _decision(customer_decision="negotiate")[0] == deals.Decision("negotiate")


@pytest.mark.rule("V6")
@pytest.mark.parametrize(
    ("price", "floor", "outdated"),
    [
        ("140000", "140000", False),
        ("140000", "140000.01", True),
        ("145000", "143000", False),
        ("130000", "140000", False),  # below the floor already: it goes to approval by what it was judged by
        ("130000", "120000", False),
        ("130000", "141000", True),
        ("140000", None, True),
    ],
)
def test_a_proposal_is_outdated_by_a_floor_that_was_raised_above_it(
    price: str, floor: str | None, outdated: bool
) -> None:
    assert deals.is_outdated(Decimal(price), FLOOR, Decimal(floor) if floor else None) is outdated


def _person(**sent: Any) -> tuple[deals.Person | None, FormReader]:
    reader = FormReader()
    form = PersonForm(**{"prospect_name": "李雷", "prospect_phone": "138 1234 5678"} | sent)
    return deals.read_person(form, reader), reader


@pytest.mark.rule("X3")
def test_a_person_needs_a_name_and_a_phone() -> None:
    assert _fields(_person(prospect_name="", prospect_phone=None)[1]) == ["prospectName", "prospectPhone"]
    assert _fields(_person(sale_kind="fleet", source=5)[1]) == ["source", "saleKind"]


@pytest.mark.rule("V1", "V2", "X1")
@pytest.mark.parametrize(
    ("sent", "kind", "source"),
    [
        ({}, "walk_in", "walk_in"),
        ({"source": "referral"}, "prospect", "referral"),
        ({"source": "referral", "sale_kind": "walk_in"}, "walk_in", "referral"),
        ({"sale_kind": "prospect"}, "prospect", "other"),
    ],
)
def test_who_has_come_in_is_received_and_who_was_recommended_is_developed(
    sent: dict[str, Any], kind: str, source: str
) -> None:
    assert _person(**sent)[0] == deals.Person(kind, "李雷", "+8613812345678", source)
