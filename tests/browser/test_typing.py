"""Whoever types fast loses nothing: what the engine has is what was typed, on a slow computer too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.process.office import Office

LogIn = Callable[[str], Desktop]
REMARK = "abcdefghijklmnopqrstuvwxyz 分两批交货"
KEY_MS = 25
SLOWER = pytest.mark.parametrize("slower", [1, 6], ids=["fast-computer", "slow-computer"])


@pytest.fixture
def cases(office: Office) -> Iterator[Callable[[str], set[str]]]:
    """The open cases of a process; those that the test began are ended after it."""
    before: dict[str, set[str]] = {}

    def open_cases(process: str) -> set[str]:
        found = office.admin.get("/process-instance", active=True, processDefinitionKey=process)
        ids = {one["id"] for one in found}
        return ids - before.setdefault(process, ids)

    yield open_cases
    for process in before:
        for case in open_cases(process):
            office.admin.delete(f"/process-instance/{case}")


def returned(office: Office) -> tuple[str, str]:
    """A declaration that its applicant has to fill again: the instance's id, and the open task's."""
    case = office.declare()
    office.sign(case, "sales_manager", "return", "改一下")
    return case, office.await_step(case, "Task_FillDeclaration")["id"]


def sent(office: Office, case: str, name: str) -> object:
    """What the engine has of the case under a name; not what its single steps call so."""
    return office.admin.get(f"/process-instance/{case}/variables/{name}", deserializeValue=False)["value"]


def write(desktop: Desktop, label: str, text: str) -> None:
    """Type over what stands in a field, key by key, and stay in it."""
    desktop.field(label).click()
    desktop.page.keyboard.press("Control+a")
    desktop.page.keyboard.type(text, delay=KEY_MS)


@SLOWER
@pytest.mark.rule("C2", "X3")
def test_what_is_typed_right_before_the_click_on_submit_reaches_the_engine(
    office: Office, tasklist_as: LogIn, slower: int
) -> None:
    case, task = returned(office)
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_address_of(task)
    clerk.slow_down(slower)
    write(clerk, "规格", "宽1米")
    write(clerk, "单价", "1,705.25")
    write(clerk, "备注", REMARK)
    clerk.page.get_by_role("button", name="提交", exact=True).click()
    expect(clerk.form).to_have_count(0)
    office.await_step(case, "Task_ApproveDeclaration")
    assert sent(office, case, "remarks") == REMARK
    (line,) = json.loads(str(sent(office, case, "lines")))
    assert (line["specification"], line["unitPrice"]) == ("宽1米", "1705.25")


@pytest.mark.rule("C2", "X3")
def test_a_list_typed_last_is_submitted_by_the_first_click(office: Office, tasklist_as: LogIn) -> None:
    case, task = returned(office)
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_address_of(task)
    clerk.slow_down(6)
    write(clerk, "单价", "705.25")
    clerk.page.get_by_role("button", name="提交", exact=True).click()
    expect(clerk.form).to_have_count(0)
    office.await_step(case, "Task_ApproveDeclaration")
    (line,) = json.loads(str(sent(office, case, "lines")))
    assert line["unitPrice"] == "705.25"


@SLOWER
@pytest.mark.rule("C2", "X3")
def test_a_date_typed_right_before_the_click_on_submit_reaches_the_engine(
    office: Office, tasklist_as: LogIn, slower: int
) -> None:
    case, task = returned(office)
    day = office.workday(60).isoformat()
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_address_of(task)
    clerk.slow_down(slower)
    write(clerk, "交货日期", day.replace("-", "/"))
    clerk.page.get_by_role("button", name="提交", exact=True).click()
    expect(clerk.form).to_have_count(0)
    office.await_step(case, "Task_ApproveDeclaration")
    assert sent(office, case, "deliveryDate") == day


@pytest.mark.rule("C2", "X3")
def test_a_form_that_is_typed_and_submitted_by_keys_alone_reaches_the_engine(
    office: Office, tasklist_as: LogIn
) -> None:
    case, task = returned(office)
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_address_of(task)
    button = clerk.page.get_by_role("button", name="提交", exact=True)
    write(clerk, "备注", REMARK)
    while not button.evaluate("button => button === document.activeElement"):
        clerk.page.keyboard.press("Tab")
    clerk.page.keyboard.press("Enter")
    expect(clerk.form).to_have_count(0)
    office.await_step(case, "Task_ApproveDeclaration")
    assert sent(office, case, "remarks") == REMARK


@SLOWER
@pytest.mark.rule("C2")
def test_a_start_form_is_typed_and_submitted_in_one_go(
    tasklist_as: LogIn, office: Office, cases: Callable[[str], set[str]], slower: int
) -> None:
    cases("ContractApprovalProcess")
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_start_form("合同申报、审批与签订")
    clerk.slow_down(slower)
    write(clerk, "订单意向", REMARK)
    clerk.page.locator(".modal-dialog").get_by_role("button", name="发起", exact=True).click()
    expect(clerk.page.locator(".modal-dialog")).to_have_count(0)
    (case,) = cases("ContractApprovalProcess")
    assert sent(office, case, "orderIntent") == REMARK


@pytest.mark.rule("C1")
def test_enter_in_the_field_that_is_being_typed_submits_what_stands_there(
    tasklist_as: LogIn, office: Office, cases: Callable[[str], set[str]]
) -> None:
    cases("SalesPolicyProcess")
    clerk = tasklist_as(office.user("sales_operations"))
    clerk.open_start_form("销售政策制定与签发")
    write(clerk, "政策名称", REMARK)
    clerk.page.keyboard.press("Enter")
    expect(clerk.page.locator(".modal-dialog")).to_have_count(0)
    (case,) = cases("SalesPolicyProcess")
    assert sent(office, case, "title") == REMARK
