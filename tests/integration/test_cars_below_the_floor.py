"""A car below the floor: declared, approved and sealed as the factory's contracts are (V6, V7, C2, C3)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import GENERAL_MANAGER, ORG, ContractDesk
from tests.integration.orders_desk import MANAGER, MODEL, SALE, SELLER, OrdersDesk, said
from workers import cases, documents, ledger, vehicles
from workers.amendment import requests
from workers.amendment.rules import Request
from workers.approval import tasks as approval
from workers.approval.messages import AssignStep, PlanRoute
from workers.calendar import OFFICE
from workers.contract import cars, tasks
from workers.contract import messages as cm
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.signals.store import Signal
from workers.vehicle_orders import approving
from workers.vehicle_orders import messages as m

PRICE = Decimal("115000.00")


class BelowFloor(ContractDesk):
    """The declaration that the order's process calls."""

    def __init__(self, order: OrdersDesk) -> None:
        super().__init__(order.session)
        self.order, self.now = order, order.now
        self.shown: dict[str, Any] = {}

    def called(self) -> cm.DeclarationOpened:
        """The process is called with the sale's number."""
        opened = self.open(started_by="salesflow", vehicle_sale_no=SALE)
        fields = cm.DeclarationForm.model_fields
        self.shown = {name: getattr(opened, name) for name in fields}
        return opened

    def declare(self, by: str = SELLER, **fields: Any) -> cm.DeclarationChecked:
        """The salesperson sends the form as it was filled, with changes."""
        return self.check(by, **{**self.shown, **fields})

    def line(self, **fields: Any) -> list[dict[str, Any]]:
        """The one line, changed."""
        return [{**self.shown["lines"][0], **fields}]

    def until_sealed(self) -> str:
        """From the call to both books; the contract's number."""
        self.called()
        assert self.declare().form_errors == []
        self.approve()
        number = self.draw_up().contract_no
        assert self.customer_signs(customer_signer="钱多多").signature_outcome == "signed"
        self.countersign()
        assert not self.seal().has_errors
        self.register()
        return number


def conclude(desk: OrdersDesk) -> m.ApprovalConcluded:
    """The called process has ended."""
    return approving.conclude_approval(m.ConcludeApproval(), desk.uow, desk.task)


@pytest.fixture
def order(session: Session) -> OrdersDesk:
    """An order below the floor, whose terms are agreed."""
    desk = OrdersDesk(session, price=PRICE, below_floor=True)
    desk.open()
    assert desk.draw(contract_remarks="送脚垫").contract_outcome == "below_floor"
    return desk


@pytest.mark.rule("V7", "C2")
def test_the_declaration_is_filled_from_the_deal_and_belongs_to_the_salesperson(order: OrdersDesk) -> None:
    desk = BelowFloor(order)
    opened = desk.called()
    sale = vehicles.sale(order.session, SALE)
    assert (opened.applicant, opened.customer_no, opened.salesperson) == (SELLER, sale.customer_no, SELLER)
    assert opened.declaration_attached is False
    assert opened.delivery_date == order.promised.date().isoformat()
    assert [one["value"] for one in opened.product_options] == [MODEL]
    assert opened.lines[0]["unitPrice"] == "115000.00"
    assert "定金¥20,000.00，交车前付清余款¥95,000.00" in opened.payment_terms_options[0]["label"]
    checked = desk.declare()
    assert checked.form_errors == []
    assert checked.deviation_summary == "共1行，其中第1行低于底价，最多低5.5%"
    assert (checked.terms_deviate, checked.remarks, checked.credit_grade) == (False, "送脚垫", "未评级")


@pytest.mark.rule("V6", "X3")
def test_what_was_agreed_with_the_customer_cannot_be_changed_in_the_declaration(order: OrdersDesk) -> None:
    desk = BelowFloor(order)
    desk.called()
    cheaper = desk.declare(lines=desk.line(unitPrice="110000"))
    assert "改价须撤回本申报，与客户重新协商" in said(cheaper.form_errors)
    assert "只能是客户所购的车辆一辆" in said(desk.declare(lines=desk.line(quantity="2")).form_errors)
    assert "不在可选范围内" in said(desk.declare(customer_no="K0001").form_errors)
    assert "颜色是测试红" in said(desk.declare(lines=desk.line(specification="蓝色")).form_errors)
    terms = desk.declare(payment_terms="other", special_terms="分期")
    assert "付款条件：定金和余款已与客户谈定" in said(terms.form_errors)
    assert "只有申报人本人" in said(desk.declare(by=MANAGER).form_errors)
    goods = [{"productNo": "P001", "specification": "ST1600", "quantity": "1", "unitPrice": "600.00"}]
    assert "没有该产品的价格" in said(desk.declare(lines=goods).form_errors)


