"""Rules of contract, deposit and cancellation (V7): pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.calendar import OFFICE, SHANGHAI
from workers.cases import FormReader
from workers.vehicle_orders import delivery_rules, rules
from workers.vehicle_orders.forms import ContractForm, DecisionForm, DelayForm, PaymentForm

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
PRICE = Decimal("128000.00")


@pytest.mark.rule("V7")
@given(
    st.decimals(min_value="0.05", max_value="9999999", places=2),
    st.decimals(min_value=0, max_value=100, places=2),
)
def test_no_deposit_limit_is_above_the_laws_share_or_the_policys(price: Decimal, percent: Decimal) -> None:
    limit = rules.deposit_limit(price, percent)
    assert limit * 100 <= price * min(percent, Decimal(20))


@pytest.mark.rule("V7")
@pytest.mark.parametrize(
    ("decision", "kept", "refund", "penalty"),
    [("forfeited", 20000, 30000, 0), ("returned", 0, 50000, 0), ("doubled", 0, 50000, 20000)],
)
def test_a_cancellation_keeps_returns_or_doubles_the_deposit(
    decision: str, kept: int, refund: int, penalty: int
) -> None:
    settled = rules.settle(decision, Decimal(50000), Decimal(20000))
    assert (settled.kept, settled.refund, settled.penalty) == (kept, refund, penalty)
    assert settled.repaid == refund + penalty


@pytest.mark.rule("V7")
@pytest.mark.parametrize(
    ("fault", "decision", "right"),
    [
        ("customer", "forfeited", True),
        ("customer", "returned", True),
        ("customer", "doubled", False),
        ("dealer", "doubled", True),
        ("dealer", "forfeited", False),
        ("dealer", "returned", False),
        ("nobody", "returned", True),
        ("nobody", "forfeited", False),
        ("nobody", "kept", True),
    ],
)
def test_who_broke_the_contract_decides_what_becomes_of_the_deposit(
    fault: str, decision: str, right: bool
) -> None:
    reader = FormReader()
    form = DecisionForm(cancel_decision=decision, decision_reason="按合同")
    found = rules.read_decision(form, reader, fault, Decimal(20000))
    assert (found == decision) is right
    assert bool(reader.errors) is not right


@pytest.mark.rule("V7")
def test_without_a_deposit_nothing_is_kept_or_doubled() -> None:
    for decision in ("forfeited", "doubled"):
        reader = FormReader()
        form = DecisionForm(cancel_decision=decision, decision_reason="按合同")
        assert rules.read_decision(form, reader, "customer", Decimal(0)) is None
        assert "尚未收到定金的，只能返还定金" in reader.errors[0].message


@pytest.mark.rule("V7", "X3")
@pytest.mark.parametrize("junk", [None, "", {"a": 1}, [1], True, "<b>1</b>", "1e9", -1, 10**40, "\ud800"])
def test_junk_in_a_form_is_a_finding(junk: object) -> None:
    terms, paid, told = FormReader(), FormReader(), FormReader()
    contract = ContractForm(deposit_amount=junk, promised_at=junk, contract_remarks=None)
    assert rules.read_terms(contract, terms, PRICE, Decimal(20), NOW) is None
    payment = PaymentForm(payment_amount=junk, payment_on=junk, bank_reference=junk)
    assert rules.read_payment(payment, paid, date(2026, 1, 1), NOW.date()) is None
    delay = DelayForm(delay_decision=junk, delay_reason=junk, delay_contact=junk, new_promise=junk)
    assert delivery_rules.read_delay(delay, told, NOW, NOW, ready=True) is None
    assert all(reader.errors for reader in (terms, paid, told))


@pytest.mark.rule("V8")
def test_a_car_is_on_time_only_when_it_is_ready_and_the_promised_moment_has_not_passed() -> None:
    form = DelayForm(delay_decision="on_time")
    later = NOW + timedelta(minutes=1)
    assert delivery_rules.read_delay(form, FormReader(), NOW, NOW, ready=True) == "on_time"
    for now, ready, why in ((later, True, "约定的交车时间已过"), (NOW, False, "车辆还没有备妥")):
        reader = FormReader()
        assert delivery_rules.read_delay(form, reader, now, NOW, ready=ready) is None
        assert why in reader.errors[0].message


@pytest.mark.rule("V8")
@pytest.mark.parametrize(
    ("promised", "warned"),
    [
        ("2026-03-12 15:00", "2026-03-12 09:30"),
        ("2026-03-12 10:00", "2026-03-11 14:30"),
        # the eve of the Spring Festival: the last working hours before a holiday of nine days
        ("2026-02-24 10:00", "2026-02-14 14:30"),
        # Monday after the make-up Saturday before the National Day
        ("2026-10-12 11:00", "2026-10-10 15:30"),
    ],
)
def test_the_warning_lies_the_policys_working_hours_before_the_promise(promised: str, warned: str) -> None:
    at = datetime.fromisoformat(promised).replace(tzinfo=SHANGHAI)
    long_before = at - timedelta(days=30)
    found = delivery_rules.warning_at(at, 4, long_before, OFFICE)
    assert f"{found:%Y-%m-%d %H:%M}" == warned
    assert OFFICE.add(found, 4) == at


@pytest.mark.rule("V8")
@given(st.integers(1, 60 * 24 * 40), st.integers(1, 16))
def test_a_warning_always_comes_before_the_promise_and_never_at_once(minutes: int, hours: int) -> None:
    promised = NOW + timedelta(minutes=minutes)
    found = delivery_rules.warning_at(promised, hours, NOW, OFFICE)
    assert NOW < found < promised
