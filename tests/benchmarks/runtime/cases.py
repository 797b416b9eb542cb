"""Cases by the hundred thousand: the rows that the engine wrote of one, written again by SQL with ids of their own.

One case is finished, one waits with an external task, one with a person. Each has variables (one is JSON that goes
into the byte arrays), a decision, a timer, a user task with a comment, a claim and offers, and an external task.
Whatever table the engine wrote a row of the case into gets that row for each copy. Copies of the finished one lie in
the past, 90 s apart; removal times stay as our settings leave them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.benchmarks.runtime.bench import Bench
from workers.database.embedded import SUPERUSER

KEY = "growth"
TOPICS = tuple(f"{KEY}.step{place}" for place in range(183))
"""As many as the workers of the product ask for."""
CHUNK = 10_000
ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
SHARED = {"proc_def_id_", "process_def_id_", "dec_def_id_", "dec_req_id_", "deployment_id_", "job_def_id_"}
"""Columns with ids that all cases have in common."""
BELONGS = ("proc_inst_id_", "process_instance_id_", "root_proc_inst_id_")
BESIDE = {
    "act_ge_bytearray": "id_ IN (SELECT bytearray_id_ FROM act_ru_variable WHERE proc_inst_id_ = %(case)s)",
    "act_ru_identitylink": "task_id_ IN (SELECT id_ FROM act_ru_task WHERE proc_inst_id_ = %(case)s)",
}
"""How rows belong to a case that do not name it."""
FIRST = ("act_ge_bytearray", "act_ru_execution", "act_ru_task")
"""Tables that others refer to."""
PAST, NOW = 90_000, 10
"""Milliseconds between two copies."""
TOPIC = sql.SQL("CASE n % 2 WHEN 0 THEN {first} ELSE {prefix} || (n / 2 % {count}) END").format(
    first=TOPICS[0], prefix=f"{KEY}.step", count=len(TOPICS)
)
"""Half of the open tasks in one topic, the others in all of them."""

PROCESS = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="bench">
 <process id="{KEY}" isExecutable="true" camunda:historyTimeToLive="P3650D">
  <startEvent id="Start"/>
  <sequenceFlow id="f1" sourceRef="Start" targetRef="Level"/>
  <businessRuleTask id="Level" camunda:decisionRef="{KEY}_level" camunda:resultVariable="level"
    camunda:mapDecisionResult="singleEntry"/>
  <sequenceFlow id="f2" sourceRef="Level" targetRef="Approve"/>
  <userTask id="Approve" camunda:candidateGroups="sales_manager,general_manager"/>
  <boundaryEvent id="Late" attachedToRef="Approve" cancelActivity="false">
   <timerEventDefinition><timeDuration xsi:type="tFormalExpression"
     xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">P3650D</timeDuration></timerEventDefinition>
  </boundaryEvent>
  <sequenceFlow id="f3" sourceRef="Late" targetRef="EndLate"/>
  <endEvent id="EndLate"/>
  <sequenceFlow id="f4" sourceRef="Approve" targetRef="Register"/>
  <serviceTask id="Register" camunda:type="external" camunda:topic="{TOPICS[0]}"/>
  <sequenceFlow id="f5" sourceRef="Register" targetRef="End"/>
  <endEvent id="End"/>
 </process>
</definitions>"""
DECISION = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
  id="{KEY}_decisions" name="bench" namespace="bench">
 <decision id="{KEY}_level" name="level" camunda:historyTimeToLive="P3650D">
  <decisionTable id="table">
   <input id="in"><inputExpression id="amount" typeRef="long"><text>amount</text></inputExpression></input>
   <output id="out" name="level" typeRef="string"/>
   <rule id="rule"><inputEntry id="any"><text>&gt; 0</text></inputEntry>
    <outputEntry id="high"><text>"high"</text></outputEntry></rule>
  </decisionTable>
 </decision>
