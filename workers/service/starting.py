"""The check of an appointment that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers import catalog
from workers.cases import FormError, FormReader
from workers.customers import normalise
from workers.org import OrgChart
from workers.service import rules

PROCESS = "VehicleServiceProcess"
MESSAGE = "Msg_AppointmentWanted"
FIELDS = ("applicant", "customerNo", "callerPhone", "callerName", "plate", "vin", "wish")
"""What the file may hold."""


def check(session: Session, _: OrgChart, data: Mapping[str, Any], __: date) -> list[FormError]:
    """What is wrong with it: a customer or a phone, a plate or a VIN if any, and what is wanted."""
    reader = FormReader()
    number, phone = data.get("customerNo"), data.get("callerPhone")
    if number is not None:
        if not isinstance(number, str) or catalog.customer(session, number) is None:
            reader.wrong("customerNo", f"客户：没有编号为“{str(number)[:32]}”的客户")
    elif normalise(phone) is None:
        reader.wrong("callerPhone", "客户电话：请填写有效的电话号码")
    if data.get("plate") is not None:
        rules.read_plate(data["plate"], reader)
    rules.read_vin(data.get("vin"), reader, required=False)
    reader.text("wish", "客户要求", data.get("wish"), rules.MOST_TEXT, lines=True)
    return reader.errors
