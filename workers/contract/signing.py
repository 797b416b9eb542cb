"""The customer's signature: read the form, fetch and check the scan, keep it (C3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.cases import FormReader, shown
from workers.contract.store import SIGNED, ContractVersion, CustomerSignature
from workers.documents import media_type, sha256_of, uploaded_scan
from workers.runtime import EngineVariables

SCAN = "signedScan"
MOST_NAME = 100


class SignatureForm(Protocol):
    """What a form says of the customer's signature."""

    @property
    def customer_decision(self) -> Any: ...
    @property
    def customer_signer(self) -> Any: ...
    @property
    def customer_signed_on(self) -> Any: ...
    @property
    def objection(self) -> Any: ...


@dataclass(frozen=True)
class Signature:
    """Who signed for the customer, and when."""

    signer: str
    signed_on: date


def read(form: SignatureForm, reader: FormReader, drawn_on: date, today: date) -> Signature | None:
    """The signature as the form states it; None when something is wrong with it."""
    if form.customer_decision != "signed":
        reader.wrong("customerDecision", "客户意见：请选择“已签署”或“有异议”")
    signer = reader.text("customerSigner", "客户签署人", form.customer_signer, MOST_NAME)
    signed_on = reader.day("customerSignedOn", "签署日期", form.customer_signed_on)
    if signed_on is not None and signed_on > today:
        reader.wrong("customerSignedOn", f"签署日期：{signed_on}还没有到")
    elif signed_on is not None and signed_on < drawn_on:
        reader.wrong("customerSignedOn", f"签署日期：{signed_on}早于合同拟制日期{drawn_on}")
    if reader.errors or signed_on is None:
        return None
    return Signature(signer, signed_on)


def scan_of(
    engine: EngineVariables, process_instance_id: str, reader: FormReader, variable: str = SCAN
) -> bytes | None:
    """The uploaded scan; None when there is none that will do."""
    return uploaded_scan(engine, process_instance_id, variable, reader, "签署件扫描件", "合同")


def save(
    session: Session,
    version: ContractVersion,
    signature: Signature,
    scan: bytes,
    by: str,
    at: datetime,
    state: str = SIGNED,
) -> None:
    """Keep the signature on this version, once."""
    known = session.scalars(
        select(CustomerSignature).where(
            CustomerSignature.contract_no == version.contract_no,
            CustomerSignature.version == version.version,
        )
    ).one_or_none()
    if known is not None:
        return
    session.add(
        CustomerSignature(
            contract_no=version.contract_no,
            version=version.version,
            document_sha256=version.document_sha256,
            signer=signature.signer,
            signed_on=signature.signed_on,
            scan=scan,
            scan_sha256=sha256_of(scan),
            media_type=media_type(scan) or "",
            recorded_by=by,
            recorded_at=at,
        )
    )
    version.state = state
    session.flush()


def as_sent(form: SignatureForm) -> dict[str, str | None]:
    """What was typed, as far as the form can show it again."""
    decision = form.customer_decision
    return {
        "customer_decision": decision if decision in ("signed", "objected") else None,
        "customer_signer": shown(form.customer_signer, MOST_NAME),
        "customer_signed_on": shown(form.customer_signed_on, 10),
        "objection": shown(form.objection, 2000),
    }
