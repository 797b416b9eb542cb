"""A policy lets contracts through a gate: those that wait are woken, once, and nobody else (C1, C10, C11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import APPLICANT, GENERAL_MANAGER
from tests.integration.invoicing_desk import NOW, TODAY, InvoicingDesk
from workers import cases, ledger, policy, signals
from workers.invoicing.waking import wake_at_open_gates as wake_for_invoices
from workers.jointing.waking import wake_at_open_gates as wake_for_jointing
from workers.policy import drafts
from workers.policy.rules import Draft

LATER = NOW + timedelta(days=10)


@pytest.fixture
def desk(session: Session) -> InvoicingDesk:
    """A contract of 1,000 yuan whose goods are joined on the customer's site."""
    return InvoicingDesk(session, needs_jointing=True)


def issue(session: Session, first_day: date, last_day: date | None = None, **numbers: Decimal) -> None:
    """A policy that differs in `numbers` from the one before it."""
    document = policy.document_on(session, TODAY).model_copy(update=numbers)
    number = cases.next_case_no(session, "ZC", TODAY.year)
    cases.open_case(session, number, "policy", APPLICANT, "陈晓燕", NOW)
    draft = Draft(title="新政策", reason="测试", valid_from=first_day, valid_to=last_day, document=document)
    drafts.save_draft(session, number, draft, APPLICANT, NOW)
    row = drafts.current_draft(session, number)
    assert row is not None
    signed = [
        {"signer": who, "at": NOW.isoformat(), "reference": ""} for who in ("zhouminhua", GENERAL_MANAGER)
    ]
    drafts.put_in_force(session, row, cases.Approved("policy", NOW, signed), NOW)


def unread(session: Session, message: str, number: str) -> list[str]:
    """The facts of that name that the contract has not read."""
    query = select(signals.Signal.fact).where(
        signals.Signal.message == message,
        signals.Signal.business_key == number,
        signals.Signal.read_at.is_(None),
    )
    return list(session.scalars(query))


@pytest.mark.rule("C11", "C1")
def test_an_invoice_that_a_stricter_policy_stopped_is_woken_on_the_first_day_of_a_milder_one(
    desk: InvoicingDesk,
) -> None:
    session = desk.session
    issue(session, TODAY + timedelta(days=1), invoice_gate_percent=Decimal(80))
    desk.now = NOW + timedelta(days=1)
    desk.pay("700")
    assert desk.check_gate().gate_outcome == "wait"
    issue(session, LATER.date(), invoice_gate_percent=Decimal(70))
    before = LATER - timedelta(days=1)
    assert wake_for_invoices(session, before) == []
    assert wake_for_invoices(session, LATER) == [desk.number]
    assert len(unread(session, "Msg_PaymentForInvoice", desk.number)) == 1
    assert wake_for_invoices(session, LATER + timedelta(minutes=1)) == [], "it has been told"
    desk.now = LATER
    assert desk.check_gate().gate_outcome == "work"
    assert unread(session, "Msg_PaymentForInvoice", desk.number) == []
    assert wake_for_invoices(session, LATER + timedelta(minutes=2)) == [], "it does not wait"


@pytest.mark.rule("C11", "C1")
def test_no_policy_opens_the_gate_that_a_contract_was_sealed_with(desk: InvoicingDesk) -> None:
    desk.pay("599.99")
    assert desk.check_gate().gate_outcome == "wait"
    issue(desk.session, LATER.date(), invoice_gate_percent=Decimal(30))
    assert wake_for_invoices(desk.session, LATER) == []
    desk.now = LATER
    assert desk.check_gate().gate_outcome == "wait"


@pytest.mark.rule("C10", "C1")
def test_jointing_work_is_woken_when_a_policy_asks_for_a_smaller_first_payment(desk: InvoicingDesk) -> None:
    session = desk.session
    desk.pay("200")
    assert desk.check_payment().jointing_outcome == "wait"
    issue(session, LATER.date(), first_payment_percent=Decimal(20))
    assert wake_for_jointing(session, NOW) == []
    assert wake_for_jointing(session, LATER) == [desk.number]
    assert wake_for_jointing(session, LATER + timedelta(minutes=1)) == []
    desk.now = LATER
    assert desk.check_payment().jointing_outcome == "work"
    assert wake_for_jointing(session, LATER + timedelta(minutes=2)) == []


@pytest.mark.rule("C11", "C10")
@pytest.mark.parametrize("wake", [wake_for_invoices, wake_for_jointing])
def test_money_that_has_been_told_already_is_not_told_again(
    desk: InvoicingDesk, wake: Callable[[Session, object], list[str]]
) -> None:
    desk.check_gate()
    desk.check_payment()
    desk.pay("1000")
    assert wake(desk.session, NOW) == []


@pytest.mark.rule("C13")
@pytest.mark.parametrize("wake", [wake_for_invoices, wake_for_jointing])
def test_nobody_is_woken_for_a_contract_that_has_ended(
    desk: InvoicingDesk, wake: Callable[[Session, object], list[str]]
) -> None:
    desk.pay("200")
    desk.check_gate()
    desk.check_payment()
    issue(desk.session, LATER.date(), invoice_gate_percent=Decimal(10), first_payment_percent=Decimal(10))
    ledger.set_status(desk.session, desk.number, ledger.TERMINATED)
    assert wake(desk.session, LATER) == []
