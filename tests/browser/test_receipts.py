"""Finance uploads a bank statement in Tasklist and claims what was not matched, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.browser.test_tasklist import assert_chinese
from tests.process.office import Office
from tests.process.receivables import bank
from tests.unit.receipts import banks

LogIn = Callable[[str], Desktop]


@pytest.mark.rule("A6", "X2", "X3")
def test_finance_uploads_a_statement_in_gbk_and_claims_the_rest(
    office: Office, tasklist_as: LogIn, tmp_path: Path
) -> None:
    number = bank.running_contract(office)
    file = tmp_path / "十一月流水.csv"
    rows = bank.row(office, "1,000.00", f"{number} 货款"), bank.row(office, "二千", number)
    file.write_bytes(banks.as_csv(banks.simple(*rows, bank.row(office, "70.00", "样品")), "gbk"))
    before = {one["id"] for one in office.admin.get("/process-instance", active=True)}
    clerk = tasklist_as(office.user("finance"))
    clerk.open_start_form("银行收款登记与认领")
    clerk.form.get_by_label("上传银行流水").check()
    clerk.page.locator(".modal-dialog").get_by_role("button", name="发起", exact=True).click()
    expect(clerk.page.locator(".modal-dialog")).to_have_count(0)
    after = office.admin.get("/process-instance", active=True, processDefinitionKey=bank.PROCESS)
    (case,) = [one["id"] for one in after if one["id"] not in before]
    first = office.await_step(case, "Task_UploadStatement")["id"]
    case_no = office.case_no(case)

    clerk.open_task(case_no, "上传银行流水")
    assert_chinese(clerk)
    clerk.field("银行流水文件").set_input_files(file)
    clerk.submit()
    office.await_next(case, "Task_UploadStatement", first)
    assert bank.account(office, number).received == 1000
    clerk.page.reload()
    form = clerk.open_task(case_no, "上传银行流水")
    for text in ("自动入账1笔¥1,000.00", "待认领1笔¥70.00", "“二千”不是金额", "十一月流水.csv"):
        expect(form).to_contain_text(text)
    form.get_by_label("不再上传").check()
    clerk.submit()

    office.await_step(case, "Task_ClaimReceipts")
    colleague = tasklist_as(office.user("finance", 1))
    form = colleague.open_task(case_no, "认领未匹配款项")
    colleague.claim()
    expect(colleague.field("付款人")).to_have_value("某某商贸公司")
    expect(colleague.field("金额")).to_have_value("¥70.00")
    assert_chinese(colleague)
    colleague.pick("认领为", "合同收款")
    colleague.pick("合同", number)
    colleague.submit()
    office.await_end(case, "Event_ReceiptsRecorded")
    assert bank.account(office, number).received == 1070


@pytest.mark.rule("A6", "X2")
def test_finance_enters_one_receipt_by_hand(office: Office, tasklist_as: LogIn) -> None:
    number = bank.running_contract(office)
    case = bank.start(office, "single")
    office.await_step(case, "Task_RecordReceipt")
    clerk = tasklist_as(office.user("finance"))
    clerk.open_task(office.case_no(case), "登记单笔收款")
    clerk.form.get_by_label("合同收款", exact=True).check()
    clerk.pick("合同", number)
    clerk.enter("金额", "3000")
    clerk.date("到账日期", office.today.isoformat())
    clerk.enter("银行流水号", bank.unique("手工"))
    clerk.enter("付款人", "长河水泥股份公司(示例)")
    assert_chinese(clerk)
    clerk.submit()
    office.await_end(case, "Event_ReceiptsRecorded")
    assert bank.account(office, number).received == 3000
