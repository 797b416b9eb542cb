"""The check of a return that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.org import OrgChart
from workers.returns import forms
from workers.returns.messages import GoodsReturnForm

PROCESS = "GoodsReturnProcess"
MESSAGE = "Msg_GoodsReturnRequested"
FIELDS = ("applicant", *GoodsReturnForm.variable_names())
"""What the file may hold."""


def check(session: Session, org: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:  # noqa: ARG001
    """What is wrong with a return, by the same rules as its form; empty when it may start."""
    reader = FormReader()
    forms.read(session, GoodsReturnForm.model_validate(dict(data)).model_dump(), reader)
    return reader.errors
