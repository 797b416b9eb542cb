"""A car's order in a real browser: the contract is signed, and the service person hands the car over (V7, V8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.browser.test_tasklist import assert_chinese
from tests.pdf import SIGNED_PAPER
from tests.process.office import Office
from tests.process.vehicle_sales.ordering import DEPOSIT, TICKS, Order

LogIn = Callable[[str], Desktop]


@pytest.mark.rule("V7", "V8", "X2", "X3", "M5")
def test_the_salesperson_has_the_contract_signed_and_the_service_person_hands_the_car_over(
    office: Office, tasklist_as: LogIn, tmp_path: Path
) -> None:
    order, seller = Order(office), tasklist_as(office.user("salesperson"))
    before = office.await_step(order.case, "Task_FillContract")["id"]
    form = seller.open_task(order.sale_no, "拟定购车合同")
    assert_chinese(seller)
    expect(form).to_contain_text("¥25,600.00")
    seller.enter("定金（元）", "30000")
    seller.submit()
    office.await_next(order.case, "Task_FillContract", before)
    form = seller.open_task(order.sale_no, "拟定购车合同")
    expect(form).to_contain_text("不得超过车价的20%")
    seller.enter("定金（元）", str(DEPOSIT))
    seller.submit()
    office.await_step(order.case, "Task_SignContract")
    form = seller.open_task(order.sale_no, "登记客户签署")
    scan = tmp_path / "签署.pdf"
    scan.write_bytes(SIGNED_PAPER)
    form.get_by_label("客户的答复").select_option("已签署")
    form.get_by_label("客户签署人").fill("钱多多")
    form.get_by_label("签署日期").fill(office.today.isoformat())
    form.locator("input[type=file]").set_input_files(scan)
    seller.submit()
    order.countersign()
    order.pay("Task_ReceiveDeposit", DEPOSIT)
    vin = order.car()
    office.await_step(order.case, "Task_FindCar")
    order.do("salesperson", "Task_FindCar", carChoice=vin)
    order.do("technician", "Task_PrepareCar", **TICKS)
    order.pay("Task_ReceiveBalance", order.price - DEPOSIT)

    before = office.await_step(order.case, "Task_HandOver")["id"]
    advisor = tasklist_as(office.user("service_advisor"))
    form = advisor.open_task(order.sale_no, "交车")
    assert_chinese(advisor)
    expect(form).to_contain_text("长期关系的起点")
    expect(form).to_contain_text("139****")
    form.get_by_label("已交车").check()
    advisor.enter("客户签收人", "钱多多")
    advisor.submit()
    office.await_next(order.case, "Task_HandOver", before)
    form = advisor.open_task(order.sale_no, "交车")
    expect(form).to_contain_text("请先向客户讲解车辆操作")
