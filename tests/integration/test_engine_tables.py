"""How the engine's database is kept.

History goes by end and time to live, workers fetch along an index, new rows stand together.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from workers.engine.client import EngineClient, EngineRefused, NotFound

PROCESS = """
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="TTL">
    <startEvent id="StartKEY"/>
    <sequenceFlow id="f1KEY" sourceRef="StartKEY" targetRef="TaskKEY"/>
    <serviceTask id="TaskKEY" camunda:type="external" camunda:topic="KEY.enter"/>
    <sequenceFlow id="f2KEY" sourceRef="TaskKEY" targetRef="WaitKEY"/>
    <userTask id="WaitKEY" camunda:candidateGroups="g1"/>
    <sequenceFlow id="f3KEY" sourceRef="WaitKEY" targetRef="EndKEY"/>
    <endEvent id="EndKEY"/>
  </process>"""
DIAGRAM = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">PROCESSES</definitions>'
)


@pytest.fixture
def keys(engine: EngineClient) -> Iterator[tuple[str, str]]:
    """Two processes: history of the first is kept for one day, of the second for thirty."""
    short, long = (f"{name}{uuid4().hex[:8]}" for name in ("short", "long"))
    processes = PROCESS.replace("KEY", short).replace("TTL", "P1D")
    processes += PROCESS.replace("KEY", long).replace("TTL", "P30D")
    deployed = engine.deploy(short, {"test.bpmn": DIAGRAM.replace("PROCESSES", processes).encode()})
    yield short, long
    engine.delete(f"/deployment/{deployed['id']}", cascade=True, skipCustomListeners=True)


def start(engine: EngineClient, key: str) -> str:
    """A case up to its user task, with something of each kind in its history."""
    instance = str(engine.start(key, {"name": "张三", "lines": [{"no": 1}]}, key)["id"])
    [task] = engine.external_tasks(processInstanceId=instance)
    engine.post("/external-task/fetchAndLock", {"workerId": "a", "maxTasks": 1, "topics": [_topic(key)]})
    engine.post(f"/external-task/{task['id']}/complete", {"workerId": "a"})
    [task] = engine.tasks(processInstanceId=instance)
    engine.post(f"/task/{task['id']}/comment/create", {"message": "看过"})
    engine.claim(task["id"], "admin")
    return instance


def _topic(key: str) -> dict[str, object]:
    return {"topicName": f"{key}.enter", "lockDuration": 10000}


def finish(engine: EngineClient, instance: str) -> str:
    [task] = engine.tasks(processInstanceId=instance)
    engine.complete_task(task["id"], {"done": True})
    return instance


def rows(engine_tables: psycopg.Connection, instance: str) -> dict[str, int]:
    """How many rows of each history table belong to a case."""
    columns = engine_tables.execute(
        "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
        " WHERE (table_name LIKE 'act_hi_%' OR table_name = 'act_ge_bytearray')"
        " AND column_name IN ('proc_inst_id_', 'process_instance_id_', 'root_proc_inst_id_') GROUP BY 1"
    ).fetchall()
    counts = {}
    for table, names in columns:
        which = sql.SQL(" OR ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), instance) for name in names
        )
        count = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), which)
        [counts[table]] = engine_tables.execute(count).fetchone() or (0,)
    return {table: count for table, count in counts.items() if count}


def age(engine_tables: psycopg.Connection, *instances: str) -> None:
    """Two days ago."""
    engine_tables.execute(
        "UPDATE act_hi_procinst SET start_time_ = start_time_ - interval '2 days',"
        " end_time_ = end_time_ - interval '2 days' WHERE proc_inst_id_ = ANY(%s)",
        [list(instances)],
    )


def clean(engine: EngineClient, away: str) -> None:
    """Run the cleanup now, and wait until it has taken that case away."""
    engine.post("/history/cleanup", immediatelyDue=True)
    for job in engine.get("/history/cleanup/jobs"):
        with suppress(EngineRefused):  # the engine's own executor has it in hand
            engine.execute_job(job["id"])
    deadline = time.monotonic() + 60
    while engine.history("process-instance", processInstanceId=away):
        assert time.monotonic() < deadline, "the cleanup does not come to an end"
        time.sleep(0.1)


def test_cleanup_goes_by_the_end_of_a_case_and_its_time_to_live(
    engine: EngineClient, engine_tables: psycopg.Connection, keys: tuple[str, str]
) -> None:
    short, long = keys
    old, fresh, kept = (finish(engine, start(engine, key)) for key in (short, short, long))
    open_one = start(engine, short)
    before = rows(engine_tables, old)
    assert {"act_hi_procinst", "act_hi_actinst", "act_hi_taskinst", "act_hi_varinst"} <= set(before)
    assert {"act_hi_detail", "act_hi_identitylink", "act_hi_comment", "act_hi_ext_task_log"} <= set(before)
    written = "SELECT count(*) FROM act_hi_actinst WHERE proc_inst_id_ = %s AND removal_time_ IS NOT NULL"
    assert engine_tables.execute(written, [old]).fetchone() == (0,)
    age(engine_tables, old, kept, open_one)
    others = {one: rows(engine_tables, one) for one in (fresh, kept, open_one)}
    clean(engine, old)
    with pytest.raises(NotFound):
        engine.get(f"/history/process-instance/{old}")
    assert set(rows(engine_tables, old)) <= {
        "act_hi_op_log"
    }  # who did what stays, as with the engine's default
    assert {one: rows(engine_tables, one) for one in others} == others
    finish(engine, open_one)


def test_the_order_in_which_workers_fetch_is_an_index(engine_tables: psycopg.Connection) -> None:
    found = engine_tables.execute(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'act_ru_ext_task'"
    ).fetchall()
    assert [one for (one,) in found if one.endswith("(priority_ DESC, create_time_)")]


def test_ids_grow_with_time_so_that_new_rows_stand_together_in_every_index(
    engine: EngineClient, keys: tuple[str, str]
) -> None:
    ids = []
    for _ in range(3):
        ids.append(start(engine, keys[0]))
        finish(engine, ids[-1])
    assert ids == sorted(ids)
    assert {UUID(one).version for one in ids} == {7}
