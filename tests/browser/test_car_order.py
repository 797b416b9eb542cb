"""A car's order in a real browser: the contract is signed, and the service person hands the car over (V7, V8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import PHONE, Desktop
from tests.browser.test_tasklist import assert_chinese
from tests.pdf import SIGNED_PAPER
from tests.process.office import Office
from tests.process.vehicle_sales.ordering import DEPOSIT, Order
from workers import calendar

LogIn = Callable[[str], Desktop]
TICKED = (
    *("外观洁净", "内饰洁净", "车身、漆面、玻璃无缺陷"),
    *("灯光、电器、制动等功能正常", "油液、电量充足", "随车文件、钥匙、工具齐全"),
)


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
    manager = tasklist_as(office.user("sales_manager"))
    _manager_countersigns(order, manager)
    _finance_takes_the_deposit(order, tasklist_as(office.user("finance")))
    _manager_keeps_the_order(order, manager)
    order.do("salesperson", "Task_FindCar", carChoice=order.car())
    _technician_ticks_the_checklist(order, tasklist_as(office.user("technician")))
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
    now = calendar.now()
    advisor.date("交车日期", now.date().isoformat())
    advisor.enter("时间", f"{now:%H:%M}")
    advisor.enter("里程（公里）", "15")
    for said in ("已讲解车辆操作", "已讲解维护保养", "联系方式已与客户当面核实"):
        form.get_by_label(said).check()
    advisor.enter("客户的问题及解答", "首保在五千公里")
    advisor.pick("客户选择的联系方式", "电话")
    expect(form.get_by_label("电子邮箱")).to_be_hidden()
    advisor.submit()
    office.await_end(order.case, "Event_CarDelivered")


def _manager_countersigns(order: Order, manager: Desktop) -> None:
    """V7: after the customer, with the contract at hand; who gives it back says why."""
    office = order.office
    office.await_at(order.case, "Task_Countersign")
    before = office.await_step(order.contract_no, "Task_ApprovePaper")["id"]
    form = manager.open_task(order.contract_no, "签批 汽车销售合同")
    assert_chinese(manager)
    for text in (f"¥{order.price:,.2f}", "¥20,000.00", f"钱多多，{office.today}"):
        expect(form).to_contain_text(text)
    expect(form).not_to_contain_text(PHONE)  # nobody calls from here (M5)
    manager.claim()
    manager.form.get_by_label("退回修改").check()
    manager.submit()
    manager.open_address_of(office.await_next(order.contract_no, "Task_ApprovePaper", before)["id"])
    expect(manager.form).to_contain_text("意见：请填写")
    manager.claim()
    link = manager.form.get_by_role("link", name="打开汽车销售合同").get_attribute("href")
    assert link is not None
    assert manager.page.request.get(manager.address(link)).body().startswith(b"%PDF-")
    manager.form.get_by_label("同意", exact=True).check()
    manager.submit()
    office.await_step(order.case, "Task_ReceiveDeposit")


def _finance_takes_the_deposit(order: Order, finance: Desktop) -> None:
    office = order.office
    form = finance.open_address_of(office.await_step(order.case, "Task_ReceiveDeposit")["id"])
    assert_chinese(finance)
    for text in ("¥20,000.00", "139****", order.contract_no):
        expect(form).to_contain_text(text)
    finance.claim()
    finance.form.get_by_label("新到账").check()
    finance.enter("收款金额（元）", str(DEPOSIT))
    finance.date("到账日期", office.today.isoformat())
    finance.enter("收款凭证号", f"{order.sale_no}-1")
    finance.submit()
    office.await_step(order.case, "Task_FindCar")


def _manager_keeps_the_order(order: Order, manager: Desktop) -> None:
    """The customer wants to cancel and thinks better of it; the form offers what the law allows."""
    asked = {"cancelRequested": True, "cancelFault": "customer", "cancelReason": "家里有急用"}
    order.do("salesperson", "Task_TrackOrder", **asked)
    task = order.office.await_step(order.case, "Task_DecideCancellation")
    form = manager.open_address_of(task["id"])
    assert_chinese(manager)
    expect(form).to_contain_text("客户违约：家里有急用")
    manager.claim()
    for choice in ("定金不予返还", "返还定金", "不解除，继续履行"):
        expect(manager.form.get_by_label(choice, exact=True)).to_be_visible()
    expect(manager.form.get_by_label("双倍返还定金")).to_have_count(0)
    manager.form.get_by_label("不解除，继续履行").check()
    manager.enter("理由", "客户改了主意")
    manager.submit()
    order.office.await_step(order.case, "Task_TrackOrder")


def _technician_ticks_the_checklist(order: Order, technician: Desktop) -> None:
    office = order.office
    before = office.await_step(order.case, "Task_PrepareCar")["id"]
    form = technician.open_address_of(before)
    assert_chinese(technician)
    technician.claim()
    technician.form.get_by_label("外观洁净").check()
    technician.submit()
    form = technician.open_address_of(office.await_next(order.case, "Task_PrepareCar", before)["id"])
    expect(form).to_contain_text("写明问题")
    technician.claim()
    for point in TICKED:
        technician.form.get_by_label(point).check()
    technician.submit()
    office.await_step(order.case, "Task_ReceiveBalance")
