"""The check of a policy's draft that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers import catalog
from workers.cases import FormError
from workers.org import OrgChart
from workers.policy import drafts
from workers.policy.messages import DraftForm
from workers.policy.rules import validate_draft

PROCESS = "SalesPolicyProcess"
MESSAGE = "Msg_SalesPolicyProposed"
FIELDS = ("applicant", *DraftForm.variable_names())
"""What the file may hold."""


def check(session: Session, _: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:
    """What is wrong with a draft, by the same rules as its form; empty when it may start."""
    products = {no: product.name for no, product in catalog.products(session).items()}
    form = DraftForm.model_validate(dict(data))
    return validate_draft(form, products, drafts.issued_spans(session), today)[1]
