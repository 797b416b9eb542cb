"""What may be asked for, and what a termination comes to (C13)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.amendment import rules, settlement
from workers.amendment.rules import Found, Request
from workers.amendment.settlement import Settlement
from workers.ledger import Account, GoodsLine

D = Decimal
IN_FORCE = Found("in_force", has_text=True, open_amendment=None)
CHANGE, TERMINATION = (Request("HT-2026-0001", kind, "改") for kind in ("change", "termination"))
BELT = GoodsLine(1, "P001", "输送带", "米", "ST1600", D("600.00"), D("100"))


def settled(account: dict[str, str], **line: str) -> Settlement:
    """A settlement of one line."""
    sums = Account("HT-2026-0001", **{name: D(value) for name, value in account.items()})
    goods = replace(BELT, **{name: D(value) for name, value in line.items()})
    return Settlement(replace(sums, commission_permille=10), [goods])


def wrong(one: Settlement) -> str:
    """All findings in one text."""
    return "\n".join(error.message for error in settlement.findings(one))


@pytest.mark.rule("C13", "X3")
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"contractNo": "", "amendmentKind": "change", "amendmentReason": "改"},
        {"contractNo": ["HT"], "amendmentKind": "change", "amendmentReason": "改"},
        {"contractNo": "HT-1", "amendmentKind": ["change"], "amendmentReason": "改"},
        {"contractNo": "HT-1", "amendmentKind": "destroy", "amendmentReason": "改"},
        {"contractNo": "HT-1", "amendmentKind": "change", "amendmentReason": " "},
        {"contractNo": "HT-1", "amendmentKind": "change", "amendmentReason": "改" * 501},
        {"contractNo": "H" * 33, "amendmentKind": "change", "amendmentReason": "改"},
    ],
)
def test_a_request_that_does_not_say_what_it_wants_is_refused(sent: dict[str, Any]) -> None:
    assert isinstance(rules.read(sent), list)


@pytest.mark.rule("C13")
def test_a_number_that_was_typed_in_counts_before_the_one_that_was_chosen() -> None:
    sent = {"contractNo": "HT-1", "otherContractNo": " HT-2 ", "amendmentKind": "change"}
    assert rules.read({**sent, "amendmentReason": "改"}) == Request("HT-2", "change", "改")


@pytest.mark.rule("C13")
@pytest.mark.parametrize(
    ("request_", "found", "said"),
    [
        (CHANGE, None, "没有合同"),
        (CHANGE, replace(IN_FORCE, status="sealed"), "没有登记台帐"),
        (CHANGE, replace(IN_FORCE, status="completed"), "履行完毕"),
        (TERMINATION, replace(IN_FORCE, status="terminated"), "已经终止"),
        (TERMINATION, replace(IN_FORCE, open_amendment="BG-2026-0001"), "BG-2026-0001"),
        (CHANGE, replace(IN_FORCE, has_text=False), "只能终止"),
        (TERMINATION, replace(IN_FORCE, has_text=False), ""),
        (CHANGE, IN_FORCE, ""),
    ],
)
def test_only_a_contract_in_force_without_another_amendment_is_amended(
    request_: Request, found: Found | None, said: str
) -> None:
    errors = rules.findings(request_, found, "BG-2026-0009")
    assert bool(errors) == bool(said)
    assert said in "".join(error.message for error in errors)


@pytest.mark.rule("C13")
def test_a_termination_settles_what_the_customer_has_signed_for() -> None:
    one = settled({"amount": "60000", "received": "40000", "accrued": "400"}, dispatched="50", delivered="50")
    assert (one.amount, one.surplus, one.owed) == (D("30000.00"), D("10000.00"), D("0.00"))
    assert one.commission == D("300.00")
    assert wrong(one) == ""
    assert ("多收货款", "¥10,000.00，转为客户余额，抵作其他合同货款") in settlement.of_customer(one)
    assert ("冲回提成", "¥100.00") in settlement.of_commission(one)
    assert settlement.rows(one)[0][4:] == ("100", "50", "¥600.00", "¥30,000.00")


@pytest.mark.rule("C13")
def test_a_customer_who_has_paid_less_owes_the_rest() -> None:
    one = settled(
        {"amount": "60000", "received": "20000", "interest": "12.5"}, dispatched="50", delivered="50"
    )
    assert (one.surplus, one.owed, one.interest_owed) == (D("0.00"), D("10000.00"), D("12.5"))
    assert ("客户尚欠货款", "¥10,000.00") in settlement.of_customer(one)
    assert ("客户尚欠利息", "¥12.50") in settlement.of_customer(one)


@pytest.mark.rule("C13", "C8")
def test_goods_on_the_way_have_to_be_signed_for_or_come_back_first() -> None:
    one = settled({"amount": "60000"}, dispatched="50", returned="10", delivered="30")
    assert "有10米已发出" in wrong(one)
    assert wrong(settled({"amount": "60000"}, dispatched="50", returned="20", delivered="30")) == ""


@pytest.mark.rule("C13", "C11")
@pytest.mark.parametrize(
    ("invoiced", "received", "said"),
    [
        ("30000.01", "60000", "红字发票"),
        ("30000.00", "60000", ""),
        ("100", "17999.99", "不足"),
        ("100", "18000.00", ""),
        ("0", "0", ""),
    ],
)
def test_invoices_beyond_the_settlement_are_corrected_first(invoiced: str, received: str, said: str) -> None:
    account = {"amount": "60000", "invoiced": invoiced, "received": received, "invoice_gate_percent": "60"}
    found = wrong(settled(account, dispatched="50", delivered="50"))
    assert bool(found) == bool(said)
    assert said in found


@pytest.mark.rule("C13")
def test_what_was_settled_is_known_again_as_long_as_goods_and_money_stand_still() -> None:
    one = settled({"amount": "60000", "received": "100"}, delivered="50", dispatched="50")
    same = settled({"amount": "60000", "received": "100", "accrued": "1"}, delivered="50", dispatched="50")
    paid = settled({"amount": "60000", "received": "101"}, delivered="50", dispatched="50")
    assert one.figures == same.figures, "commission is no matter of the customer's"
    assert one.figures != paid.figures


@pytest.mark.rule("C13")
@given(
    received=st.decimals("0", "60000", places=2),
    delivered=st.decimals("0", "100", places=3),
    accrued=st.decimals("0", "600", places=2),
)
def test_money_and_commission_of_a_settlement_add_up(
    received: Decimal, delivered: Decimal, accrued: Decimal
) -> None:
    one = settled(
        {"amount": "60000", "received": str(received), "accrued": str(accrued)}, delivered=str(delivered)
    )
    assert received - one.surplus + one.owed == one.amount
    assert min(one.surplus, one.owed) == 0
    assert 0 <= one.commission <= accrued
