"""What goes back, in a real browser: goods that the customer had signed for, and money (A6, C8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.browser.test_tasklist import assert_chinese
from tests.pdf import SIGNED_PAPER
from tests.process.fulfilment import test_goods_returns as returns
from tests.process.fulfilment.books import line
from tests.process.office import Office
from tests.process.receivables import test_refunds as refunds

LogIn = Callable[[str], Desktop]


@pytest.mark.rule("C8", "X2", "X3")
def test_goods_come_back_form_by_form(office: Office, tasklist_as: LogIn, tmp_path: Path) -> None:
    goods = returns.delivered(office, "3")
    case = returns.open_case(office, goods)
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_address_of(office.await_step(case, "Task_FillGoodsReturn")["id"])
    assert_chinese(clerk)
    assert clerk.field("合同编号").input_value() == goods.number
    assert clerk.field("已签收").input_value() == "3"
    clerk.enter("退货数量", "2")
    clerk.submit()
    office.sign_paper(office.case_no(case), "sales_manager")

    keeper = tasklist_as(office.user("warehouse"))
    keeper.open_address_of(office.await_step(case, "Task_ReceiveGoods")["id"])
    keeper.claim()
    expect(keeper.form.get_by_role("link", name="打开退货单(PDF)")).to_be_visible()
    assert keeper.field("实收数量").input_value() == "2"
    keeper.submit()

    inspector = tasklist_as(office.user("quality"))
    inspector.open_address_of(office.await_step(case, "Task_InspectGoods")["id"])
    inspector.claim()
    inspector.enter("完好数量", "1")
    inspector.enter("损坏数量", "1")
    inspector.enter("损坏原因", "开裂 <b>一件</b>")
    inspector.submit()

    accountant = tasklist_as(office.user("finance"))
    accountant.open_address_of(office.await_step(case, "Task_BookGoodsReturn")["id"])
    accountant.claim()
    expect(accountant.form).to_contain_text("边胶开裂")
    paper = tmp_path / "退货单.pdf"
    paper.write_bytes(SIGNED_PAPER)
    accountant.form.get_by_label("办理结果").select_option("book")
    accountant.field("客户签字人").fill("马志远")
    accountant.field("签字日期").fill(office.today.isoformat())
    accountant.form.locator("input[type=file]").set_input_files(paper)
    assert accountant.field("退货单数量").input_value() == "2"
    assert_chinese(accountant)
    accountant.submit()
    office.await_end(case, "Event_GoodsReturned")
    assert (line(goods).delivered, line(goods).returned, line(goods).scrapped) == (1, 2, 1)


@pytest.mark.rule("A6", "X2", "X3")
def test_finance_pays_a_balance_back_form_by_form(office: Office, tasklist_as: LogIn) -> None:
    customer = refunds.creditor(office)
    case = refunds.open_case(office)
    clerk = tasklist_as(office.user("finance"))
    clerk.open_address_of(office.await_step(case, "Task_FillRefund")["id"])
    assert_chinese(clerk)
    clerk.pick("客户", customer)
    for label, text in (
        ("退款金额(元)", "1500"),
        ("收款户名", "长河水泥股份公司(示例)"),
        ("收款账号", "3400 1234 5678 0001"),
        ("开户银行", "建设银行长河支行"),
    ):
        clerk.enter(label, text)
    clerk.submit()
    office.sign_paper(office.case_no(case), "deputy_gm_finance")
    cashier = tasklist_as(office.user("finance", 1))
    cashier.open_address_of(office.await_step(case, "Task_PayRefund")["id"])
    cashier.claim()
    expect(cashier.form).to_contain_text("壹仟伍佰元整")
    cashier.form.get_by_label("银行已付款").check()
    cashier.date("付款日期", office.today.isoformat())
    cashier.enter("银行流水号", "付款-浏览器-1")
    assert_chinese(cashier)
    cashier.submit()
    office.await_end(case, "Event_RefundPaid")
    assert refunds.left(office, customer) == 500
