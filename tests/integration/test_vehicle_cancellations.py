"""Orders of cars that are cancelled before the delivery (V7, 民法典 586–587)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import NOW, ORG
from tests.integration.orders_desk import BOSS, COLOUR, MANAGER, MODEL, SALE, SELLER, VIN, OrdersDesk, said
from tests.integration.refunds_desk import RefundsDesk
from workers import cases, commission, documents, ledger, notify, vehicles
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.org import Leave
from workers.signals import Signal


@pytest.fixture
def desk(session: Session) -> OrdersDesk:
    """A customer who has decided to buy."""
    return OrdersDesk(session)


@pytest.fixture(autouse=True)
def the_books_are_whole(session: Session) -> Iterator[None]:
    yield
    assert ledger.verify(session) == []


def balance(session: Session) -> Decimal:
    return ledger.customer_balance(session, vehicles.sale(session, SALE).customer_no)


@pytest.mark.rule("V7")
@pytest.mark.parametrize(
    ("fault", "decision", "kept", "repaid"),
    [
        ("customer", "forfeited", 20000, 30000),
        ("customer", "returned", 0, 50000),
        ("dealer", "doubled", 0, 70000),
        ("nobody", "returned", 0, 50000),
    ],
)
def test_the_deposit_is_kept_returned_or_doubled_and_the_rest_goes_back(
    desk: OrdersDesk, fault: str, decision: str, kept: int, repaid: int
) -> None:
    vehicles.enter(desk.session, VIN(1), MODEL, COLOUR)
    desk.deposit_paid()
    desk.reserve(VIN(1))
    desk.pay("30000.00")
    asked = desk.ask(fault)
    assert asked.cancel_outcome == "asked"
    assert decision in [one["value"] for one in asked.decision_options]
    done = desk.decide(decision, reason="客户与本店协商一致")
    assert (done.cancel_outcome, done.order_outcome) == ("cancelled", "cancelled")
    number = done.contract_no or ""
    account = ledger.account(desk.session, number)
    assert (account.amount, account.received, balance(desk.session)) == (kept, kept, repaid)
    row = ledger.contract(desk.session, number)
    assert (row.status, row.version) == (ledger.TERMINATED, 2)
    document = documents.find(desk.session, number)
    assert (document.version, document.sha256) == (2, row.document_sha256)
    entries = ledger.entries(desk.session, number, book=Book.FINANCE, kinds=[EntryKind.AMENDMENT])
    assert "客户与本店协商一致" in entries[0].reason
    car = vehicles.find(desk.session, VIN(1))
    assert (car.state, car.sale_no) == ("in_stock", None)
    (signal,) = desk.session.scalars(select(Signal).where(Signal.message == "Msg_RefundRequested"))
    assert (signal.starts, signal.fact) == ("RefundProcess", SALE)
    assert signal.variables["refundAmount"] == f"{repaid}.00"


@pytest.mark.rule("V7", "A6", "X1")
def test_finance_finds_the_refund_of_a_cancelled_order_and_adds_the_account(desk: OrdersDesk) -> None:
    desk.deposit_paid()
    desk.ask("dealer")
    done = desk.decide("doubled")
    (signal,) = desk.session.scalars(select(Signal).where(Signal.message == "Msg_RefundRequested"))
    assert f"{signal.business_key}，¥40,000.00" in done.case_history[-1].comment
    refund = RefundsDesk(desk.session, "refund of a car", case_no=signal.business_key)
    refund.now = NOW
    sent = {"customer_no": "customerNo", "refund_amount": "refundAmount", "refund_reason": "refundReason"}
    opened = refund.open("admin", **{name: signal.variables[key] for name, key in sent.items()})
    assert (opened.case_no, opened.applicant) == (signal.business_key, "xuhong")
    assert (opened.refund_attached, opened.refund_amount) == (False, "40000.00")
    told = select(notify.Notification.recipient).where(
        notify.Notification.event_key.like(f"refund:{opened.case_no}:%")
    )
    assert set(desk.session.scalars(told)) == {"xuhong", "guojing"}
    filled = {"customer_no": opened.customer_no, "refund_amount": opened.refund_amount}
    assert refund.check(**filled, payee="").form_errors == []


@pytest.mark.rule("V7")
def test_a_part_of_the_deposit_counts_as_far_as_it_was_paid(desk: OrdersDesk) -> None:
    desk.in_force()
    desk.pay("5000.00")
    desk.ask("dealer")
    desk.decide("doubled")
    assert balance(desk.session) == 10000


@pytest.mark.rule("V7")
def test_a_contract_without_money_is_cancelled_without_any(desk: OrdersDesk) -> None:
    desk.in_force()
    desk.ask("customer")
    assert "只能返还定金" in said(desk.decide("forfeited").decision_errors)
    done = desk.decide("returned")
    assert done.cancel_outcome == "cancelled"
    assert (balance(desk.session), ledger.account(desk.session, done.contract_no or "").amount) == (0, 0)


@pytest.mark.rule("V7", "X4")
@pytest.mark.parametrize("signed", [False, True])
def test_before_the_contract_counts_its_number_becomes_void(desk: OrdersDesk, signed: bool) -> None:
    desk.open()
    number = desk.draw().contract_no or ""
    if signed:
        desk.customer_signs()
        desk.countersign(MANAGER)
    desk.ask("nobody")
    assert desk.decide("returned").cancel_outcome == "cancelled"
    assert ledger.find(desk.session, number) is None
    assert documents.find(desk.session, number).state == "void"
    assert cases.find(desk.session, number).state == cases.CLOSED
    with pytest.raises(cases.CaseEnded):
        desk.enrol()


@pytest.mark.rule("V7", "X3")
def test_only_the_salesperson_asks_and_another_one_of_the_post_decides(desk: OrdersDesk) -> None:
    desk.in_force()
    assert "只有赵磊或其代理人可以办理" in said(desk.ask(by="wuqian").cancel_errors)
    assert "情况说明：请填写" in said(desk.ask(cancel_reason="").cancel_errors)
    with pytest.raises(InvalidInput, match="nobody has asked"):
        desk.decide("returned")
    assert desk.ask().cancel_outcome == "asked"
    assert "只有销售部经理可以办理" in said(desk.decide("returned", by=SELLER).decision_errors)
    assert "理由：请填写" in said(desk.decide("returned", reason=" ").decision_errors)
    assert desk.decide("kept", reason="客户撤回").cancel_outcome == "kept"
    assert desk.ask().cancel_outcome == "asked"


@pytest.mark.rule("V7", "V8")
def test_while_a_cancellation_waits_nothing_is_handed_over(desk: OrdersDesk) -> None:
    desk.until_handover()
    desk.ask("customer")
    assert "解除申请待销售部经理决定" in said(desk.hand_over().form_errors)
    desk.decide("kept", reason="客户撤回")
    assert desk.hand_over().handover_result == "delivered"
    with pytest.raises(cases.CaseEnded):
        desk.ask("customer")


@pytest.mark.rule("V7", "C9")
def test_commission_on_returned_money_gives_way(desk: OrdersDesk) -> None:
    desk.deposit_paid()
    number = desk.read_deposit().contract_no or ""
    accrued = commission.accrue(desk.session, number, NOW.date().replace(day=1), NOW)
    assert accrued > 0
    desk.ask("nobody")
    desk.decide("returned")
    assert ledger.account(desk.session, number).accrued == 0


@pytest.mark.rule("V7", "X2", "X3")
@pytest.mark.parametrize("decision", ["returned", "kept"])
def test_what_the_only_manager_asks_in_place_of_a_salesperson_who_left_the_post_above_decides(
    desk: OrdersDesk, decision: str
) -> None:
    desk.in_force()
    assert desk.ask().decision_post == "sales_manager"
    desk.decide("kept", reason="客户撤回")
    gone = ORG.people[SELLER].model_copy(update={"left": NOW.date()})
    desk.org = ORG.model_copy(update={"people": {**ORG.people, SELLER: gone}})
    asked = desk.ask("nobody", by=MANAGER)
    assert (asked.cancel_outcome, asked.decision_post) == ("asked", "deputy_gm_sales")
    refused = desk.decide("kept", by=MANAGER)
    assert "不能决定自己提出的解除申请，只有分管销售副总经理可以办理" in said(refused.decision_errors)
    assert refused.decision_post == "deputy_gm_sales"
    assert "只有分管销售副总经理可以办理" in said(desk.decide("kept", by=BOSS).decision_errors)
    expected = "kept" if decision == "kept" else "cancelled"
    assert desk.decide(decision, by="lihaitao").cancel_outcome == expected


@pytest.mark.rule("V7", "X2", "X3")
def test_a_salesperson_who_stands_in_for_the_manager_does_not_decide_what_they_asked(
    desk: OrdersDesk,
) -> None:
    desk.in_force()
    desk.ask()
    away = Leave.model_validate(
        {"person": MANAGER, "from": NOW.date(), "to": NOW.date(), "substitute": SELLER}
    )
    desk.org = ORG.model_copy(update={"leaves": (away,)})
    refused = desk.decide("kept", by=SELLER)
    assert (refused.cancel_outcome, refused.decision_post) == ("invalid", "deputy_gm_sales")
    assert desk.decide("kept", by=MANAGER, reason="客户撤回").cancel_outcome == "kept"
