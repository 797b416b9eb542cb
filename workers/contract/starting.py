"""The check of a declaration that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers import policy
from workers.cases import FormError
from workers.contract import declarations, rules
from workers.org import OrgChart

PROCESS = "ContractApprovalProcess"
MESSAGE = "Msg_DeclarationFiled"
FIELDS = (
    *(
        "applicant",
        "orderIntent",
        "customerNo",
        "salesperson",
        "deliveryDate",
        "paymentTerms",
        "specialTerms",
    ),
    *("remarks", "lines"),
)
"""What the file may hold."""


def check(session: Session, org: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:
    """What is wrong with a declaration, by the same rules as its form; empty when it may start."""
    try:
        ruling = policy.in_force(session, today)
    except policy.NoPolicyInForce as error:
        return [FormError(field="", message=str(error))]
    found = rules.validate_declaration(data, declarations.choices(session, org, ruling, today), today)
    return found if isinstance(found, list) else declarations.held(session, found.customer_no)
