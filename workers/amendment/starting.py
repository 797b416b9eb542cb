"""The check of an amendment that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.amendment import requests, rules, terminating
from workers.cases import FormError
from workers.contract.store import TERMINATION
from workers.org import OrgChart

PROCESS = "ContractAmendmentProcess"
MESSAGE = "Msg_AmendmentRequested"
FIELDS = ("applicant", "contractNo", "amendmentKind", "amendmentReason")
"""What the file may hold."""


def check(session: Session, _: OrgChart, data: Mapping[str, Any], __: date) -> list[FormError]:
    """What is wrong with an amendment, by the same rules as its form; empty when it may start."""
    request = rules.read(data)
    if isinstance(request, list):
        return request
    found = requests.findings(session, request)
    if not found and request.kind == TERMINATION:
        found = terminating.findings(session, request.contract_no)
    return found
