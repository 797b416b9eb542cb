"""Contracts whose invoice gate has opened by itself: another policy rules since they looked (C11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger, signals
from workers.calendar import SHANGHAI
from workers.invoicing import gate
from workers.invoicing.tasks import MESSAGE


def wake_at_open_gates(session: Session, now: datetime) -> list[str]:
    """Wake those that wait although today's policy lets them invoice; returns their numbers. Safe to repeat.

    Money wakes them by itself: only a policy that was issued, has come into force or has run out is seen here first.
    """
    own_gate = ledger.ContractRow.invoice_gate_percent  # no policy opens what this one shuts
    paid_enough = ledger.LedgerAccount.received * 100 >= ledger.LedgerAccount.amount * own_gate
    waiting = (
        select(signals.Wait.business_key)
        .join(ledger.ContractRow, ledger.ContractRow.contract_no == signals.Wait.business_key)
        .join(ledger.LedgerAccount, ledger.LedgerAccount.contract_no == signals.Wait.business_key)
        .where(signals.Wait.message == MESSAGE, ledger.ContractRow.status == ledger.IN_FORCE)
        .where(paid_enough, ledger.LedgerAccount.invoiced < ledger.LedgerAccount.amount)
    )
    candidates = session.scalars(waiting.order_by(signals.Wait.business_key)).all()
    ledger.lock_contracts(session, candidates)
    return [number for number in candidates if _wake(session, number, now)]


def _wake(session: Session, number: str, now: datetime) -> bool:
    """The contract is locked: whether it still waits, and nothing it has not read says so already."""
    found = gate.read(session, number, now.astimezone(SHANGHAI).date())
    if (
        not signals.waits(session, MESSAGE, number)
        or not found.is_open
        or signals.has_unread(session, number, [MESSAGE])
    ):
        return False
    signals.send(session, MESSAGE, number, f"开票比例 {now.isoformat()}")
    return True
