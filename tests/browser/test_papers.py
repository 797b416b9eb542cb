"""A signer at their screen: a paper with its facts, its table and its document, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.process.office import Office
from tests.process.papers.calling import SCAN, call, close


@pytest.mark.rule("X2", "X5")
def test_a_signer_reads_a_paper_opens_its_document_and_returns_it(
    office: Office, tasklist_as: Callable[[str], Desktop]
) -> None:
    paper = call(office, "delivery_note")
    office.await_step(paper.no, "Task_ApprovePaper")
    manager = tasklist_as(office.user("sales_manager"))
    form = manager.open_task(paper.no, "签批 发货单")
    for text in (f"签批发货单 {paper.no}", "东方矿业集团", "一号矿井", "待销售部经理审批:张伟"):
        expect(form).to_contain_text(text)
    table = form.locator("table.lines")
    assert table.locator("th").all_inner_texts() == ["产品", "数量"]
    assert [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()] == [
        ["钢丝绳芯输送带", "12 米"],
        ["托辊组", "3 组"],
    ]
    expect(form.get_by_label("否决")).to_have_count(0)
    manager.claim()
    link = manager.form.get_by_text("打开发货单").get_attribute("href")
    assert link is not None
    assert manager.page.request.get(manager.address(link)).body() == SCAN.content
    manager.form.get_by_label("退回修改").check()
    manager.enter("意见", "数量与库存不符")
    manager.submit()
    office.await_end(paper.instance, "Event_PaperReturned")
    assert office.variables(paper.instance)["returnComment"] == "销售部经理(张伟):数量与库存不符"
    close(office, paper.no)


@pytest.mark.rule("C1")
def test_who_drafts_a_policy_sees_instalments_and_every_deadline(
    office: Office, tasklist_as: Callable[[str], Desktop]
) -> None:
    clerk = office.desk("sales_operations")
    case = clerk.start("SalesPolicyProcess", {"title": "分期付款", "reason": "新增分期"})
    office.await_step(case, "Task_DraftPolicy")
    window = tasklist_as(clerk.user)
    form = window.open_task(office.case_no(case), "起草销售政策")
    expect(window.field("付款方式代码", 0)).to_have_value("T30-60-10")
    expect(window.field("比例", 1)).to_have_value("60.00")
    expect(window.field("增值税率")).to_have_value("13.00")
    expect(window.field("信用D级起点")).to_have_value("91")
    expect(form).to_contain_text("自交货起")
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")
