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
