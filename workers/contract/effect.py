"""A sealed amendment takes effect: books, balance, documents, and the processes that are told of it (C13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import commission, debts, documents, ledger, signals
from workers.calendar import SHANGHAI
from workers.contract.store import SEALED, ContractVersion, SealUse

STRANDS = (
    *("Msg_GoodsWanted", "Msg_StockChanged", "Msg_PaymentForInvoice", "Msg_PaymentForJointing"),
    "Msg_PaymentReceived",
)
"""Whom a change wakes: each strand of the contract's fulfilment reads the facts anew."""


def put_in_force(
    session: Session,
    version: ContractVersion,
    lines: Sequence[ledger.GoodsLine],
    *,
    surplus: Decimal,
    reason: str,
    at: datetime,
    payment_terms: str | None = None,
    needs_jointing: bool | None = None,
) -> None:
    """Enter the version in both books in place of the one before; a surplus of receipts becomes a balance.

    `surplus`: yuan; commission gives way to it first. The contract's lock must be held.
    """
    number, today = version.contract_no, at.astimezone(SHANGHAI).date()
    given_back: Sequence[ledger.Draft] = ()
    if surplus:
        commission.give_way(session, number, surplus, value_date=today, posted_at=at, reason=reason)
        paper = ledger.reference(number, version.version)
        given_back = debts.give_back(
            session, number, surplus, reference=paper, value_date=today, reason=reason
        )
    ledger.amend(
        session,
        number,
        version=version.version,
        amount=version.total,
        delivery_date=version.delivery_date,
        document_sha256=version.document_sha256,
        lines=lines,
        value_date=today,
        posted_at=at,
        payment_terms=payment_terms,
        needs_jointing=needs_jointing,
        reason=reason,
        with_it=given_back,
    )
    documents.supersede(session, number, version.version)


def register_seal(
    session: Session, version: ContractVersion, by: str, copies: int, remark: str, at: datetime
) -> None:
    """One use of the seal, on that version's document."""
    session.add(
        SealUse(
            contract_no=version.contract_no,
            contract_version=version.version,
            document_sha256=version.document_sha256,
            sealed_by=by,
            sealed_at=at,
            copies=copies,
            remark=remark,
        )
    )
    version.state = SEALED
    session.flush()


def wake(session: Session, contract_no: str, fact: str, messages: Iterable[str] = STRANDS) -> None:
    """Let the contract's processes hear of it."""
    for message in messages:
        signals.send(session, message, contract_no, fact)