</definitions>"""
LINES = [{"no": number, "product": f"产品{number}", "amount": "12800.00"} for number in range(1, 41)]


@dataclass
class Template:
    """The rows of one case, by table in the order in which they may be inserted."""

    rows: list[tuple[str, dict[str, Any]]]
    ids: set[str]
    copies: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Rows a case, by table."""
        return {table: len(list(some)) for table, some in groupby(self.rows, lambda row: row[0])}

    def statements(self, step: int, first: int, last: int) -> Iterator[sql.Composed]:
        """One INSERT for each row; copy n lies n times `step` ms in the past."""
        for table, row in self.rows:
            yield sql.SQL("INSERT INTO {} ({}) SELECT {} FROM generate_series({}, {}) AS n").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(self._value(column, value, step) for column, value in row.items()),
                sql.SQL(str(first)),
                sql.SQL(str(last)),
            )

    def _value(self, column: str, value: Any, step: int) -> sql.Composable:
        if column == "topic_name_":
            return TOPIC
        if column == "business_key_":
            return sql.SQL("'HT-' || n")
        if isinstance(value, datetime):
            return sql.SQL("{} - interval '1 millisecond' * {} * n").format(value, step)
        if not isinstance(value, str) or not self.ids & set(ID.findall(value)):
            return sql.Literal(value)
        parts = [part for part in ID.split(value) if part]
        return sql.SQL(" || ").join(
            _id(part, step) if part in self.ids else sql.Literal(part) for part in parts
        ) + sql.SQL("::text" if len(parts) == 1 else "")


def _id(one: str, step: int) -> sql.Composed:
    """An id for each copy, of the engine's kind: those of version 7 begin with the time, those of version 1 anyhow."""
    if UUID(one).version != 7:
        return sql.SQL("md5({} || n)::uuid").format(one)
    time = sql.SQL("lpad(to_hex({} - n::bigint * {}), 12, '0')").format(int(UUID(one).hex[:12], 16), step)
    return sql.SQL("overlay(md5({} || n) placing {} from 1 for 12)::uuid").format(one, time)


@dataclass
class Cases:
    """An installation that is filled, with a template of each kind."""

    bench: Bench
    finished: Template
    due: Template
    waiting: Template

    @property
    def database(self) -> psycopg.Connection:
        """The engine's."""
        return self.bench.engine_database

    def fill(self, template: Template, count: int, told: Callable[[int], None] = lambda _: None) -> None:
        """Write so many further copies; `told` is called with the number of rows after each statement."""
        step, until = PAST if template is self.finished else NOW, template.copies + count
        while template.copies < until:
            first, last = template.copies + 1, min(template.copies + CHUNK, until)
            with self.database.transaction():
                for statement in template.statements(step, first, last):
                    self.database.execute(statement)
                    told(last - first + 1)
            template.copies = last

    @contextmanager
    def quickly(self) -> Iterator[None]:
        """Fill history without its indexes, which are made again at the end, and with few checkpoints."""
        self._server("ALTER SYSTEM SET max_wal_size = '16GB'", "SELECT pg_reload_conf()")
        found = self.database.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'act_hi_%' AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)"
        ).fetchall()
        for name, _ in found:
            self.database.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        yield
        self.database.execute("SET maintenance_work_mem = '1GB'")
        for _, definition in found:
            self.database.execute(definition)
        self._server("ALTER SYSTEM RESET max_wal_size", "SELECT pg_reload_conf()")

    def due_now(self) -> int:
        """External tasks that wait for a worker."""
        return self._number("SELECT count(*) FROM act_ru_ext_task")

    def written(self) -> int:
        """Bytes that the server has written into its log so far."""
        return self._number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")

    def provide(self, tasks: int) -> None:
        """Have at least so many external tasks."""
        self.fill(self.due, max(0, tasks - self.due_now()))

    def clear(self) -> None:
        """No case, finished or open."""
        history = self.database.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'act_hi_%'"
        ).fetchall()
        tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in history)
        self.database.execute(sql.SQL("TRUNCATE {}, act_ru_execution CASCADE").format(tables))
        self.database.execute("DELETE FROM act_ge_bytearray WHERE deployment_id_ IS NULL")

    def settle(self) -> None:
        """As after a night's rest: vacuumed, analyzed, written out."""
        self.database.execute("VACUUM ANALYZE")
        self._server("CHECKPOINT")

    def _server(self, *statements: LiteralString) -> None:
        """What only the database's administrator may."""
        stack = self.bench.stack
        with psycopg.connect(
            host="127.0.0.1",
            port=stack.settings.database_port,
            user=SUPERUSER,
            password=stack.credentials.password("database", SUPERUSER),
            dbname="engine",
            autocommit=True,
        ) as server:
            for statement in statements:
                server.execute(statement)

    def _number(self, query: LiteralString) -> int:
        row = self.database.execute(query).fetchone()
        return int(row[0]) if row else 0