@pytest.mark.rule("C2", "V6")
def test_a_declaration_of_the_factory_still_offers_no_car(order: OrdersDesk) -> None:
    desk = ContractDesk(order.session)
    opened = desk.open()
    assert MODEL not in [one["value"] for one in opened.product_options]
    line = {"productNo": MODEL, "specification": "", "quantity": "1", "unitPrice": "115000.00"}
    assert "没有该产品的价格" in said(desk.check(lines=[line]).form_errors)


@pytest.mark.rule("V7", "X5")
def test_only_an_order_that_waits_for_it_opens_a_declaration_of_a_car(order: OrdersDesk) -> None:
    with pytest.raises(InvalidInput, match="no order of sale XS-1"):
        ContractDesk(order.session).open(started_by="salesflow", vehicle_sale_no="XS-1")
    person = ContractDesk(order.session).open(vehicle_sale_no=SALE)  # a person's variable counts for nothing
    assert person.customer_no is None
    BelowFloor(order).called()
    with pytest.raises(InvalidInput, match="waits for a declaration"):
        BelowFloor(order).called()


@pytest.mark.rule("V7", "C3", "C4", "X6")
def test_the_sealed_contract_enters_the_books_once_and_no_factory_order_begins(order: OrdersDesk) -> None:
    desk, session = BelowFloor(order), order.session
    number = desk.until_sealed()
    desk.register()
    for _ in range(2):
        assert conclude(order).approval_outcome == "approved"
        order.enrol()
    for book in Book:
        found = ledger.entries(session, number, book=book, kinds=[EntryKind.CONTRACT])
        assert [one.amount for one in found] == [PRICE]
    row = ledger.contract(session, number)
    assert (row.origin, row.status, row.case_no) == (ledger.VEHICLE, ledger.IN_FORCE, SALE)
    told = session.scalars(select(Signal.message).where(Signal.business_key == number)).all()
    assert "Msg_ContractEffective" not in told
    assert documents.find(session, number).version == row.version
    assert ledger.verify(session) == []


@pytest.mark.rule("V7")
def test_the_order_goes_on_with_the_deposit_of_the_approved_contract(order: OrdersDesk) -> None:
    number = BelowFloor(order).until_sealed()
    conclude(order)
    order.enrol()
    waiting = order.read_deposit()
    assert (waiting.contract_no, waiting.money_wanted) == (number, "¥20,000.00")
    assert order.pay("20000.00").form_errors == []
    assert order.read_deposit().payment_outcome == "received"
    order.ask(fault="customer")
    assert order.decide("forfeited").decision_errors == []
    assert ledger.account(order.session, number).amount == Decimal("20000.00")
    assert ledger.verify(order.session) == []


@pytest.mark.rule("V7", "C2")
def test_a_date_that_the_approvers_move_is_the_promise(order: OrdersDesk) -> None:
    desk = BelowFloor(order)
    desk.called()
    desk.declare()
    desk.send_back("交车时间太紧")
    later = order.promised + timedelta(days=3)
    desk.shown["delivery_date"] = later.date().isoformat()
    assert desk.declare().form_errors == []
    desk.approve()
    desk.draw_up()
    desk.customer_signs()
    desk.countersign()
    desk.seal()
    desk.register()
    conclude(order)
    order.enrol()
    assert order.read_deposit().promised_text == f"{later:%Y-%m-%d %H:%M}"


