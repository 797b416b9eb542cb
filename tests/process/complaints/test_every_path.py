"""Every sequence flow of the complaint is walked on the real engine (K1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.process.complaints.case import (
    AGAINST,
    CONFIRM,
    OWNER,
    SOLVE,
    TAKE,
    TAKER,
    TRACK,
    Trouble,
    close_to,
)
from tests.process.follow_up.visit import new_phone, notices
from tests.process.office import Office
from tests.process.paths import all_flows, taken
from tests.process.phones import phones_now, whole_phones
from workers import calendar, cases
from workers.complaints.store import ComplaintAnswer, ComplaintSolution
from workers.database.unit_of_work import UnitOfWork
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn/complaints/complaint.bpmn"
WALKED: set[str] = set()


def note(trouble: Trouble) -> None:
    """Remember the flows that the case took."""
    WALKED.update(taken(DIAGRAM, trouble.office.passed(trouble.case)))


def as_admin(office: Office, case: str, step: str, form: dict[str, str]) -> None:
    """Somebody sends a form whose task is not theirs, and it comes back."""
    task = office.await_step(case, step)
    sent = {name: {"value": value, "type": "String"} for name, value in form.items()}
    office.admin.post(f"/task/{task['id']}/submit-form", {"variables": sent})
    office.await_next(case, step, task["id"])


@pytest.mark.rule("K1")
def test_a_complaint_ends_only_when_the_customer_says_to_somebody_else_that_it_is_solved(
    office: Office,
) -> None:
    trouble = Trouble.raised(office)
    task = office.await_step(trouble.case, SOLVE)
    assert (task["assignee"], task["priority"]) == (OWNER, 100)
    told = notices(office, f"complaint:{trouble.number}")
    customer = next(one for one in told if one.recipient == trouble.row.customer_no)
    assert "邓凯" in customer.body  # who looks after it
    assert "韩斌" in customer.body  # whom to tell if that does not help
    assert any(one.recipient == OWNER for one in told)
    shown = trouble.solve()
    assert (shown["againstName"], shown["ownerName"]) == ("曹军", "邓凯")

    confirm = office.await_step(trouble.case, CONFIRM)
    assert confirm["priority"] == 100
    offered = {one["userId"] for one in office.admin.identity_links(confirm["id"])}
    assert {OWNER, AGAINST}.isdisjoint(offered)
    as_admin(office, trouble.case, CONFIRM, {"customerAnswer": "solved", "answeredBy": "钱多"})
    shown = trouble.answer("not_solved", answerNote="过减速带还在响")
    assert "只有销售、服务人员" in shown["formErrors"][0]["message"]

    office.await_next(trouble.case, SOLVE, task["id"])
    shown = trouble.solve("又更换了平衡杆胶套")
    assert "过减速带还在响" in shown["solutions"][0]["answer"]
    trouble.answer("unreachable", answeredBy=None, answeredAt=None, answerNote=None)
    again = office.app.hours.add(calendar.now(), 4)
    assert close_to(trouble.timer("Event_AskAgainTime"), again)
    assert phones_now(office, trouble.case) == set()
    trouble.fire("Event_AskAgainTime")
    trouble.answer("solved", user="zhaolei")
    office.await_end(trouble.case, "Event_ComplaintSolved")
    note(trouble)

    row = trouble.row
    assert row.state == "solved"
    with UnitOfWork(office.app.sessions) as uow:
        query = (
            select(ComplaintAnswer)
            .join(ComplaintSolution, ComplaintSolution.id == ComplaintAnswer.solution_id)
            .where(ComplaintSolution.number == trouble.number)
            .order_by(ComplaintAnswer.id)
        )
        words = list(uow.session.scalars(query))
        assert cases.find(uow.session, trouble.number).state == cases.CLOSED
    assert [one.answer for one in words] == ["not_solved", "unreachable", "solved"]
    assert (words[-1].said_by, words[-1].recorded_by) == ("钱多", "zhaolei")
    assert words[-1].said_at is not None


@pytest.mark.rule("K1", "X2")
def test_a_late_complaint_passes_to_the_superior_and_further_up(office: Office) -> None:
    trouble = Trouble.raised(office)
    ruling = office.policy()
    assert ruling is not None
    hours = ruling.document.deadlines["solve_complaint"]
    for owner in ("hanbin", "lihaitao"):
        task = office.await_step(trouble.case, SOLVE)
        due = office.app.hours.add(calendar.now(), hours)
        assert close_to(trouble.timer("Event_SolutionLate"), due)
        trouble.fire("Event_SolutionLate")
        task = office.await_next(trouble.case, SOLVE, task["id"])
        assert (task["assignee"], task["priority"]) == (owner, 100)
    assert trouble.row.escalations == 2
    told = notices(office, f"complaint:{trouble.number}")
    assert {"hanbin", "lihaitao", OWNER} <= {one.recipient for one in told}
    trouble.solve(" ", user="lihaitao")
    shown = trouble.solve(user="lihaitao")
    assert "处理结果" in shown["formErrors"][0]["message"]
    trouble.answer()
    office.await_end(trouble.case, "Event_ComplaintSolved")
    note(trouble)


@pytest.mark.rule("K1", "X1", "X3", "M5")
def test_a_call_is_put_right_before_it_is_assigned(office: Office) -> None:
    trouble = Trouble.by_phone(office, complainantPhone="12")
    desk = office.desk_of(TAKER)
    task = desk.await_task(trouble.case, TAKE)
    assert (task["assignee"], task["priority"]) == (TAKER, 100)
    shown = desk.form(task)
    assert "不是有效的电话号码" in shown["formErrors"][0]["message"]
    form = {name: shown[name] for name in ("complainantName", "complaintText")}
    phone = new_phone()
    desk.complete(task, {**form, "complainantPhone": phone, "aboutCaseNo": "WX-1999-0001"})
    office.await_next(trouble.case, TAKE, task["id"])
    shown = desk.do(
        trouble.case,
        TAKE,
        {**form, "complainantPhone": phone, "aboutCaseNo": None, "complaintAgainst": "fengli"},
    )
    assert "没有WX-1999-0001" in shown["formErrors"][0]["message"]
    task = office.await_step(trouble.case, SOLVE)
    assert task["assignee"] == "hanbin"  # the superior of whom it is about
    trouble.solve(user="hanbin")
    trouble.answer(user="zhaolei")
    office.await_end(trouble.case, "Event_ComplaintSolved")
    note(trouble)


@pytest.mark.rule("K1", "X4")
def test_what_was_entered_by_mistake_is_withdrawn_with_a_reason_and_the_customer_hears_of_it(
    office: Office,
) -> None:
    trouble = Trouble.by_phone(office)
    office.await_step(trouble.case, SOLVE)
    desk = office.desk_of(TAKER)
    task = desk.await_task(trouble.case, TRACK)
    desk.complete(task, {"withdrawRequested": True, "withdrawReason": ""})
    office.await_next(trouble.case, TRACK, task["id"])
    shown = desk.do(trouble.case, TRACK, {"withdrawRequested": True, "withdrawReason": "客户打错电话"})
    assert "撤回理由" in shown["withdrawErrors"][0]["message"]
    office.await_end(trouble.case, "Event_Withdrawn")
    note(trouble)
    assert trouble.row.state == "withdrawn"
    number = trouble.row.number
    told = [one for one in notices(office, f"complaint:{number}:") if "withdrawn" in one.event_key]
    assert {one.recipient for one in told} == {trouble.row.customer_no, "hanbin"}


@pytest.mark.rule("K1", "X4")
def test_a_complaint_cannot_be_made_to_disappear(office: Office) -> None:
    trouble = Trouble.raised(office, against=TAKER)
    owner = str(office.await_step(trouble.case, SOLVE)["assignee"])
    desk = office.desk_of(TAKER)
    form = {"withdrawRequested": True, "withdrawReason": "没有的事"}
    task = desk.await_task(trouble.case, TRACK)
    desk.complete(task, form)
    office.await_next(trouble.case, TRACK, task["id"])
    shown = desk.form(desk.await_task(trouble.case, TRACK))
    assert "投诉对象不能撤回" in shown["withdrawErrors"][0]["message"]
    trouble.solve(user=owner)
    office.await_step(trouble.case, CONFIRM)
    trouble.answer(user="zhaolei")
    office.await_end(trouble.case, "Event_ComplaintSolved")

    solved = Trouble.by_phone(office)
    office.await_step(solved.case, SOLVE)
    solved.solve(user="hanbin")
    office.await_step(solved.case, CONFIRM)
    task = desk.await_task(solved.case, TRACK)
    desk.complete(task, form)
    office.await_next(solved.case, TRACK, task["id"])
    shown = desk.form(desk.await_task(solved.case, TRACK))
    assert "只能由客户确认后结案" in shown["withdrawErrors"][0]["message"]
    solved.answer()
    office.await_end(solved.case, "Event_ComplaintSolved")


@pytest.mark.rule("X1", "X3")
def test_a_complaint_is_started_by_command_and_wrong_data_starts_nothing(
    office: Office, salesflow: Any, tmp_path: Path
) -> None:
    path = tmp_path / "complaint.yaml"
    good = {
        "applicant": TAKER,
        "complainantPhone": new_phone(),
        "complainantName": "孙丽",
        "complaintText": "等了两个小时",
    }
    path.write_text(
        "\n".join(f'{name}: "{value}"' for name, value in (good | {"complainantPhone": "1"}).items()), "utf-8"
    )
    refused = salesflow("start", "ComplaintProcess", path)
    assert refused.returncode == 1
    assert "不是有效的电话号码" in refused.stderr
    path.write_text("\n".join(f'{name}: "{value}"' for name, value in good.items()), "utf-8")
    started = salesflow("start", "ComplaintProcess", path)
    assert started.returncode == 0, started.stderr
    number = started.stdout.split()[-1]
    trouble = Trouble(office, office.instance("ComplaintProcess", number), number)
    office.await_step(trouble.case, SOLVE)
    assert trouble.row.raised_by == TAKER
    trouble.settle()
    note(trouble)


@pytest.mark.rule("K1")
def test_complaints_stand_above_everything_else_in_tasklist(office: Office) -> None:
    trouble = Trouble.raised(office)
    office.await_step(trouble.case, SOLVE)
    owner = office.desk_of(OWNER)
    for item in owner.engine.get("/filter", resourceType="Task"):
        assert item["query"]["sorting"][0] == {
            "sortBy": "priority",
            "sortOrder": "desc",
            **{name: None for name in item["query"]["sorting"][0] if name not in ("sortBy", "sortOrder")},
        }
        if item["name"] == "全部待办":
            first = owner.engine.get(f"/filter/{item['id']}/list")[0]
            assert first["priority"] == 100
    trouble.settle()


def test_the_cases_above_have_walked_every_flow() -> None:
    assert all_flows(DIAGRAM) - WALKED == set()


@pytest.mark.rule("M5")
def test_the_engine_keeps_no_whole_phone_of_a_case_that_has_ended(office: Office) -> None:
    assert whole_phones(office, "ComplaintProcess") == set()
