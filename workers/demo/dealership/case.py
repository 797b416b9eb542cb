"""What every customer of the day needs: a case, its number, and timers that keep nobody waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from workers import calendar
from workers.demo.desk import GLANCE_SECONDS, PATIENCE_SECONDS, NothingOnTheDesk
from workers.demo.story import Company

Tell = Callable[[str], None]
_RANDOM = random.SystemRandom()


def new_phone() -> str:
    """A mobile number of the demonstration's; every run brings new customers."""
    return f"1380{_RANDOM.randrange(10**7):07d}"


def new_vin() -> str:
    """A VIN that no other car has."""
    return f"LDEMA{_RANDOM.randrange(10**12):012d}"


def new_plate() -> str:
    """A number plate."""
    return f"苏D{_RANDOM.randrange(10**5):05d}"


def moment(**ahead: float) -> datetime:
    """A whole minute that far ahead of now."""
    return (calendar.now() + timedelta(**ahead)).replace(second=0, microsecond=0)


class Case:
    """One case, found by its process instance until it has its number."""

    def __init__(self, company: Company, instance: str) -> None:
        self.company, self.instance = company, instance
        self.number = self.wait(lambda: self._history().get("businessKey"), "a number")

    def do(self, user: str, step: str, **form: object) -> dict[str, Any]:
        """Somebody does a step; returns what its form showed."""
        return self.company.desk_of(user).do(self.instance, step, form)

    def variable(self, name: str) -> Any:
        """Wait for a variable of the case."""
        query = {"processInstanceId": self.instance, "variableName": name}

        def look() -> Any:
            found = self.company.app.admin.history("variable-instance", **query)
            return next((one["value"] for one in found if one["value"]), None)  # a task may have a copy

        return self.wait(look, name)

    def called(self, process: str, key: str | None = None) -> str:
        """Wait for a process that the case has called, by its business key; its instance."""
        query = {"processDefinitionKey": process, "processInstanceBusinessKey": key or self.number}
        found = self.wait(lambda: self.company.app.admin.history("process-instance", **query), process)
        return str(found[0]["id"])

    def time_comes(self, event: str, instance: str | None = None) -> None:
        """Nobody waits for a timer here: it fires now, as Cockpit lets an operator do it."""
        query = {"processInstanceId": instance or self.instance, "activityId": event}
        jobs = self.wait(lambda: self.company.app.admin.jobs(**query), event)
        self.company.app.admin.execute_job(jobs[0]["id"])

    def ends(self) -> None:
        """Wait for the case's end."""
        self.wait(lambda: self._history()["state"] != "ACTIVE", "its end")

    def _history(self) -> dict[str, Any]:
        return dict(self.company.app.admin.get(f"/history/process-instance/{self.instance}"))

    def wait(self, look: Callable[[], Any], what: str) -> Any:
        """Look until something is there. Raises NothingOnTheDesk at an incident of the case, or at the deadline."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            stuck = self.company.app.admin.incidents(processInstanceId=self.instance)
            if stuck or time.monotonic() > deadline:
                reason = stuck[0]["incidentMessage"] if stuck else "nothing came"
                raise NothingOnTheDesk(f"waited for {what} of {self.instance}: {reason}")
            time.sleep(GLANCE_SECONDS)
        return found
