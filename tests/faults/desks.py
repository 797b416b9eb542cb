"""Staff who go on when the system is in trouble: they press again, and look first whether it was done already."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.pdf import SIGNED_PAPER
from workers.demo.desk import Desk
from workers.demo.story import Company, signature_form
from workers.errors import SalesflowError
from workers.runtime.http import EngineError, NotFound
from workers.runtime.variables import encode_all

GLANCE_SECONDS, MOST_GLANCE_SECONDS = 0.25, 2.0
"""Between two looks at the desk: the longer somebody waits, the rarer. Their looks must not be what the engine does."""
LOOK_SECONDS = 5.0
"""How often somebody who waits asks whether the case is stuck."""


@dataclass
class Case:
    """A case that is played, and how far it came."""

    name: str
    instance: str = ""
    step: str = "start"
    trouble: str | None = None
    """Why it could not be played to its end: an incident with its reason, or a step that never came."""
    incident: bool = False
    done: bool = False


class Stuck(SalesflowError):
    """The case has an incident."""


class Player:
    """Plays cases, one at a time, with the patience of somebody who has a deadline."""

    def __init__(self, company: Company, declaration: Mapping[str, object], patience: float) -> None:
        self.company = company
        self.declaration = declaration
        self.admin = company.app.admin
        self.patience = patience

    def play(self, case: Case) -> None:
        """Declaration, approval, customer's signature, countersignatures, seal. Never raises."""
        try:
            self._play(case)
        except Stuck as stuck:
            case.trouble, case.incident = str(stuck), True
        except Exception as error:  # noqa: BLE001 - the run's findings tell it
            case.trouble = f"{case.step}: {type(error).__name__}: {error}"
        else:
            case.done = True

    def _play(self, case: Case) -> None:
        company, agree = self.company, {"decision": "approve", "comment": "同意"}
        case.instance = self._start(case)
        self._do(case, "sales_operations", 0, "Task_FillDeclaration", self.declaration)
        self._do(case, "sales_manager", 0, "Task_ApproveDeclaration", agree)
        self._do(case, "general_manager", 0, "Task_ApproveDeclaration", agree)
        signature = signature_form(SIGNED_PAPER, company.today)
        self._do(case, "sales_operations", 1, "Task_RegisterCustomerSignature", signature)
        self._do(case, "sales_manager", 0, "Task_CountersignSales", agree)
        self._do(case, "finance", 0, "Task_CountersignFinance", agree)
        seal = {"sealConfirmed": True, "copies": "4", "sealRemark": ""}
        self._do(case, "sales_operations", 1, "Task_SealContract", seal)

    def _start(self, case: Case) -> str:
        """Start the case once: after an answer that got lost, look whether it is there."""
        desk = self.company.desk("sales_operations")
        form = {"orderIntent": case.name}
        query = {
            "variables": f"orderIntent_eq_{case.name}",
            "processDefinitionKey": "ContractApprovalProcess",
        }
        deadline = time.monotonic() + self.patience
        tried = False
        while True:
            try:
                if tried and (found := self.admin.history("process-instance", **query)):
                    return str(found[0]["id"])
                tried = True
                return desk.start("ContractApprovalProcess", form)
            except EngineError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(GLANCE_SECONDS * 4)

    def _do(self, case: Case, post: str, number: int, step: str, form: Mapping[str, object]) -> None:
        case.step = step
        desk = self.company.desk(post, number)
        pressed: set[str] = set()
        deadline = time.monotonic() + self.patience
        look = time.monotonic() + LOOK_SECONDS
        glance = GLANCE_SECONDS
        while True:
            try:
                if any(self._gone(task) for task in pressed) or self._press(desk, case, step, form, pressed):
                    return
                if time.monotonic() > look:
                    self._look(case)
                    look = time.monotonic() + LOOK_SECONDS
            except EngineError:
                glance *= 1.5  # it is in trouble already
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {self.patience:.0f} s for {step} on the desk of {desk.user}")
            time.sleep(glance)
            glance = min(glance * 1.5, MOST_GLANCE_SECONDS)

    def _press(
        self, desk: Desk, case: Case, step: str, form: Mapping[str, object], pressed: set[str]
    ) -> bool:
        """Submit the task's form if it is there; whether it was taken. Raises EngineError."""
        found = desk.engine.tasks(processInstanceId=case.instance, taskDefinitionKey=step)
        if not found:
            return False
        task = str(found[0]["id"])
        pressed.add(task)
        desk.engine.post(f"/task/{task}/submit-form", {"variables": encode_all(form)})
        return True

    def _gone(self, task: str) -> bool:
        try:
            self.admin.get(f"/task/{task}")
        except NotFound:
            return True
        return False

    def _look(self, case: Case) -> None:
        incidents = self.admin.incidents(processInstanceId=case.instance)
        if incidents:
            one = incidents[0]
            raise Stuck(f"{one['incidentType']} at {one['activityId']}: {one['incidentMessage']}")


def play_all(
    make_player: Callable[[], Player], cases: Sequence[Case], players: int, seconds: float
) -> list[threading.Thread]:
    """Have so many players work through the cases, beginning none after so many seconds; returns their threads."""
    until = time.monotonic() + seconds
    waiting: queue.SimpleQueue[Case] = queue.SimpleQueue()
    for case in cases:
        waiting.put(case)

    def work() -> None:
        player = make_player()
        while time.monotonic() < until:
            try:
                case = waiting.get_nowait()
            except queue.Empty:
                return
            player.play(case)

    threads = [threading.Thread(target=work, name=f"player-{n}", daemon=True) for n in range(players)]
    for thread in threads:
        thread.start()
    return threads
