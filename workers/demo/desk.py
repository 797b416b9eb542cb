"""A member of staff at their desk: logs in as themselves, finds their task, completes its form.

Everything goes through the engine's REST interface with that person's password, so the demonstration and the
process tests can do exactly what the person may do in Tasklist, and nothing more.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from workers.engine.client import EngineClient
from workers.errors import SalesflowError
from workers.runtime.http import EngineRefused
from workers.runtime.variables import encode_all

PATIENCE_SECONDS = 60.0
GLANCE_SECONDS = 0.1
PRESSES = 5
_INSTANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NothingOnTheDesk(SalesflowError):
    """The task that was waited for did not come before the deadline."""


def which(case: str) -> dict[str, str]:
    """How the engine finds a case: by its instance's id, or by its number (called processes have one of their own)."""
    return {"processInstanceId" if _INSTANCE.fullmatch(case) else "processInstanceBusinessKey": case}


def _collided(refused: EngineRefused) -> bool:
    """Whether two transactions met at one row: the engine undid this one whole (ENGINE-03005, optimistic locking)."""
    return "ENGINE-03005" in refused.message


class Desk:
    """What one person can do. `user` is the person's id in the org chart."""

    def __init__(self, engine_url: str, user: str, password: str) -> None:
        self.user = user
        self.engine = EngineClient(engine_url, user, password, pool_size=2)

    def start(self, process: str, form: Mapping[str, object]) -> str:
        """Submit the process's start form; returns the process instance's id."""
        path = f"/process-definition/key/{process}/submit-form"
        return str(self.engine.post(path, {"variables": encode_all(form)})["id"])

    def open_tasks(self, case: str) -> list[dict[str, Any]]:
        """The tasks of a case that this person sees."""
        return self.engine.tasks(**which(case))

    def await_task(self, case: str, step: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until this person sees the task `step` of the case. Raises NothingOnTheDesk at the deadline."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.engine.tasks(**which(case), taskDefinitionKey=step)
            if found:
                return found[0]
            if time.monotonic() > deadline:
                seen = ", ".join(task["taskDefinitionKey"] for task in self.open_tasks(case)) or "nothing"
                raise NothingOnTheDesk(f"{self.user} waited {seconds:.0f} s for {step} and sees {seen}")
            time.sleep(GLANCE_SECONDS)

    def await_one_of(self, case: str, *steps: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until this person sees one of several tasks. Raises NothingOnTheDesk at the deadline."""
        deadline = time.monotonic() + seconds
        while True:
            found = [one for one in self.open_tasks(case) if one["taskDefinitionKey"] in steps]
            if found:
                return found[0]
            if time.monotonic() > deadline:
                raise NothingOnTheDesk(f"{self.user} waited {seconds:.0f} s for {' or '.join(steps)}")
            time.sleep(GLANCE_SECONDS)

    def form(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that the task's form shows."""
        return self.engine.task_variables(task["id"])

    def complete(self, task: Mapping[str, Any], form: Mapping[str, object]) -> None:
        """Submit the task's form; again, as a person would, where another strand wrote at the same moment."""
        for press in range(1, PRESSES + 1):
            try:
                self.engine.post(f"/task/{task['id']}/submit-form", {"variables": encode_all(form)})
            except EngineRefused as refused:
                if not _collided(refused) or press == PRESSES:
                    raise
                time.sleep(GLANCE_SECONDS)
            else:
                return

    def do(self, case: str, step: str, form: Mapping[str, object]) -> dict[str, Any]:
        """Wait for the task, submit its form; returns what the form showed before."""
        task = self.await_task(case, step)
        shown = self.form(task)
        self.complete(task, form)
        return shown
