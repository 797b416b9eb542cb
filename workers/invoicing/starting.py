"""The check of a credit note that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.invoicing import credit_notes
from workers.invoicing.messages import CheckCreditNote
from workers.org import OrgChart

PROCESS = "CreditNoteProcess"
MESSAGE = "Msg_CreditNoteRequested"
FIELDS = ("applicant", "correctedInvoice", "creditReason")
"""What the file may hold."""


def check(session: Session, org: OrgChart, data: Mapping[str, Any], today: date) -> list[FormError]:  # noqa: ARG001
    """What is wrong with a credit note, by the same rules as its form; empty when it may start."""
    reader, form = FormReader(), CheckCreditNote.model_validate({name: data.get(name) for name in FIELDS[1:]})
    credit_notes.read(session, form, reader)
    return reader.errors
