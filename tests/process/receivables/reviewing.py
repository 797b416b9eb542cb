"""How tests play the monthly review of the receivables."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from tests.process.office import PATIENCE_SECONDS, Office

POSTS = {"Sales": "sales_manager", "Finance": "finance"}
SCHEDULE = "ReceivablesScheduleProcess"


def start_review(office: Office, form: dict[str, object] | None = None) -> str:
    """Finance starts a review from Tasklist; returns the instance's id."""
    return office.desk("finance").start("ReceivablesReviewProcess", form or {})


def await_reading(office: Office, case: str, side: str) -> dict[str, Any]:
    """The reading task of sales or finance."""
    return office.desk(POSTS[side]).await_task(case, f"Task_Read{side}")


def read_report(office: Office, case: str, side: str, comment: str = "已阅") -> dict[str, Any]:
    """Sales or finance has read the report; returns what the form showed."""
    return office.desk(POSTS[side]).do(case, f"Task_Read{side}", {"comment": comment})


def fire_month(office: Office) -> tuple[datetime, list[str]]:
    """Let the monthly timer fire now; when it was due, and the instances that it has started."""
    jobs = office.admin.get("/job", processDefinitionKey=SCHEDULE, timers="true")
    newest = max(jobs, key=lambda job: job["createTime"])
    office.admin.post(f"/job/{newest['id']}/execute", {})
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (
        found := office.admin.history("process-instance", processDefinitionKey=SCHEDULE, finished="true")
    ):
        assert time.monotonic() < deadline, "the schedule's process did not end"
        time.sleep(0.1)
    return datetime.fromisoformat(newest["dueDate"]), [one["id"] for one in found]
