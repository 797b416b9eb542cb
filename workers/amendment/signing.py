"""The customer's signature on the termination and the seal: read the one form, keep both (C3, C13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workers import cases
from workers.amendment.messages import Terminate
from workers.calendar import SHANGHAI
from workers.cases import FormReader
from workers.contract import signing
from workers.contract.signing import Signature
from workers.contract.store import SEALED, ContractVersion
from workers.documents import Document
from workers.runtime import EngineVariables, TaskContext

KEEPER = "sales_operations"
"""The post that registers the signature and keeps the seal."""
SCAN = "terminationScan"
MOST_COPIES = 99
MOST_REMARK = 500


@dataclass(frozen=True)
class Signed:
    """A termination that the customer has signed and that was sealed."""

    signature: Signature
    scan: bytes
    copies: int
    remark: str


def read(
    form: Terminate, engine: EngineVariables, task: TaskContext, paper: Document, reader: FormReader
) -> Signed | None:
    """What the form says, or None when something is wrong with it."""
    issued_on, today = (moment.astimezone(SHANGHAI).date() for moment in (paper.created_at, task.now))
    signature = signing.read(form, reader, issued_on, today)
    if form.seal_confirmed is not True:
        reader.wrong("sealConfirmed", "用印确认：请核对协议文本后勾选确认")
    copies = reader.whole("copies", "用印份数", form.copies, 1, MOST_COPIES)
    remark = reader.text("sealRemark", "用印备注", form.seal_remark, MOST_REMARK, required=False, lines=True)
    scan = signing.scan_of(engine, task.process_instance_id, reader, SCAN) if signature else None
    if reader.errors or signature is None or scan is None or copies is None:
        return None
    return Signed(signature, scan, copies, remark)


def save(session: Session, version: ContractVersion, signed: Signed, by: str, at: datetime) -> None:
    """Keep the signature on the contract's last version, which is sealed already."""
    signing.save(session, version, signed.signature, signed.scan, by, at, state=SEALED)


def as_sent(form: Terminate) -> dict[str, Any]:
    """What was typed, as far as the form can show it again; the seal is confirmed anew."""
    return {
        **signing.as_sent(form),
        "copies": cases.shown(form.copies, 4),
        "seal_remark": cases.shown(form.seal_remark, MOST_REMARK),
    }
