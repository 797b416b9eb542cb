"""The office that process tests play in: staff at their desks, the books, and a look behind the scenes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.pdf import SIGNED_PAPER
from workers import ledger
from workers.database.unit_of_work import UnitOfWork
from workers.demo.desk import which
from workers.demo.story import Company, issue_policy, signature_form
from workers.engine.client import EngineClient

PATIENCE_SECONDS = 60.0
Leave = Callable[[str, str], None]
"""Sends a person on leave, with a substitute: the fixture `leave`."""


class Office(Company):
    """A company whose staff work on the engine that the tests share."""

    @property
    def admin(self) -> EngineClient:
        """The engine as its administrator, for a look behind the scenes."""
        return self.app.admin

    def require_policy(self) -> None:
        """See to it that a sales policy is in force, by the process that issues one."""
        if self.policy() is None:
            self.await_end(issue_policy(self, lambda _: None), "Event_PolicyIssued")

    def user(self, post: str, number: int = 0) -> str:
        """The user id of who sits at the post's desk."""
        return self.desk(post, number).user

    # -- declarations ------------------------------------------------------------------------------------------

    def open(self, intent: str = "电话询价, 年底前交货") -> str:
        """Sales operations starts a declaration from Tasklist's start form; returns the instance's id."""
        return self.desk("sales_operations").start("ContractApprovalProcess", {"orderIntent": intent})

    def declare(self, **fields: object) -> str:
        """Start a declaration and fill it; returns the instance's id."""
        case = self.open()
        self.fill(case, **fields)
        return case

    def fill(self, case: str, **fields: object) -> dict[str, Any]:
        """The applicant fills the declaration's form; returns what it showed before."""
        return self.desk("sales_operations").do(case, "Task_FillDeclaration", self.declaration(**fields))

    def sign(self, case: str, post: str, decision: str = "approve", comment: str = "同意") -> dict[str, Any]:
        """Somebody of the post decides on the declaration; returns what the form showed."""
        return self.desk(post).do(case, "Task_ApproveDeclaration", {"decision": decision, "comment": comment})

    def approve(self, case: str) -> None:
        """The two signatures that every declaration needs."""
        self.sign(case, "sales_manager")
        self.sign(case, "general_manager")

    def customer_signs(self, case: str, **fields: object) -> dict[str, Any]:
        """The customer's signature is registered with its scan."""
        form = {**signature_form(SIGNED_PAPER, self.today), **fields}
        return self.desk("sales_operations", 1).do(case, "Task_RegisterCustomerSignature", form)

    def countersign(self, case: str, post: str, decision: str = "approve", comment: str = "同意") -> None:
        """The sales head or finance countersigns."""
        step = {"sales_manager": "Task_CountersignSales", "finance": "Task_CountersignFinance"}[post]
        self.desk(post).do(case, step, {"decision": decision, "comment": comment})

    def seal(self, case: str, **fields: object) -> None:
        """Sales operations registers the seal's use."""
        form = {"sealConfirmed": True, "copies": "4", "sealRemark": "", **fields}
        self.desk("sales_operations", 1).do(case, "Task_SealContract", form)

    def until_countersigning(self) -> str:
        """A case whose contract the customer has signed."""
        case = self.declare()
        self.approve(case)
        self.customer_signs(case)
        return case

    def until_sealing(self) -> str:
        """A case whose contract only lacks the seal."""
        case = self.until_countersigning()
        self.countersign(case, "sales_manager")
        self.countersign(case, "finance")
        self.desk("sales_operations").await_task(case, "Task_SealContract")
        return case

    def sealed_contract(self, **fields: object) -> str:
        """A contract in force, by its whole process; returns its number."""
        case = self.declare(**fields)
        self.approve(case)
        self.customer_signs(case)
        self.countersign(case, "sales_manager")
        self.countersign(case, "finance")
        self.seal(case)
        self.await_end(case, "Event_ContractEffective")
        return str(self.variables(case)["contractNo"])

    def withdraw(self, case: str, reason: str = "客户取消了订单") -> None:
        """The applicant withdraws in 我的申报."""
        form = {"withdrawRequested": True, "withdrawReason": reason}
        self.desk("sales_operations").do(case, "Task_TrackCase", form)

    # -- behind the scenes -------------------------------------------------------------------------------------

    def await_end(self, case: str, event: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the case has ended in that end event; an incident or another end fails at once."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.admin.get(f"/history/process-instance/{case}")["state"]
            if state != "ACTIVE":
                passed = {one["activityId"] for one in self.passed(case)}
                assert event in passed, f"ended elsewhere: {state} {sorted(passed)}"
                return
            self.assert_no_incident(case)
            assert time.monotonic() < deadline, f"still open: {self.where(case)}"
            time.sleep(0.1)

    def passed(self, case: str) -> list[dict[str, Any]]:
        """The activities that the case has been through, in their order."""
        order = {"sortBy": "occurrence", "sortOrder": "asc"}
        return self.admin.history("activity-instance", processInstanceId=case, **order)

    def await_incident(self, case: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait for an incident of the case."""
        deadline = time.monotonic() + seconds
        while not (found := self.incidents(case)):
            assert time.monotonic() < deadline, f"no incident: {self.where(case)}"
            time.sleep(0.1)
        return found[0]

    def assert_no_incident(self, case: str) -> None:
        """No step of the case is stuck."""
        incidents = self.incidents(case)
        assert not incidents, [one["incidentMessage"] for one in incidents]

    def incidents(self, case: str) -> list[dict[str, Any]]:
        """The open incidents of a case, given by its instance's id or by its number; a called process's are its own."""
        ids = [one["id"] for one in self.admin.process_instances(**_key(case))]
        found = [incident for one in ids for incident in self.admin.incidents(processInstanceId=one)]
        roots = sorted({incident["rootCauseIncidentId"] for incident in found})
        return [incident for root in roots for incident in self.admin.incidents(incidentId=root)]

    def where(self, case: str) -> list[str]:
        """The activities in which the case stands."""
        ids = [one["id"] for one in self.admin.process_instances(**_key(case))]
        trees = [self.admin.get(f"/process-instance/{one}/activity-instances") for one in ids]
        return sorted(leaf for tree in trees for leaf in _leaves(tree))

    def instance(self, process: str, key: str, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for the newest instance of a process with that business key; returns its id, also after its end."""
        deadline = time.monotonic() + seconds
        query = {"processDefinitionKey": process, "processInstanceBusinessKey": key}
        order = {"sortBy": "startTime", "sortOrder": "desc"}
        while not (found := self.admin.history("process-instance", **query, **order)):
            assert time.monotonic() < deadline, f"no {process} {key}"
            time.sleep(0.1)
        return str(found[0]["id"])

    def await_step(self, case: str, step: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait for an open user task, whoever it is for; returns it."""
        deadline = time.monotonic() + seconds
        while not (found := self.admin.tasks(**which(case), taskDefinitionKey=step)):
            self.assert_no_incident(case)
            assert time.monotonic() < deadline, f"no {step}: {self.where(case)}"
            time.sleep(0.1)
        return found[0]

    def await_any(self, case: str, *steps: str, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait until one of these user tasks is open; its id in the diagram."""
        deadline = time.monotonic() + seconds
        while True:
            found = {one["taskDefinitionKey"] for one in self.admin.tasks(**which(case))} & set(steps)
            if found:
                return found.pop()
            self.assert_no_incident(case)
            assert time.monotonic() < deadline, f"none of {steps}: {self.where(case)}"
            time.sleep(0.1)

    def await_next(
        self, case: str, step: str, before: str, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Wait for a new task of that step, another one than the task with the id `before`."""
        deadline = time.monotonic() + seconds
        while True:
            task = self.await_step(case, step, deadline - time.monotonic())
            if task["id"] != before:
                return task
            time.sleep(0.1)

    def await_at(
        self, case: str, place: str, *, gone: Sequence[str] = (), seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait until the case stands at an activity, such as an event that waits, and at none of `gone`."""
        deadline = time.monotonic() + seconds
        while place not in (found := self.where(case)) or any(one in found for one in gone):
            self.assert_no_incident(case)
            assert time.monotonic() < deadline, f"not at {place}: {found}"
            time.sleep(0.1)

    def case_no(self, case: str) -> str:
        """The number of the case."""
        return str(self.admin.get(f"/history/process-instance/{case}")["businessKey"])

    def variables(self, case: str) -> Mapping[str, Any]:
        """The case's variables, also after its end; Json as the engine keeps it."""
        rows = self.admin.history("variable-instance", processInstanceId=case, deserializeValues=False)
        rows.sort(key=lambda row: bool(row["activityInstanceId"] == case))  # not what a task had a copy of
        return {row["name"]: row["value"] for row in rows}

    def ledger_of(self, case: str) -> dict[str, Any]:
        """What `salesflow ledger show` tells of the case's contract."""
        number = self.variables(case)["contractNo"]
        with UnitOfWork(self.app.sessions) as uow:
            return ledger.show(uow.session, number).model_dump(mode="json")

    def assert_ledger_untouched_by(self, case: str) -> None:
        """No ledger holds anything of the case."""
        number = self.variables(case).get("contractNo")
        with UnitOfWork(self.app.sessions) as uow:
            assert number is None or ledger.find(uow.session, number) is None

    def soon(self, days: int) -> str:
        """A date some days from today, as forms send it."""
        return (self.today + timedelta(days=days)).isoformat()


def _key(case: str) -> dict[str, str]:
    query = which(case)
    if instance := query.get("processInstanceId"):
        return {"processInstanceIds": instance}
    return {"businessKey": query["processInstanceBusinessKey"]}


def _leaves(tree: Mapping[str, Any]) -> list[str]:
    children = [*tree.get("childActivityInstances", []), *tree.get("childTransitionInstances", [])]
    if not children:
        return [tree["activityId"]]
    return [leaf for child in children for leaf in _leaves(child)]
