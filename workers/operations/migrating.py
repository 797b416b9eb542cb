"""Move running cases to another version of their process, by a plan that a person reads and edits first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.engine.client import EngineClient, EngineRefused
from workers.errors import UserError

AT_ONCE = 20
"""Up to so many cases move within the call, all or none; more become a batch, each by itself."""


class Instruction(BaseModel):
    """Cases that stand at `source` stand at `target` afterwards."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    update_event_trigger: bool = False
    """Of a timer or message: take the new diagram's time or name, instead of keeping the old one."""


class Plan(BaseModel):
    """The plan file."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    process: str
    from_version: int
    to_version: int
    instructions: list[Instruction]


@dataclass(frozen=True)
class Checked:
    """A plan against the engine: the ids of both versions, and how many cases it concerns."""

    plan: Plan
    source: str
    target: str
    cases: int
    findings: list[str] = field(default_factory=list)
    """What is wrong with the plan itself."""
    standing: list[str] = field(default_factory=list)
    """The steps at which cases stand that cannot be moved."""

    @property
    def body(self) -> dict[str, Any]:
        """The plan as the engine takes it."""
        return {
            "sourceProcessDefinitionId": self.source,
            "targetProcessDefinitionId": self.target,
            "instructions": [
                {
                    "sourceActivityIds": [one.source],
                    "targetActivityIds": [one.target],
                    "updateEventTrigger": one.update_event_trigger,
                }
                for one in self.plan.instructions
            ],
        }


def read(content: object) -> Plan:
    """A plan from its file's content. Raises UserError that names the field."""
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UserError(f"the plan is wrong: {wrong}") from error


def generate(
    client: EngineClient, process: str, source: int, target: int | None
) -> tuple[Plan, dict[str, int]]:
    """The plan that the engine proposes, and where cases stand that it does not move, with their numbers.

    Raises UserError when a version does not exist; `target` None is the newest.
    """
    old, new = definition(client, process, source), definition(client, process, target)
    if old["version"] == new["version"]:
        raise UserError(f"{process} {old['version']} is the target itself: there is nothing to migrate")
    made = client.post(
        "/migration/generate",
        {
            "sourceProcessDefinitionId": old["id"],
            "targetProcessDefinitionId": new["id"],
            "updateEventTriggers": False,
        },
    )
    plan = Plan(
        process=process,
        from_version=old["version"],
        to_version=new["version"],
        instructions=[
            Instruction(
                source=one["sourceActivityIds"][0],
                target=one["targetActivityIds"][0],
                update_event_trigger=bool(one["updateEventTrigger"]),
            )
            for one in made["instructions"]
        ],
    )
    return plan, unmoved(client, old["id"], plan)


def definition(client: EngineClient, process: str, version: int | None) -> dict[str, Any]:
    """One version of a process; None: the newest. Raises UserError when there is none."""
    wanted: dict[str, Any] = {"latestVersion": True} if version is None else {"version": version}
    found = client.get("/process-definition", key=process, **wanted)
    if not found:
        raise UserError(f"the engine has no {process}" + (f" of version {version}" if version else ""))
    return dict(found[0])


def unmoved(client: EngineClient, source: str, plan: Plan) -> dict[str, int]:
    """The steps at which cases stand and which the plan does not name: their cases cannot be moved."""
    named = {one.source for one in plan.instructions}
    statistics = client.get(f"/process-definition/{source}/statistics")
    return {one["id"]: one["instances"] for one in statistics if one["instances"] and one["id"] not in named}


def validate(client: EngineClient, plan: Plan) -> Checked:
    """Check a plan and where the cases stand; changes nothing. Raises UserError for an unknown version."""
    source = definition(client, plan.process, plan.from_version)["id"]
    target = definition(client, plan.process, plan.to_version)["id"]
    checked = Checked(plan, source, target, client.count("/process-instance", processDefinitionId=source))
    findings = []
    try:
        report = client.post("/migration/validate", checked.body)
    except EngineRefused as error:
        findings.append(error.message)  # such as a step that the diagram does not have
    else:
        for one in report["instructionReports"]:
            place = "/".join(one["instruction"]["sourceActivityIds"])
            findings += [f"{place}: {failure}" for failure in one["failures"]]
    standing = [
        f"{step}: {count} cases stand there and the plan does not say where they go"
        for step, count in unmoved(client, source, plan).items()
    ]
    return replace(checked, findings=findings, standing=standing)


def instances(client: EngineClient, checked: Checked, numbers: Sequence[str]) -> list[str]:
    """The instances of the old version with these case numbers. Raises UserError for one that has none."""
    found = []
    for number in numbers:
        mine = client.process_instances(processDefinitionId=checked.source, businessKey=number)
        if not mine:
            raise UserError(f"{number} does not run in {checked.plan.process} {checked.plan.from_version}")
        found += [str(one["id"]) for one in mine]
    return found


def run(client: EngineClient, checked: Checked, only: Sequence[str] = ()) -> tuple[str, int] | None:
    """Move the cases: within the call (None), or as a batch (id, number of its jobs).

    Within the call it is all or none: EngineRefused says which step of which instance cannot be moved.
    """
    count = len(only) or checked.cases
    selection: dict[str, Any] = (
        {"processInstanceIds": list(only)}
        if only
        else {"processInstanceQuery": {"processDefinitionId": checked.source}}
    )
    body = {"migrationPlan": checked.body, **selection}
    if count <= AT_ONCE:
        client.post("/migration/execute", body)
        return None
    batch = client.post("/migration/executeAsync", body)
    return str(batch["id"]), int(batch["totalJobs"])
