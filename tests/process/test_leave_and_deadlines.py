"""Leave moves a signature, a missed deadline never does (X2); both while the case runs on the real engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.process.office import Leave, Office
from workers import calendar, notify
from workers.calendar import SHANGHAI, WorkingHours
from workers.database.unit_of_work import UnitOfWork
from workers.notify import Notification
from workers.org import release_tasks


@pytest.mark.rule("C2", "X2", "X5")
def test_leave_moves_an_open_signature_to_the_substitute_and_the_record_says_for_whom(
    office: Office, leave: Leave
) -> None:
    case = office.declare()
    manager, deputy = office.user("sales_manager"), "lihaitao"
    office.await_step(case, "Task_ApproveDeclaration")
    assert office.desk_of(deputy).open_tasks(case) == []

    leave(manager, deputy)
    assert office.desk_of(manager).open_tasks(case) == []
    form = {"decision": "approve", "comment": "代为审签"}
    office.desk_of(deputy).do(case, "Task_ApproveDeclaration", form)

    signer = office.desk_of(office.user("general_manager"))
    shown = signer.form(signer.await_task(case, "Task_ApproveDeclaration"))["caseHistory"]
    signature = next(row for row in shown if row["comment"] == "代为审签")
    assert "李海涛" in signature["who"]
    assert "张伟" in signature["who"]
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("C2", "X2", "X5")
def test_leave_moves_what_only_the_applicant_had_to_the_substitute_who_does_not_sign_it_and_back(
    office: Office, leave: Leave
) -> None:
    case = office.declare()
    office.sign(case, "sales_manager", "return", "请核对单价")
    applicant, manager, deputy = office.user("sales_operations"), office.user("sales_manager"), "lihaitao"
    office.await_step(case, "Task_FillDeclaration")
    assert office.desk_of(manager).open_tasks(case) == []

    leave(applicant, manager)
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    for step in ("Task_FillDeclaration", "Task_TrackCase"):
        assert office.await_step(case, step)["assignee"] == manager
    shown = office.desk_of(manager).do(case, "Task_FillDeclaration", office.declaration())
    assert "请核对单价" in shown["returnComment"]
    office.desk_of(deputy).await_task(case, "Task_ApproveDeclaration")  # what the manager filled in

    leave("caojun", "shilei")  # the leave before has ended
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    assert office.await_step(case, "Task_TrackCase")["assignee"] == applicant
    assert office.desk_of(manager).open_tasks(case) == []
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X2", "X4")
def test_the_substitute_withdraws_for_an_applicant_who_is_away(office: Office, leave: Leave) -> None:
    case, substitute = office.open(), "liuyang"
    office.await_step(case, "Task_TrackCase")
    leave(office.user("sales_operations"), substitute)
    release_tasks(office.app.engine, office.app.org.current(), office.today)
    form = {"withdrawRequested": True, "withdrawReason": "客户取消了订单"}
    office.desk_of(substitute).do(case, "Task_TrackCase", form)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X2")
def test_a_missed_deadline_tells_the_superior_once_and_raises_the_priority_but_moves_nothing(
    office: Office,
) -> None:
    case = office.declare()
    task = office.await_step(case, "Task_ApproveDeclaration")
    candidates = office.admin.identity_links(task["id"])
    late = calendar.now() + timedelta(days=30)
    for _ in range(2):
        with UnitOfWork(office.app.sessions) as uow:
            notify.watch_deadlines(
                uow.session,
                office.app.engine,
                office.app.org.current(),
                late,
                tasklist_url=office.app.endpoints.tasklist_url,
            )
    assert office.admin.get(f"/task/{task['id']}")["priority"] == 75
    assert office.admin.identity_links(task["id"]) == candidates
    with UnitOfWork(office.app.sessions) as uow:
        told = [
            one.recipient
            for one in uow.session.scalars(select(Notification))
            if task["id"] in one.event_key and one.recipient == "lihaitao"
        ]
    assert told == ["lihaitao"]
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")


@pytest.mark.rule("X2")
def test_every_open_task_is_due_within_working_hours(office: Office) -> None:
    case = office.declare()
    task = office.await_step(case, "Task_ApproveDeclaration")
    due = calendar.datetime.strptime(task["due"], "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(SHANGHAI)
    hours = WorkingHours()
    assert calendar.is_working_day(due.date())
    assert hours.start <= due.time() <= hours.end
    office.withdraw(case)
    office.await_end(case, "Event_Withdrawn")
