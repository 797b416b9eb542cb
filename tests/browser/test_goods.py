"""The forms of production and delivery at Tasklist: lists prefilled by line, moments, and an uploaded scan."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.process.fulfilment.books import contract, line
from tests.process.office import Office
from workers import calendar
from workers.demo.goods import SCAN


@pytest.mark.rule("C6", "C8", "X2")
def test_staff_report_quantities_line_by_line(
    office: Office, tasklist_as: Callable[[str], Desktop], tmp_path: Path
) -> None:
    """Planning changes a prefilled quantity, the gate enters a moment, the customer's copy comes with a return."""
    goods = contract(office, "10", "5")
    planner = tasklist_as(office.user("planning"))
    planner.open_address_of(office.await_step(goods.number, "Task_FillProductionNotice")["id"])
    planner.claim()
    width = "t => t.closest('.fjs-container').getBoundingClientRect().right - t.getBoundingClientRect().right"
    assert planner.form.locator("table.lines").evaluate(width) >= 0
    assert [planner.field("通知生产数量", row).input_value() for row in (0, 1)] == ["10", "5"]
    assert planner.field("合同行", 1).input_value() == "2"
    planner.enter("通知生产数量", "8", 0)
    planner.submit()
    assert [row["cells"][-1] for row in goods.sign_notice()["paperRows"]] == ["8", "5"]
    goods.make({1: "8", 2: "5"})
    goods.fill_delivery({1: "8", 2: "5"})
    goods.sign_delivery()
    goods.release({1: "8", 2: "5"})

    guard = tasklist_as(office.user("gate_security"))
    task = office.await_step(goods.number, "Task_LogExit")["id"]
    guard.open_address_of(task)
    guard.claim()
    number = str(office.admin.task_variables(task)["passNo"])
    expect(guard.form.get_by_role("link", name="打开出门证(PDF)")).to_be_visible()
    for label, text in (("出门证号", number), ("车牌号", "晋A12345"), ("驾驶员", "老李")):
        guard.enter(label, text)
    moment = calendar.now()
    guard.date("出门日期", moment.date().isoformat())
    guard.enter("时间", f"{moment:%H:%M}")
    guard.submit()

    clerk = tasklist_as(office.user("finance"))
    clerk.open_address_of(office.await_step(goods.number, "Task_RegisterReceipt")["id"])
    clerk.claim()
    expect(clerk.form).to_contain_text("车牌晋A12345")
    paper = tmp_path / "签收单.pdf"
    paper.write_bytes(SCAN)
    clerk.field("客户签收人").fill("马志远")
    clerk.field("签收日期").fill(office.today.isoformat())
    clerk.form.locator("input[type=file]").set_input_files(paper)
    clerk.field("签收数量", 0).fill("6")
    clerk.field("退回数量", 0).fill("2")
    clerk.field("退回原因", 0).fill("受潮 <b>两件</b>")
    clerk.submit()
    shown = office.admin.task_variables(office.await_step(goods.number, "Task_InspectReturn")["id"])
    assert [(row["quantity"], row["reason"]) for row in shown["returnRows"]] == [("2", "受潮 <b>两件</b>")]
    assert (line(goods).delivered, line(goods, 2).delivered) == (Decimal(6), Decimal(5))
