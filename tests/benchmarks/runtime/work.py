"""The work: process instances of one external task, or of five in a row, in topics that no other run has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from uuid import uuid4

from tests.benchmarks.runtime.bench import Bench

STARTERS = 8


@dataclass(frozen=True)
class Work:
    """What is done in one run."""

    name: str
    steps: int
    handler: str

    @property
    def title(self) -> str:
        """As the table has it."""
        what = "one ledger entry" if self.handler == "ledger" else "empty handler"
        return f"{self.steps} task{'s' if self.steps > 1 else ''} an instance, {what}"


WORKS = {
    one.name: one
    for one in (Work("single", 1, "empty"), Work("five", 5, "empty"), Work("ledger", 1, "ledger"))
}


@dataclass(frozen=True)
class Batch:
    """Instances that wait for a worker."""

    key: str
    topics: tuple[str, ...]
    instances: int

    @property
    def tasks(self) -> int:
        """External tasks until all instances have ended."""
        return self.instances * len(self.topics)


def diagram(key: str, topics: tuple[str, ...]) -> str:
    """External tasks in a row."""
    tasks = "".join(
        f'<serviceTask id="T{place}" camunda:type="external" camunda:topic="{topic}"/>'
        for place, topic in enumerate(topics)
    )
    nodes = ["Start", *(f"T{place}" for place in range(len(topics))), "End"]
    flows = "".join(
        f'<sequenceFlow id="f{place}" sourceRef="{source}" targetRef="{target}"/>'
        for place, (source, target) in enumerate(pairwise(nodes))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="bench">'
        f'<process id="{key}" isExecutable="true" camunda:historyTimeToLive="P3650D">'
        f'<startEvent id="Start"/>{tasks}<endEvent id="End"/>{flows}</process></definitions>'
    )


def deploy(bench: Bench, steps: int) -> Batch:
    """A process with topics of its own."""
    key = f"bench{uuid4().hex[:10]}"
    topics = tuple(f"{key}.step{place}" for place in range(steps))
    bench.admin.deploy(key, {f"{key}.bpmn": diagram(key, topics).encode()})
    return Batch(key, topics, 0)


def prepare(bench: Bench, work: Work, instances: int) -> Batch:
    """Deploy it and start the instances."""
    empty = deploy(bench, work.steps)
    path = f"/process-definition/key/{empty.key}/start"
    with ThreadPoolExecutor(STARTERS) as pool:
        list(pool.map(lambda _: bench.admin.post(path, {}), range(instances)))
    return Batch(empty.key, empty.topics, instances)


def remaining(bench: Bench, batch: Batch) -> int:
    """Tasks until all instances have ended."""
    row = bench.engine_database.execute(
        "SELECT coalesce(sum(%s - array_position(%s::text[], topic_name_::text) + 1), 0) FROM act_ru_ext_task"
        " WHERE topic_name_ = ANY(%s)",
        [len(batch.topics), list(batch.topics), list(batch.topics)],
    ).fetchone()
    return int(row[0]) if row else 0
