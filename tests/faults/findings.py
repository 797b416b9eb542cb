"""What is looked at afterwards, in both databases: nothing done twice, nothing lost, nothing left hanging."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
from psycopg import sql

from tests.faults.faults import Injected
from tests.faults.ground import Ground
from workers import ledger
from workers.database.unit_of_work import UnitOfWork
from workers.registry import all_tasks

KEYS = ("case_no", "contract_no", "declaration_no", "document_no", "business_key", "number")
"""Columns that name a case or its contract, in whatever table."""
Fingerprint = Mapping[str, int]
"""Rows by table and column (and what the engine holds): what one case has left behind."""

REDELIVERED = "task was done before, its output is sent again"


def numbers_of(ground: Ground, instances: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The numbers of each case: its own and its contract's, by the id of its process instance."""
    with ground.database("engine") as engine, ground.database("salesflow") as books:
        keys = dict(
            engine.execute(
                "SELECT id_, business_key_ FROM act_hi_procinst WHERE id_ = ANY(%s)", [list(instances)]
            ).fetchall()
        )
        contracts = dict(
            books.execute(
                "SELECT case_no, contract_no FROM contracts_drawn WHERE case_no = ANY(%s)",
                [list(filter(None, keys.values()))],
            ).fetchall()
        )
    return {instance: tuple(filter(None, (key, contracts.get(key)))) for instance, key in keys.items() if key}


def fingerprints(ground: Ground, numbers: Mapping[str, tuple[str, ...]]) -> dict[str, Fingerprint]:
    """What each case has left behind, by its instance's id."""
    owner = {number: instance for instance, those in numbers.items() for number in those}
    found: dict[str, Counter[str]] = {instance: Counter() for instance in numbers}
    with ground.database("salesflow") as books:
        for table, column in _columns(books):
            counted = books.execute(
                sql.SQL("SELECT {0}, count(*) FROM {1} WHERE {0} = ANY(%s) GROUP BY {0}").format(
                    sql.Identifier(column), sql.Identifier(table)
                ),
                [list(owner)],
            )
            for number, rows in counted:
                found[owner[number]][f"{table}.{column}"] += rows
        _notices(books, owner, found)
    with ground.database("engine") as engine:
        counted = engine.execute(
            "SELECT business_key_, proc_def_key_, count(*) FROM act_hi_procinst "
            "WHERE business_key_ = ANY(%s) GROUP BY 1, 2",
            [list(owner)],
        )
        for number, process, rows in counted:
            found[owner[number]][f"instances of {process}"] += rows
    return found


def _columns(books: psycopg.Connection) -> list[tuple[str, str]]:
    return books.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
        "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
        "AND c.column_name = ANY(%s) AND c.data_type IN ('text', 'character varying') ORDER BY 1, 2",
        [list(KEYS)],
    ).fetchall()


def _notices(books: psycopg.Connection, owner: Mapping[str, str], found: dict[str, Counter[str]]) -> None:
    """Notices name the case within their event's key."""
    for key, recipient, text in books.execute(
        "SELECT event_key, recipient, subject || body FROM notifications"
    ):
        for number, instance in owner.items():
            if number in key or number in text:
                found[instance][f"notices to {recipient}"] += 1
                break


def still_open(ground: Ground, instances: Sequence[str]) -> list[str]:
    """What is not done yet: external tasks, those of the instances that run without an incident, unread signals."""
    with ground.database("engine") as engine:
        found = engine.execute(
            "SELECT 'external task ' || topic_name_ || ' ' || id_ FROM act_ru_ext_task "
            "WHERE retries_ IS NULL OR retries_ > 0 "
            "UNION ALL SELECT 'instance of ' || proc_def_key_ || ' ' || id_ FROM act_hi_procinst i "
            "WHERE id_ = ANY(%s) AND end_time_ IS NULL "
            "AND NOT EXISTS (SELECT FROM act_ru_incident WHERE proc_inst_id_ = i.id_)",
            [list(instances)],
        ).fetchall()
    with ground.database("salesflow") as books:
        found += books.execute(
            "SELECT 'unread signal ' || message || ' to ' || business_key || ' of ' || fact FROM signals "
            "WHERE read_at IS NULL"
        ).fetchall()
    return [what for (what,) in found]


