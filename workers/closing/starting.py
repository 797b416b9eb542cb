"""The check of a closing that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.closing import months, rules
from workers.org import OrgChart

PROCESS = "MonthlyCloseProcess"
MESSAGE = "Msg_MonthCloseRequested"
FIELDS = ("applicant", "month", "earlyReason")
"""What the file may hold."""


def check(session: Session, _: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:
    """What is wrong with the request, by the same rules as its form; empty when it may start."""
    reader = FormReader()
    month = rules.read_month(reader, data.get("month"))
    if month is not None:
        rules.check_month(reader, month, data.get("earlyReason"), months.next_open(session), today)
        running = months.under_way(session, month)
        if running is not None and not reader.errors:
            reader.wrong("month", f"结账月份：{month:%Y-%m}的月结{running.case_no}正在办理")
    return reader.errors
