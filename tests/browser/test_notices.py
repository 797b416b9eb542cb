"""What people read when the engine refuses: a Chinese sentence, above a form that keeps what they filled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desktop import Desktop
from tests.process.office import Office

LogIn = Callable[[str], Desktop]
APPROVAL = "Task_ApproveDeclaration"
SUBMIT = "**/submit-form"
ENGLISH = re.compile(r"[A-Za-z]{2,}")
COLLISION = {
    "type": "OptimisticLockingException",
    "message": "ENGINE-03005 Execution of 'UPDATE ExecutionEntity[2b7c]' failed. Entity was updated by another "
    "transaction concurrently.",
    "code": 1,
}
"""The engine's own answer when two strands of a case write at the same moment."""


@pytest.fixture
def manager(office: Office, tasklist_as: LogIn) -> Desktop:
    """The sales manager's window."""
    return tasklist_as(office.user("sales_manager"))


@pytest.fixture
def approval(office: Office, manager: Desktop) -> tuple[str, str]:
    """A declaration that is open in the manager's window: the instance's id, and the task's."""
    case = office.declare()
    task = office.await_step(case, APPROVAL)["id"]
    manager.open_address_of(task)
    return case, task


def fill(manager: Desktop) -> None:
    """Claim the task and fill its form."""
    manager.claim()
    manager.form.get_by_label("退回修改").check()
    manager.enter("意见", "单价太低")


def press(manager: Desktop) -> None:
    """Press 提交."""
    manager.page.get_by_role("button", name="提交", exact=True).click()


def assert_told(manager: Desktop, sentence: str) -> None:
    """The notice says so, in Chinese only."""
    notice = manager.page.locator(".page-notifications .alert-danger")
    expect(notice).to_contain_text(sentence)
    assert not ENGLISH.search(notice.inner_text())


def assert_kept(manager: Desktop) -> None:
    """The form is as it was filled."""
    expect(manager.form.get_by_label("退回修改")).to_be_checked()
    expect(manager.field("意见")).to_have_value("单价太低")


@pytest.mark.rule("X2")
def test_a_collision_with_another_strand_asks_for_a_second_press_which_succeeds(
    office: Office, manager: Desktop, approval: tuple[str, str]
) -> None:
    case, _ = approval
    fill(manager)
    answers = [500]

    def collide_once(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), content_type="application/json", body=json.dumps(COLLISION))
        else:
            route.continue_()

    manager.page.route(SUBMIT, collide_once)
    press(manager)
    assert_told(manager, "请再点一次")
    assert_kept(manager)
    manager.submit()
    office.await_step(case, "Task_FillDeclaration")


@pytest.mark.parametrize("answer", [None, 502, 503])
@pytest.mark.rule("X2")
def test_an_engine_that_is_away_is_told_and_the_form_stays(
    manager: Desktop, approval: tuple[str, str], answer: int | None
) -> None:
    assert approval
    fill(manager)
    manager.page.route(SUBMIT, lambda route: route.fulfill(status=answer) if answer else route.abort())
    press(manager)
    assert_told(manager, "没有收到系统的答复")
    assert_kept(manager)


@pytest.mark.rule("X2")
def test_a_task_that_somebody_else_completed_is_told_and_put_away(
    office: Office, manager: Desktop, approval: tuple[str, str]
) -> None:
    _, task = approval
    fill(manager)
    decide(office, task)
    press(manager)
    assert_told(manager, "任务已经不在了")
    expect(manager.form).to_have_count(0)


@pytest.mark.rule("X2")
def test_a_task_that_somebody_else_completed_cannot_be_claimed_any_more(
    office: Office, manager: Desktop, approval: tuple[str, str]
) -> None:
    _, task = approval
    decide(office, task)
    manager.page.get_by_text("领取", exact=True).click()
    assert_told(manager, "任务已经不在了")


@pytest.mark.rule("X2")
def test_a_task_that_somebody_else_claimed_says_so(
    office: Office, manager: Desktop, approval: tuple[str, str]
) -> None:
    _, task = approval
    office.admin.post(f"/task/{task}/claim", {"userId": office.user("general_manager")})
    manager.page.get_by_text("领取", exact=True).click()
    assert_told(manager, "同事已经领取了这个任务")


@pytest.mark.rule("X2")
def test_a_task_that_was_handed_to_somebody_else_says_so(
    office: Office, manager: Desktop, approval: tuple[str, str]
) -> None:
    _, task = approval
    fill(manager)
    office.admin.post(f"/task/{task}/assignee", {"userId": office.user("general_manager")})
    office.admin.post(f"/task/{task}/identity-links/delete", {"userId": manager.user, "type": "candidate"})
    for right in office.admin.get("/authorization", resourceType=7, resourceId=task, userIdIn=manager.user):
        office.admin.delete(f"/authorization/{right['id']}")
    press(manager)
    assert_told(manager, "没有办理它的权限")
    assert_kept(manager)


@pytest.mark.rule("X2")
def test_a_form_that_is_not_filled_says_where_to_look(manager: Desktop, approval: tuple[str, str]) -> None:
    assert approval
    manager.claim()
    press(manager)
    assert_told(manager, "还没有填好")
    expect(manager.form).to_contain_text("此项必填")


def test_an_error_that_nobody_foresaw_is_framed_in_chinese_with_its_own_words_for_an_administrator(
    manager: Desktop, approval: tuple[str, str]
) -> None:
    assert approval
    fill(manager)
    unforeseen = {
        "type": "RestException",
        "message": "Cannot submit task form: something <b>odd</b>",
        "code": 0,
    }
    manager.page.route(SUBMIT, lambda route: route.fulfill(status=500, json=unforeseen))
    press(manager)
    notice = manager.page.locator(".page-notifications .alert-danger")
    expect(notice).to_contain_text("请把下面的话告诉系统管理员")
    expect(notice).to_contain_text("something <b>odd</b>")
    assert_kept(manager)


def decide(office: Office, task: str) -> None:
    """Somebody else completes the task."""
    form: dict[str, Any] = {"decision": {"value": "approve"}, "comment": {"value": "同意"}}
    office.admin.post(f"/task/{task}/submit-form", {"variables": form})
