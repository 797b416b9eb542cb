"""People at their screens: what staff see and do in Tasklist, in Chinese, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.pdf import SIGNED_PAPER
from tests.process.office import Office

LogIn = Callable[[str], Desktop]
ENGLISH = re.compile(
    r"\b(Start process|Create task|Filter|Claim|Complete|Save|Form|History|Diagram|Description|Due|Created|"
    r"Assignee|Add comment|Set follow-up|Log ?out|Search|Add new|Remove|No results|\d+ of \d+)\b",
    re.IGNORECASE,
)


def assert_chinese(desktop: Desktop) -> None:
    """Nothing of Tasklist's own English shows."""
    desktop.settle()
    found = ENGLISH.findall(desktop.page.locator("body").inner_text())
    assert not found


@pytest.mark.rule("C2", "X2", "X5")
def test_the_sales_manager_returns_a_declaration_and_the_applicant_corrects_it(
    office: Office, tasklist_as: LogIn
) -> None:
    lines = [office.line(of_floor="0.98", specification="宽1米"), office.line(1, specification="宽2米")]
    case = office.declare(lines=lines)
    office.await_step(case, "Task_ApproveDeclaration")
    number = office.case_no(case)

    manager = tasklist_as(office.user("sales_manager"))
    expect(manager.tasks_of(number)).to_have_count(1)
    for text in ("销售流程 任务列表", "发起流程", "我的任务", "逾期任务"):
        expect(manager.page.get_by_text(text).first).to_be_visible()
    form = manager.open_task(number, "审批合同申报")
    for text in ("与销售政策的偏离", "低于底价2%", "客户信用等级", "元整", "宽1米", "提交申报"):
        expect(form).to_contain_text(text)
    assert_chinese(manager)
    manager.claim()
    manager.form.get_by_label("退回修改").check()
    manager.enter("意见", "第1行单价太低, 请与客户再谈")
    manager.submit()

    applicant = tasklist_as(office.user("sales_operations"))
    form = applicant.open_task(number, "填写合同申报单")
    expect(form).to_contain_text("第1行单价太低, 请与客户再谈")
    expect(applicant.field("规格", 0)).to_have_value("宽1米")
    expect(applicant.field("规格", 1)).to_have_value("宽2米")
    assert_chinese(applicant)
    applicant.enter("单价", str(office.line()["unitPrice"]), 0)
    applicant.submit()

    office.await_step(case, "Task_ApproveDeclaration")
    deviations = office.desk("sales_manager").form(office.await_step(case, "Task_ApproveDeclaration"))[
        "deviations"
    ]
    assert [row["deviation"] for row in deviations] == ["符合政策", "符合政策"]


@pytest.mark.rule("C2")
def test_a_declaration_is_entered_by_hand_from_the_start_dialog_on(
    office: Office, tasklist_as: LogIn
) -> None:
    intent = "展会上认识的客户, 要两种输送带"
    before = {one["id"] for one in office.admin.get("/process-instance", active=True)}
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_start_form("合同申报、审批与签订")
    clerk.field("订单意向").fill(intent)
    clerk.page.locator(".modal-dialog").get_by_role("button", name="发起", exact=True).click()
    expect(clerk.page.locator(".modal-dialog")).to_have_count(0)
    after = office.admin.get("/process-instance", active=True, processDefinitionKey="ContractApprovalProcess")
    (case,) = [one["id"] for one in after if one["id"] not in before]
    office.await_step(case, "Task_FillDeclaration")
    number = office.case_no(case)

    form = clerk.open_task(number, "填写合同申报单")
    expect(form).to_contain_text(intent)
    clerk.pick("客户", "K0002")
    clerk.pick("业务员", "吴倩")
    clerk.date("交货日期", office.workday(40).isoformat())
    clerk.field("付款条件").click()
    clerk.form.locator(".fjs-dropdownlist-item").first.click()
    clerk.form.get_by_text("添加一行").click()
    for row, (product, quantity) in enumerate((("钢丝绳芯", "20"), ("整芯阻燃", "30"))):
        clerk.pick("产品", product, row)
        clerk.enter("规格", f"第{row + 1}种", row)
        clerk.enter("数量", quantity, row)
        clerk.enter("单价", "680", row)
    clerk.enter("备注", "分两批交货")
    clerk.submit()

    manager = tasklist_as(office.user("sales_manager"))
    form = manager.open_task(number, "审批合同申报")
    for text in ("海风港务", "吴倩", "¥34,000.00", "叁万肆仟元整", "第1种", "第2种", "分两批交货", intent):
        expect(form).to_contain_text(text)