def templates(bench: Bench) -> Cases:
    """Deploy the process and let the engine write one case of each kind."""
    bench.admin.deploy(KEY, {f"{KEY}.bpmn": PROCESS.encode(), f"{KEY}.dmn": DECISION.encode()})
    waiting, due, finished = (_start(bench) for _ in range(3))
    _approve(bench, due)
    _approve(bench, finished)
    _register(bench, finished)
    read = [_read(bench.engine_database, one) for one in (finished, due, waiting)]
    for instance in (due, waiting):
        bench.admin.delete(f"/process-instance/{instance}")
    return Cases(bench, *read)


def _start(bench: Bench) -> str:
    variables = {
        "customer": "上海某某有限公司",
        "amount": 128000,
        "urgent": False,
        "remark": "交货前电话联系",
        "lines": LINES,
    }
    return str(bench.admin.start(KEY, variables, "HT-2026-00001")["id"])


def _approve(bench: Bench, instance: str) -> None:
    [task] = bench.admin.tasks(processInstanceId=instance)
    bench.admin.post(f"/task/{task['id']}/comment/create", {"message": "同意"})
    bench.admin.claim(task["id"], "admin")
    bench.admin.complete_task(task["id"], {"decision": "approve"})


def _register(bench: Bench, instance: str) -> None:
    """As a worker does it."""
    topic = {"topicName": TOPICS[0], "lockDuration": 60000}
    body = {"workerId": "template", "maxTasks": 10, "topics": [topic]}
    for task in bench.admin.post("/external-task/fetchAndLock", body):
        if task["processInstanceId"] == instance:
            output = {"seen": {"value": 1, "type": "Long"}}
            body = {"workerId": "template", "variables": output}
            bench.admin.post(f"/external-task/{task['id']}/complete", body)
        else:
            bench.admin.post(f"/external-task/{task['id']}/unlock")


def _read(database: psycopg.Connection, instance: str) -> Template:
    rows = list(_rows(database, instance))
    seen = [
        value
        for _, row in rows
        for column, value in row.items()
        if column not in SHARED and isinstance(value, str)
    ]
    return Template(rows, {one for value in seen for one in ID.findall(value)})


def _rows(database: psycopg.Connection, instance: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All rows of a case, referred ones before those that refer to them."""
    tables: dict[str, set[str]] = {}
    columns = database.execute(
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_name ~ '^act_(hi|ru)_' OR table_name = 'act_ge_bytearray'"
    )
    for table, column in columns.fetchall():
        tables.setdefault(table, set()).add(column)
    for table in sorted(tables, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name)):
        conditions = [f"{name} = %(case)s" for name in BELONGS if name in tables[table]]
        conditions += [BESIDE[table]] if table in BESIDE else []
        if not conditions:
            continue
        with database.cursor(row_factory=dict_row) as cursor:
            query = sql.SQL("SELECT * FROM {} WHERE {}").format(
                sql.Identifier(table), sql.SQL(" OR ".join(conditions))
            )
            found = cursor.execute(query, {"case": instance}).fetchall()
        yield from ((table, row) for row in sorted(found, key=lambda row: row.get("parent_id_") or ""))
