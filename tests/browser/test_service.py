"""A visit to the workshop at Tasklist, each step by its post: from the call until the car is back (W1-W10)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import PHONE, Desktop
from tests.browser.test_tasklist import assert_chinese
from tests.process.follow_up.visit import new_phone
from tests.process.office import Office
from tests.process.vehicle_service.garage import (
    ADVISOR,
    DISPATCHER,
    PROCESS,
    STARTER,
    Garage,
    new_plate,
    new_vin,
)

TECHNICIAN = "caojun"


@pytest.mark.rule("W1", "W2", "W3", "W4", "W6", "W7", "W8", "W9", "W10", "X1", "X2", "X3")
def test_a_car_goes_through_the_workshop_step_by_step_at_each_posts_own_tasklist(
    office: Office, tasklist_as: Callable[[str], Desktop]
) -> None:
    phone, plate = new_phone(), new_plate()
    advisor = tasklist_as(STARTER)
    advisor.open_start_form("车辆维修服务")
    for label, text in (
        ("客户电话", phone),
        ("客户姓名", "马文涛"),
        ("车牌号", plate),
        ("客户要求", "刹车响"),
    ):
        advisor.field(label).fill(text)
    advisor.page.locator(".modal-dialog").get_by_role("button", name="发起", exact=True).click()
    expect(advisor.page.locator(".modal-dialog")).to_have_count(0)
    query = {"processDefinitionKey": PROCESS, "variables": f"callerPhone_eq_{phone}"}
    [instance] = office.admin.get("/process-instance", **query)
    visit = Garage(office, str(instance["id"]))
    office.await_step(visit.case, "Task_BookAppointment")

    form = advisor.open_task(visit.number, "与客户约定时间")
    expect(form).to_contain_text("避开高峰")
    expect(advisor.field("客户姓名")).to_have_value("马文涛")
    assert_chinese(advisor)
    advisor.enter("车型", "远山轻舟")
    advisor.enter("预计工时(小时)", "1.5")
    advisor.pick("预约时间", "余")
    advisor.submit()

    task = office.await_step(visit.case, "Task_ReceiveCar")
    colleague = tasklist_as(ADVISOR)
    form = colleague.open_address_of(task["id"])
    expect(form).to_contain_text(re.compile(r"\d+月\d+日（周.）\d\d:\d\d"))
    colleague.claim()
    colleague.form.get_by_label("到店").check()
    colleague.enter("车辆识别代号(VIN)", "kurz")
    colleague.enter("里程(公里)", "42000")
    colleague.enter("来访目的与车况", "左前门有划痕")
    colleague.submit()
    task = office.await_next(visit.case, "Task_ReceiveCar", task["id"])
    colleague.open_address_of(task["id"])
    colleague.claim()
    expect(colleague.form).to_contain_text("应为17位字母和数字")
    expect(colleague.field("车辆识别代号(VIN)")).to_have_value("kurz")
    colleague.enter("车辆识别代号(VIN)", new_vin())
    colleague.submit()

    colleague.open_address_of(office.await_step(visit.case, "Task_WriteWorkOrder")["id"])
    colleague.claim()
    expect(colleague.field("客户的描述")).to_have_value("刹车响")
    colleague.pick("项目(价目表)", "常规保养工时")
    colleague.enter("数量", "1.5")
    colleague.form.get_by_role("button", name="添加一行").first.click()
    colleague.pick("项目(价目表)", "机油机滤套装", 1)
    colleague.enter("数量", "1", 1)
    colleague.submit()

    form = colleague.open_address_of(office.await_step(visit.case, "Task_ConfirmEstimate")["id"])
    card = colleague.tasks_of(visit.number).first  # cases can be told apart in the list
    for text in ("马文涛", plate):
        expect(card).to_contain_text(text)
    colleague.claim()
    for text in ("¥180.00", "¥360.00", "¥540.00", phone, plate, "客户点头之前不动手"):
        expect(form).to_contain_text(text)
    expect(form.get_by_role("link", name="打开单据(PDF)")).to_be_visible()
    assert_chinese(colleague)
    colleague.form.get_by_label("确认，可以施工").check()
    colleague.submit()
    shown = office.admin.task_variables(office.await_step(visit.case, "Task_Dispatch")["id"])
    assert "****" in shown["customerPhone"]
    assert [row["amount"] for row in shown["orderRows"]] == ["¥180.00", "¥360.00"]
    _dispatcher_assigns(visit, tasklist_as(DISPATCHER))
    _technician_repairs(visit, tasklist_as(TECHNICIAN))
    _quality_passes(visit, tasklist_as(office.user("quality")))
    _advisor_explains_the_bill(visit, colleague)
    _finance_receives_the_transfer(visit, tasklist_as(office.user("finance")))
    _advisor_returns_the_car(visit, advisor)


def _dispatcher_assigns(visit: Garage, dispatcher: Desktop) -> None:
    """W4: by skill and load, which the form shows."""
    form = dispatcher.open_address_of(visit.office.await_step(visit.case, "Task_Dispatch")["id"])
    assert_chinese(dispatcher)
    expect(form).to_contain_text("曹军")
    dispatcher.claim()
    dispatcher.pick("维修技师", "曹军")
    dispatcher.submit()


def _technician_repairs(visit: Garage, technician: Desktop) -> None:
    """W6, W7: the diagnosis, then the lines that the customer agreed to."""
    office = visit.office
    form = technician.open_address_of(office.await_step(visit.case, "Task_Diagnose")["id"])
    assert_chinese(technician)
    expect(form).to_contain_text("刹车响")
    technician.enter("诊断结果", "制动片磨损")
    technician.submit()
    technician.open_address_of(office.await_step(visit.case, "Task_Repair")["id"])
    assert_chinese(technician)
    expect(technician.field("项目", 1)).to_have_value("机油机滤套装")
    expect(technician.field("实际数量")).to_have_value("1.5")
    technician.enter("诊断与维修情况", "已更换，试车正常")
    technician.submit()


def _quality_passes(visit: Garage, inspector: Desktop) -> None:
    """W8: somebody else checks."""
    office = visit.office
    form = inspector.open_address_of(office.await_step(visit.case, "Task_CheckQuality")["id"])
    assert_chinese(inspector)
    for text in ("刹车响", "常规保养工时"):
        expect(form).to_contain_text(text)
    inspector.claim()
    inspector.form.get_by_label("合格", exact=True).check()
    inspector.submit()
    office.await_step(visit.case, "Task_ExplainBill")


def _advisor_explains_the_bill(visit: Garage, advisor: Desktop) -> None:
    """W9: from the lines that were really done; the customer pays by transfer."""
    form = advisor.open_address_of(visit.office.await_step(visit.case, "Task_ExplainBill")["id"])
    assert_chinese(advisor)
    for text in ("¥180.00", "¥360.00", "¥540.00"):
        expect(form).to_contain_text(text)
    advisor.claim()
    advisor.form.get_by_label("已说明所做的工作").check()
    advisor.form.get_by_label("不要", exact=True).check()
    advisor.form.get_by_label("转账，由财务部确认到账").check()
    advisor.submit()


def _finance_receives_the_transfer(visit: Garage, finance: Desktop) -> None:
    office = visit.office
    form = finance.open_address_of(office.await_step(visit.case, "Task_ConfirmPayment")["id"])
    assert_chinese(finance)
    for text in ("¥540.00", "马文涛"):
        expect(form).to_contain_text(text)
    expect(form).not_to_contain_text(PHONE)  # nobody calls from here (M5)
    finance.claim()
    finance.form.get_by_label("转账到账（财务部）").check()
    finance.enter("银行流水号", f"流水{visit.number}")
    finance.enter("到账金额", "￥540.00")
    finance.submit()
    office.await_step(visit.case, "Task_ReturnCar")


def _advisor_returns_the_car(visit: Garage, advisor: Desktop) -> None:
    """W9, W10: with everything that belongs to it; what is missing is said, and what was written stays."""
    office = visit.office
    before = office.await_step(visit.case, "Task_ReturnCar")["id"]
    form = advisor.open_address_of(before)
    assert_chinese(advisor)
    for text in ("马文涛", "¥540.00", "已更换，试车正常"):
        expect(form).to_contain_text(text)
    advisor.claim()
    expect(advisor.form.get_by_role("link", name="打开维修结算单(PDF)")).to_be_visible()
    advisor.form.get_by_label("微信").check()
    advisor.enter("交车情况", "客户当面验车")
    _send(advisor)
    advisor.open_address_of(office.await_next(visit.case, "Task_ReturnCar", before)["id"])
    advisor.claim()
    expect(advisor.form).to_contain_text("还没有交还维修结算单、行驶证、车钥匙、旧件")
    expect(advisor.form.get_by_label("微信")).to_be_checked()
    expect(advisor.field("交车情况")).to_have_value("客户当面验车")
    for paper in ("维修结算单", "行驶证", "车钥匙", "旧件"):
        advisor.form.get_by_label(paper).check()
    _send(advisor)
    office.await_at(visit.case, "Task_FollowUp", gone=("Task_ReturnCar",))
    assert visit.order.state == "returned"
    assert visit.followed_up().channel == "wechat"
    office.await_end(visit.case, "Event_ServiceDone")


def _send(desktop: Desktop) -> None:
    """Click 提交; the page may go on to another task of hers, so the engine has to tell what came of it."""
    button = desktop.page.get_by_role("button", name="提交", exact=True)
    expect(button).to_be_enabled()
    button.click()
