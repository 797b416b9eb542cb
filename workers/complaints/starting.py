"""The check of a complaint that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.complaints import taking
from workers.complaints.messages import ComplaintForm
from workers.complaints.opening import MESSAGE, PROCESS
from workers.org import OrgChart

__all__ = ["FIELDS", "MESSAGE", "PROCESS", "check"]
FIELDS = (
    *("applicant", "complainantPhone", "complainantName", "aboutCaseNo", "complaintAgainst"),
    "complaintText",
)
"""What the file may hold."""


def check(session: Session, org: OrgChart, data: Mapping[str, Any], _: date) -> list[FormError]:
    """What is wrong with the complaint, by the same rules as its form; empty when it may start."""
    reader = FormReader()
    taking.read(session, ComplaintForm.model_validate(dict(data)), reader, org)
    return reader.errors
