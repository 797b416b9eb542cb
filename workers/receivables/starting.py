"""The check of a receivables review that is started by command (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError
from workers.org import OrgChart
from workers.receivables.review_tasks import MESSAGE, PROCESS, read_day

__all__ = ["FIELDS", "MESSAGE", "PROCESS", "check"]
FIELDS = ("applicant", "asOf")
"""What the file may hold."""


def check(_: Session, __: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:
    """What is wrong with the day, by the same rules as its form; empty when it may start."""
    return read_day(data.get("asOf"), today)[1]
