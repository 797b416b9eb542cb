"""Contracts whose first-payment gate has opened by itself: another policy rules since they looked (C10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger, policy, signals
from workers.calendar import SHANGHAI
from workers.jointing.tasks import MESSAGE


def wake_at_open_gates(session: Session, now: datetime) -> list[str]:
    """Wake those that wait although today's policy lets a team go; returns their numbers. Safe to repeat.

    Money wakes them by itself: only a policy that was issued, has come into force or has run out is seen here first.
    """
    percent = policy.document_on(session, now.astimezone(SHANGHAI).date()).first_payment_percent
    account = ledger.LedgerAccount
    waiting = (
        select(signals.Wait.business_key)
        .join(ledger.ContractRow, ledger.ContractRow.contract_no == signals.Wait.business_key)
        .join(account, account.contract_no == signals.Wait.business_key)
        .where(signals.Wait.message == MESSAGE, ledger.ContractRow.status == ledger.IN_FORCE)
        .where(account.amount > 0, account.received * 100 >= account.amount * percent)
    )
    candidates = session.scalars(waiting.order_by(signals.Wait.business_key)).all()
    ledger.lock_contracts(session, candidates)
    still = set(session.scalars(waiting))  # under the locks that every look and every receipt take
    woken = [one for one in candidates if one in still and not signals.has_unread(session, one, [MESSAGE])]
    for number in woken:
        signals.send(session, MESSAGE, number, f"首期款比例 {now.isoformat()}")
    return woken
