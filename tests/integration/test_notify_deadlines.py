"""Deadlines of real tasks in a real engine, notices in the real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.engine.client import EngineClient
from workers.engine.identity import sync_identity
from workers.notify import Notification, watch_deadlines
from workers.org import directory, load

ORG = load(Path(__file__).parents[2] / "config" / "org.yaml")
SCHEMA = "test_deadlines"
DUE = datetime(2020, 3, 4, 15, 0, tzinfo=SHANGHAI)  # a Wednesday long before any other test's deadlines
PROBE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    targetNamespace="probe">
  <process id="DeadlineProbe" name="试验" isExecutable="true" camunda:historyTimeToLive="1">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task"/>
    <userTask id="Task" name="审批合同申报" camunda:candidateUsers="${who}" camunda:dueDate="${due}"/>
  </process>
</definitions>
"""
LINK = "http://127.0.0.1/camunda/app/tasklist/default"


@pytest.fixture
def session(stack: Any) -> Iterator[Session]:
    """A schema of our own, away from the stack's outbox."""
    options = {"options": f"-csearch_path={SCHEMA}"}
    engine = create_engine(stack.database_url, connect_args=options)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    Notification.__table__.create(engine)  # type: ignore[attr-defined]
    with Session(engine) as session:
        yield session
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    engine.dispose()


@pytest.fixture
def admin(stack: Any) -> Iterator[EngineClient]:
    """The administrator, with the probe deployed for the time of the test."""
    with EngineClient(stack.engine_url, "admin", stack.credentials.password("engine", "admin")) as client:
        sync_identity(client, directory(ORG, date.today()), stack.credentials)  # noqa: DTZ011
        deployment = client.deploy("deadline-probe", {"probe.bpmn": PROBE.encode()}, source="test")["id"]
        yield client
        client.delete(f"/deployment/{deployment}", cascade=True)


@pytest.fixture
def worker(stack: Any) -> Iterator[EngineClient]:
    """The workers' own account, as housekeeping uses it."""
    password = stack.credentials.password("engine", "salesflow")
    with EngineClient(stack.engine_url, "salesflow", password) as client:
        yield client


def _open_task(admin: EngineClient, who: str) -> str:
    instance = admin.start("DeadlineProbe", {"who": who, "due": DUE}, "SB-2020-0001")["id"]
    (task,) = admin.tasks(processInstanceId=instance)
    return str(task["id"])


def _look(worker: EngineClient, session: Session, now: datetime) -> list[tuple[str, str]]:
    """Look twice, as two passes of housekeeping would; everything told so far."""
    for _ in range(2):
        watch_deadlines(session, worker, ORG, now, tasklist_url=LINK)
        session.commit()
    rows = session.scalars(select(Notification).order_by(Notification.id))
    return [(row.recipient, row.subject) for row in rows]


@pytest.mark.rule("X2")
def test_a_reminder_before_the_deadline_a_notice_to_the_superior_after_it_and_the_signature_stays(
    admin: EngineClient, worker: EngineClient, session: Session
) -> None:
    task = _open_task(admin, "zhangwei")
    subject = "审批合同申报(SB-2020-0001)"
    # four working hours before 15:00 are 9:30: the lunch break does not count
    assert _look(worker, session, DUE.replace(hour=9, minute=29)) == []
    reminded = [("zhangwei", f"任务即将到期:{subject}")]
    assert _look(worker, session, DUE.replace(hour=9, minute=31)) == reminded
    assert worker.get(f"/task/{task}")["priority"] == 50

    before = worker.identity_links(task)
    told = [*reminded, ("lihaitao", f"任务已逾期:{subject}")]
    assert _look(worker, session, DUE + timedelta(minutes=1)) == told
    assert _look(worker, session, DUE + timedelta(days=1)) == told
    overdue = worker.get(f"/task/{task}")
    assert overdue["priority"] == 75
    assert overdue["assignee"] is None
    assert datetime.fromisoformat(overdue["due"]) == DUE
    assert worker.identity_links(task) == before
    (body,) = session.scalars(select(Notification.body).where(Notification.recipient == "lihaitao"))
    assert "张伟" in body
    assert f"{LINK}/#/?task={task}" in body


@pytest.mark.rule("X2")
def test_the_general_manager_who_has_nobody_above_is_reminded_again_the_next_working_day(
    admin: EngineClient, worker: EngineClient, session: Session
) -> None:
    _open_task(admin, "wangjianguo")
    again = ("wangjianguo", "任务已逾期:审批合同申报(SB-2020-0001)")
    assert _look(worker, session, DUE + timedelta(minutes=1)) == [again]
    assert _look(worker, session, DUE + timedelta(days=1)) == [again] * 2