@pytest.mark.rule("V7", "C3")
def test_a_contract_whose_promised_moment_has_passed_is_not_signed_here_either(order: OrdersDesk) -> None:
    desk = BelowFloor(order)
    desk.called()
    desk.declare()
    desk.approve()
    desk.draw_up()
    desk.now = order.promised
    late = desk.customer_signs()
    assert late.signature_outcome == "invalid"
    assert f"约定交车时间{order.promised:%Y-%m-%d %H:%M}已过" in said(late.form_errors)
    comment = desk.customer_signs(customer_decision="objected", objection="改约").return_comment
    desk.send_back(comment)
    desk.shown["delivery_date"] = (order.promised + timedelta(days=1)).date().isoformat()
    assert desk.declare().form_errors == []
    desk.approve()
    desk.draw_up()
    signed = desk.customer_signs(customer_signed_on=desk.now.date().isoformat())
    assert signed.signature_outcome == "signed"


@pytest.mark.rule("V6", "V7")
@pytest.mark.parametrize("word", ["被否决", "已撤回"])
def test_without_approval_the_order_ends_and_another_deal_opens_it_anew(order: OrdersDesk, word: str) -> None:
    desk, session = BelowFloor(order), order.session
    desk.called()
    desk.declare()
    order.ask()
    if word == "被否决":
        approval.plan_route(PlanRoute(stage="declaration"), desk.uow, desk.task, ORG)
        desk.sign("declaration", MANAGER, decision="reject")
        tasks.close(cm.CloseDeclaration(), desk.uow, desk.task)
    else:
        assert desk.withdraw(by=SELLER).withdraw_outcome == "withdrawn"
    ended = conclude(order)
    assert (ended.approval_outcome, ended.order_outcome) == ("refused", "refused")
    line = ended.case_history[-1]
    assert line.action == "低于底价未获批准"
    assert word in line.comment
    deal = vehicles.sale(session, SALE)
    deal.price, deal.below_floor = Decimal("128000.00"), False
    order.instance = "second order"
    order.open()
    assert order.draw().contract_outcome == "drawn"
    assert "尚未收到定金" not in said(order.ask().cancel_errors)
    assert order.decide("returned").cancel_outcome == "cancelled"


@pytest.mark.rule("V7", "X4")
def test_a_cancelled_order_takes_its_declaration_along(order: OrdersDesk) -> None:
    desk, session = BelowFloor(order), order.session
    desk.called()
    desk.declare()
    desk.approve()
    number = desk.draw_up().contract_no
    order.ask()
    assert order.decide("returned").cancel_outcome == "cancelled"
    assert cases.find(session, desk.case_no).state == cases.WITHDRAWN
    assert documents.find(session, number).state == "void"
    asked = cars.latest(session, SALE)
    assert asked is not None
    assert asked.state == "dropped"
    assert "已撤回或结束" in said(desk.customer_signs().form_errors)


@pytest.mark.rule("V7", "X4")
def test_a_sealed_contract_is_cancelled_only_once_the_order_knows_it(order: OrdersDesk) -> None:
    desk = BelowFloor(order)
    number = desk.until_sealed()
    order.ask()
    assert "正在登记台帐" in said(order.decide("returned").decision_errors)
    conclude(order)
    order.enrol()
    assert order.decide("returned").cancel_outcome == "cancelled"
    assert ledger.contract(order.session, number).status == ledger.TERMINATED


@pytest.mark.rule("X2", "C2")
def test_who_filed_the_car_does_not_sign_and_the_post_above_does(session: Session) -> None:
    desk = OrdersDesk(session, price=PRICE, below_floor=True)
    vehicles.sale(session, SALE).salesperson = MANAGER
    desk.open()
    assert desk.draw(by=MANAGER).contract_outcome == "below_floor"
    below = BelowFloor(desk)
    below.called()
    assert below.declare(by=MANAGER).form_errors == []
    approval.plan_route(PlanRoute(stage="declaration"), below.uow, below.task, ORG)
    step = approval.assign_step(AssignStep(stage="declaration"), below.uow, below.task, ORG, OFFICE)
    assert MANAGER not in step.approver_candidates
    assert step.approver_candidates != [GENERAL_MANAGER]


@pytest.mark.rule("C13", "V7")
def test_a_contract_of_a_car_is_not_amended_but_cancelled_in_its_order(order: OrdersDesk) -> None:
    number = BelowFloor(order).until_sealed()
    found = requests.findings(order.session, Request(number, "termination", "客户要求"))
    assert "我的购车订单" in said(found)
