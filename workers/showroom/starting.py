"""The check of a sale that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers import customers
from workers.cases import FormError, FormReader
from workers.org import OrgChart
from workers.showroom import deals

PROCESS = "VehicleSalesProcess"
MESSAGE = "Msg_VisitorArrived"
FIELDS = ("applicant", "prospectName", "prospectPhone", "source", "saleKind")
"""What the file may hold."""


def check(_: Session, __: OrgChart, data: Mapping[str, Any], ___: date) -> list[FormError]:
    """What is wrong with the person's data, by the same rules as the form; empty when it may start."""
    reader = FormReader()
    deals.read_person(reader, data.get("prospectName"), customers.normalise(data.get("prospectPhone")))
    reader.text("source", "客户来源", data.get("source"), 64, required=False)
    return reader.errors
