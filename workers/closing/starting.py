"""The check of a closing that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.closing import months
from workers.org import OrgChart

PROCESS = "MonthlyCloseProcess"
MESSAGE = "Msg_MonthCloseRequested"
FIELDS = ("applicant", "month", "earlyReason")
"""What the file may hold."""


def check(session: Session, _: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:
    """What is wrong with the request, by the same rules as its form; empty when it may start."""
    reader = FormReader()
    months.wanted(reader, session, data.get("month"), data.get("earlyReason"), today)
    return reader.errors