@pytest.mark.rule("X2", "X3")
def test_a_negative_quantity_comes_back_to_the_applicants_own_form_in_chinese(
    office: Office, tasklist_as: LogIn
) -> None:
    case = office.declare()
    office.sign(case, "sales_manager", "return", "改一下")
    office.await_step(case, "Task_FillDeclaration")
    number = office.case_no(case)
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_task(number, "填写合同申报单")
    before = office.await_step(case, "Task_FillDeclaration")["id"]
    clerk.enter("数量", "-5")
    clerk.submit()

    office.await_next(case, "Task_FillDeclaration", before)
    clerk.page.reload()
    form = clerk.open_task(number, "填写合同申报单")
    notice = form.locator(".notice")
    expect(notice).to_contain_text("请先更正以下问题")
    expect(notice).to_contain_text("数量")
    assert notice.bounding_box()["y"] < clerk.field("客户").bounding_box()["y"]  # type: ignore[index]
    expect(clerk.field("数量")).to_have_value("-5")


@pytest.mark.rule("X4")
def test_the_applicant_reads_where_the_case_stands_and_withdraws_it(
    office: Office, tasklist_as: LogIn
) -> None:
    case = office.declare()
    office.await_step(case, "Task_ApproveDeclaration")
    applicant = tasklist_as(office.user("sales_operations"))
    form = applicant.open_task(office.case_no(case), "我的申报")
    for text in ("待销售部经理审签", "张伟", "提交申报"):
        expect(form).to_contain_text(text)
    assert_chinese(applicant)
    form.locator("input[type=checkbox]").check()
    form.locator("textarea").fill("客户取消了订单")
    form.locator("textarea").press("Tab")
    applicant.submit()
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C3")
def test_the_clerk_opens_the_contract_and_uploads_the_scan(
    office: Office, tasklist_as: LogIn, tmp_path: Path
) -> None:
    wrong, scan = tmp_path / "扫描.pdf", tmp_path / "客户签署.pdf"
    wrong.write_text("不是扫描件", encoding="utf-8")
    scan.write_bytes(SIGNED_PAPER)
    case = office.declare()
    office.approve(case)
    first = office.await_step(case, "Task_RegisterCustomerSignature")["id"]
    number = office.case_no(case)
    clerk = tasklist_as(office.user("sales_operations", 1))

    def register(file: Path) -> None:
        clerk.open_task(number, "登记客户签署")
        clerk.claim()
        expect(clerk.page.locator("#cs-contractNo")).to_contain_text("HT-")
        link = str(clerk.page.locator("#cs-link").get_attribute("href"))
        paper = clerk.page.request.get(link if link.startswith("http") else clerk.address(link))
        assert paper.body().startswith(b"%PDF")
        clerk.field("客户的答复").select_option("signed")
        clerk.field("客户签署人").fill("马文涛")
        clerk.field("签署日期").fill(office.today.isoformat())
        clerk.field("签署件扫描件").set_input_files(file)
        clerk.submit()

    register(wrong)
    office.await_next(case, "Task_RegisterCustomerSignature", first)
    clerk.page.reload()
    clerk.open_task(number, "登记客户签署")
    expect(clerk.page.locator("#cs-errors")).to_contain_text("扫描件")
    register(scan)
    office.await_step(case, "Task_CountersignSales")


@pytest.mark.rule("X2")
def test_staff_of_another_post_do_not_see_the_task(office: Office, tasklist_as: LogIn) -> None:
    case = office.declare()
    office.await_step(case, "Task_ApproveDeclaration")
    stranger = tasklist_as(office.user("warehouse"))
    for name in ("全部待办", "我的任务", "我的待办(本岗位)", "逾期任务"):
        stranger.choose_filter(name)
        stranger.settle()
        expect(stranger.tasks_of(office.case_no(case))).to_have_count(0)


def test_staff_cannot_open_cockpit(office: Office, window: LogIn) -> None:
    desktop = window(office.user("sales_manager"))
    desktop.open_app("cockpit")
    expect(desktop.page.locator("body")).to_contain_text("missing access rights to application")
    expect(desktop.page.locator("body")).not_to_contain_text("ContractApprovalProcess")


def test_the_operator_sees_the_processes_in_cockpit(office: Office, window: LogIn) -> None:
    desktop = window(office.user("operator"))
    desktop.open_app("cockpit")
    desktop.page.get_by_role("link", name="Processes", exact=True).first.click()
    expect(desktop.page.get_by_text("合同申报、审批与签订").first).to_be_visible()