def lost_and_orphaned(ground: Ground) -> tuple[list[str], list[str]]:
    """Tasks that the engine counts as done without an effect here; effects whose task was never completed."""
    with ground.database("engine") as engine:
        logged = engine.execute(
            "SELECT ext_task_id_, topic_name_ FROM act_hi_ext_task_log WHERE state_ = 2"
        ).fetchall()
        open_now = {row[0] for row in engine.execute("SELECT id_ FROM act_ru_ext_task").fetchall()}
    with ground.database("salesflow") as books:
        done = dict(books.execute("SELECT task_id, output FROM task_executions").fetchall())
    completed = dict(logged)
    writing = {
        topic for topic, task in all_tasks().items() if task.writes
    }  # the others have no effect to lose
    lost = [f"{topic} {task}" for task, topic in completed.items() if topic in writing and not done.get(task)]
    orphaned = [task for task in done if task not in completed and task not in open_now]
    return lost, orphaned


def tasks_run(ground: Ground) -> tuple[int, int]:
    """External tasks completed, and failures reported, since the installation began."""
    with ground.database("engine") as engine:
        rows = dict(
            engine.execute("SELECT state_, count(*) FROM act_hi_ext_task_log GROUP BY state_").fetchall()
        )
    return int(rows.get(2, 0)), int(rows.get(1, 0))


def redelivered(ground: Ground) -> int:
    """How often a worker was given a task whose effect stood already, and sent its stored output."""
    return sum(log.read_text("utf-8", "replace").count(REDELIVERED) for log in ground.logs())


def incidents(ground: Ground) -> list[str]:
    """Open incidents with their reasons."""
    with ground.database("engine") as engine:
        rows = engine.execute(
            "SELECT incident_type_, activity_id_, incident_msg_ FROM act_ru_incident "
            "WHERE id_ = root_cause_incident_id_"
        ).fetchall()
    return [f"{kind} at {activity}: {message or ''}" for kind, activity, message in rows]


def recoveries(ground: Ground, injected: Sequence[Injected]) -> dict[str, float]:
    """For each kind of fault the longest time, in seconds, until every task that was open as it struck was done.

    Counted from the moment at which its cause was over: a fault that lasts a minute is not the workers' slowness.
    """
    found: dict[str, float] = {}
    with ground.database("engine") as engine:
        for one in injected:
            row = engine.execute(
                "SELECT max(d.timestamp_) FROM act_hi_ext_task_log c JOIN act_hi_ext_task_log d "
                "USING (ext_task_id_) WHERE c.state_ = 0 AND d.state_ = 2 "
                "AND c.timestamp_ <= %(at)s AND d.timestamp_ > %(at)s",
                {"at": _local(one.at)},
            ).fetchone()
            if row and row[0]:
                seconds = (row[0] - _local(one.over)).total_seconds()
                found[one.kind] = max(found.get(one.kind, 0.0), seconds)
    return found


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)  # workers.calendar speaks Asia/Shanghai, as the engine's JVM does


def books_findings(ground: Ground) -> list[str]:
    """What `salesflow ledger verify` finds."""
    with UnitOfWork(ground.app.sessions) as uow:
        return [str(one) for one in ledger.verify(uow.session)]


def hanging(ground: Ground, seconds: int = 60) -> list[str]:
    """Transactions that have been open for so long, and workers that are silent."""
    with ground.superuser() as connection:
        rows = connection.execute(
            "SELECT usename, state, query FROM pg_stat_activity "
            "WHERE xact_start < now() - make_interval(secs => %s) AND usename IN ('salesflow', 'engine')",
            [seconds],
        ).fetchall()
    found = [f"a transaction of {user} is open ({state}): {query[:80]}" for user, state, query in rows]
    expected = sum(child.name.startswith("worker") for child in ground.stack.children())
    deadline = time.monotonic() + 60
    while (living := ground.living_workers()) < expected and time.monotonic() < deadline:
        time.sleep(0.5)
    if living < expected:
        found.append(f"{expected - living} of {expected} workers say nothing")
    return found
