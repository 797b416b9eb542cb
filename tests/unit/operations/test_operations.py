"""Operators' commands without an engine: groups, plans, ways out of a diagram, what is refused at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from workers.cli import app
from workers.commands import ops_cancel, ops_options
from workers.engine.client import EngineClient, NotFound
from workers.errors import UserError
from workers.operations import batches, cancelling, migrating, retrying
from workers.operations.cancelling import Target
from workers.operations.finding import Wanted
from workers.operations.incidents import Incident, chosen, groups

ONE = Incident(
    id="i1",
    type="failedExternalTask",
    work="t1",
    topic="ledger.register_contract",
    case="SB-2026-0001",
    process="ContractApprovalProcess",
    activity="Task_Register",
    process_instance="p1",
    since="2026-11-25T10:00:00.000+0800",
    reason="OperationalError: no connection to 10.0.0.7:5432\nmore",
)


def test_reasons_that_differ_only_in_numbers_and_ids_are_one_group() -> None:
    other = replace(
        ONE, id="i2", case="SB-2026-0002", reason="OperationalError: no connection to 10.0.0.8:5432"
    )
    third = replace(ONE, id="i3", topic=None, reason="FeelException: no")
    made = groups([ONE, other, third])
    assert [(one.count, one.place) for one in made] == [
        (2, "ledger.register_contract"),
        (1, "ContractApprovalProcess:Task_Register"),
    ]
    assert made[0].error == "OperationalError: no connection to #"
    assert made[0].cases == ("SB-2026-0001", "SB-2026-0002")


def test_a_choice_by_error_looks_at_the_whole_reason_and_not_at_the_case_of_letters() -> None:
    assert chosen([ONE], error="operationalerror")
    assert chosen([ONE], error="MORE", topic="ledger.register_contract")
    assert not chosen([ONE], error="deadlock")
    assert not chosen([ONE], topic="ledger")


def test_what_has_ended_meanwhile_is_counted_and_does_not_stop_the_others() -> None:
    class Engine:
        put_to: list[str]

        def __init__(self) -> None:
            self.put_to = []

        def put(self, path: str, body: Any) -> None:
            if path.endswith("/t1/retries"):
                raise NotFound(404, "RestException", "gone")
            assert body == {"retries": 4}
            self.put_to.append(path)

    engine = Engine()
    job = replace(ONE, type="failedJob", work="j1")
    done = retrying.retry(cast("EngineClient", engine), [ONE, job])
    assert (done.at_once, done.gone, engine.put_to) == (1, 1, ["/job/j1/retries"])
    assert retrying.retriable([replace(ONE, type="custom")]) == []


def test_a_batch_is_watched_until_nothing_more_happens_by_itself() -> None:
    class Engine:
        completed = 0

        def get(self, *_: Any, **__: Any) -> Any:
            self.completed += 1
            return [{"totalJobs": 3, "completedJobs": min(self.completed // 2, 2), "failedJobs": 1}]

    told: list[batches.Progress] = []
    batches.LOOK_SECONDS, before = 0.001, batches.LOOK_SECONDS
    try:
        ended = batches.follow(cast("EngineClient", Engine()), "b", 3, told.append)
    finally:
        batches.LOOK_SECONDS = before
    assert (ended.failed, len(told)) == (1, 2)


def test_a_search_by_number_and_customer_asks_for_both_and_for_whole_days() -> None:
    body = Wanted(number="SB-1", customer="K1", end="Event_X").query()
    assert [sorted(one) for one in body["orQueries"]] == [
        ["processInstanceBusinessKeyLike", "variables"],
        ["variables"],
    ]
    assert body["executedActivityIdIn"] == ["Event_X"]
    day = ops_options.day("2026-11-25")
    dated = Wanted(ended_from=day, ended_to=day, end="deleted").query()
    assert dated["finishedAfter"] == "2026-11-25T00:00:00.000+0800"
    assert dated["finishedBefore"] == "2026-11-26T00:00:00.000+0800"
    assert dated["externallyTerminated"]


@pytest.mark.parametrize("content", [None, [], {"process": "P"}, {"process": "P", "instructions": "x"}])
def test_what_is_no_plan_is_refused_by_its_field(content: object) -> None:
    with pytest.raises(UserError, match="the plan is wrong"):
        migrating.read(content)


@pytest.mark.rule("X4")
def test_every_diagram_in_which_an_applicant_can_withdraw_can_be_cancelled(root: Path) -> None:
    found = {}
    for path in sorted((root / "bpmn").rglob("*.bpmn")):
        text = path.read_text("utf-8")
        form, withdrawal, _ = cancelling._way_out(text)
        assert ("withdrawRequested" in text) == (form is not None and withdrawal is not None), path.name
        if form:
            found[path.name] = form
    assert "contract_approval.bpmn" in found
    assert len(found) >= 12


def test_a_case_that_cannot_be_withdrawn_is_left_alone_and_the_operator_is_told_what_a_deletion_leaves() -> (
    None
):
    target = Target("SB-2026-0001", "P", "i", None, None)
    plan = ops_cancel._plan(target, delete=False)
    assert (plan["possible"], plan["outcome"]) == (False, "cannot be withdrawn")
    assert "look after them by hand" in " ".join(plan["because"])
    assert ops_cancel._plan(target, delete=True)["possible"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry",),
        ("cancel", "SB-1", "--reason", "  "),
        ("search", "--ended-from", "yesterday"),
        ("migrate", "validate", "/nowhere/plan.yaml"),
    ],
)
def test_wrong_use_is_told_before_anything_is_touched(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["ops", "--var", "/nowhere", *arguments])
    assert isinstance(done.exception, UserError)
