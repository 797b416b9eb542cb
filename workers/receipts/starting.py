"""The check of a receipt that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.org import OrgChart
from workers.receipts import single
from workers.receipts.messages import ReceiptForm
from workers.receipts.opening import ARRIVED, PROCESS

MESSAGE = ARRIVED
FIELDS = ("applicant", *ReceiptForm.variable_names())
"""What the file may hold."""

__all__ = ["FIELDS", "MESSAGE", "PROCESS", "check"]


def check(session: Session, org: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:  # noqa: ARG001
    """What is wrong with a receipt, by the same rules as its form; what the books refuse shows when it is booked."""
    reader = FormReader()
    single.read(data, reader, today)
    return reader.errors
