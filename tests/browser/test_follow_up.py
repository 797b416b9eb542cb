"""A follow-up call and the complaint that comes of it, in a real browser (V9, W10, K1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.desktop import Desktop
from tests.browser.test_tasklist import assert_chinese
from tests.process.complaints.case import SOLVE, Trouble
from tests.process.follow_up.visit import CONTACT, RESPONSIBLE, Visit
from tests.process.office import Office
from workers import calendar
from workers.database.unit_of_work import UnitOfWork
from workers.follow_up.store import SurveyAnswer

LogIn = Callable[[str], Desktop]


@pytest.mark.rule("V9", "W10", "K1", "X2", "X3", "M5")
def test_the_advisor_calls_enters_the_answers_and_a_complaint_overtakes_everything(
    office: Office, tasklist_as: LogIn
) -> None:
    visit = Visit.of(office, kind="service").start()
    task = visit.reach_the_time()
    advisor = tasklist_as(RESPONSIBLE)
    form = advisor.open_task(visit.number, "联系客户")
    assert_chinese(advisor)
    expect(form).to_contain_text("马文涛")
    expect(form).to_contain_text("微信")
    assert "听得懂" in advisor.field("客户期望", 3).input_value()
    advisor.pick("联系结果", "满意")
    advisor.page.set_viewport_size({"width": 1280, "height": 2000})
    advisor.submit()  # without the answers

    office.await_next(visit.case, CONTACT, task["id"])
    form = advisor.open_task(visit.number, "联系客户")
    expect(form).to_contain_text("请选择客户的回答")
    for number, answer in enumerate(("做到了", "没做到", "部分做到")):
        advisor.pick("客户的回答", answer, number)
    advisor.enter("说明", "没说为什么这么贵", 1)
    advisor.pick("联系结果", "投诉")
    advisor.enter("客户说了什么", "修了三次还在响 <b>不满意</b>")
    advisor.pick("投诉对象", "曹军")
    advisor.submit()
    office.await_end(visit.case, "Event_ComplaintRaised")
    with UnitOfWork(office.app.sessions) as uow:
        query = select(SurveyAnswer).where(SurveyAnswer.follow_up_no == visit.number)
        given = {one.question: (one.answer, one.person) for one in uow.session.scalars(query)}
    assert given == {
        "W3-1": ("yes", RESPONSIBLE),
        "W3-2": ("no", RESPONSIBLE),
        "W9-1": ("partly", RESPONSIBLE),
    }

    number = str(visit.row.complaint_no)
    office.await_step(office.instance("ComplaintProcess", number), "Task_SolveComplaint")
    owner = tasklist_as("dengkai")
    owner.page.reload()
    expect(owner.list.first).to_contain_text("处理投诉")
    form = owner.open_task(number, "处理投诉")
    assert_chinese(owner)
    expect(form).to_contain_text("<b>不满意</b>")
    owner.page.set_viewport_size({"width": 1280, "height": 1500})
    owner.enter("处理结果", "更换了减震器，试车无异响")
    owner.submit()

    other = Visit.of(office).start()  # newer, and for the same person
    other.reach_the_time()
    advisor.page.reload()
    expect(advisor.list.first).to_contain_text("TS-")
    form = advisor.open_task(number, "请客户确认是否解决")
    advisor.claim()
    expect(form).to_contain_text("更换了减震器")
    advisor.pick("客户的答复", "已解决")
    advisor.enter("答复人", "马文涛")
    advisor.date("答复日期", office.today.isoformat())
    advisor.enter("时间", f"{calendar.now():%H:%M}")
    advisor.submit()
    office.await_end(office.instance("ComplaintProcess", number), "Event_ComplaintSolved")
    other.contact("satisfied")
    office.await_end(other.case, "Event_Satisfied")


@pytest.mark.rule("K1", "X2", "X3", "M5")
def test_an_overdue_complaint_reaches_the_service_manager_who_solves_it(
    office: Office, tasklist_as: LogIn
) -> None:
    trouble = Trouble.raised(office)
    before = office.await_step(trouble.case, SOLVE)["id"]
    trouble.fire("Event_SolutionLate")
    office.await_next(trouble.case, SOLVE, before)
    manager = tasklist_as(office.user("service_manager"))
    form = manager.open_task(trouble.number, "处理投诉")
    assert_chinese(manager)
    for text in ("修了三次还在响", "曹军", "邓凯 → 韩斌", "139"):
        expect(form).to_contain_text(text)
    manager.page.get_by_role("button", name="提交", exact=True).click()  # without a word of what was done
    expect(form).to_contain_text("此项必填")
    manager.enter("处理结果", "更换了减震器，试车无异响")
    manager.submit()
    trouble.answer()
    office.await_end(trouble.case, "Event_ComplaintSolved")
    assert trouble.row.owner == manager.user
