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
from workers.showroom.forms import PersonForm

PROCESS = "VehicleSalesProcess"
MESSAGE = "Msg_VisitorArrived"
FIELDS = ("applicant", *PersonForm.variable_names())
"""What the file may hold."""


def check(session: Session, __: OrgChart, data: Mapping[str, Any], ___: date) -> list[FormError]:
    """What is wrong with the person's data, by the same rules as the form; empty when it may start."""
    reader = FormReader()
    person = deals.read_person(PersonForm.model_validate(dict(data)), reader)
    known = customers.known(session, person.phone) if person is not None else None
    if person is not None and known is not None:
        deals.is_other(person, known.no, known.name, reader)
    return reader.errors
