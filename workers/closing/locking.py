"""Close a month in one transaction: interest, commission, the lock, the papers, who is to be paid (C12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import commission, debts, ledger
from workers.closing import comparing, figures, months, reports, resolving
from workers.closing.rules import Difference
from workers.closing.store import CLOSED, MonthClosing
from workers.documents import Company
from workers.org import OrgChart


def settle(session: Session, closing: MonthClosing) -> list[Difference]:
    """Lock every contract that is booked for, and both books; what differs now and nobody has resolved.

    From here on no entry comes in until the transaction ends: what is on its way waits and then counts in the next
    month. The chain was verified when the month was reconciled and is not read through again under the lock.
    """
    ledger.lock_contracts(session, months.contracts_with_debt(session, closing.month))
    ledger.lock(session)
    found = comparing.differences(session, closing.case_no, closing.month, verified=False)
    return resolving.still_open(session, found, resolving.decided(session, closing.case_no))


def close(
    session: Session,
    closing: MonthClosing,
    by: str,
    remark: str,
    org: OrgChart,
    company: Company,
    at: datetime,
) -> tuple[list[str], list[str]]:
    """Post what belongs to the month, lock it, and file its papers; the papers' and the payouts' numbers.

    `settle` has taken the locks and found nothing open.
    """
    month, last = closing.month, months.last_day(closing.month)
    with ledger.counting_in(session, month):
        resolving.scrap(session, closing.case_no, last, at)
        for contract, owed in debts.positions(session, last):
            if owed.interest_accrued != owed.interest_posted:
                debts.post_interest(session, contract.contract_no, last, at)
        accrued = commission.accrue_all(session, month, at)
    ledger.close_month(session, month, by, at)
    sums = figures.of_month(session, month)
    resolutions = resolving.decided(session, closing.case_no)
    papers = [
        reports.report(session, closing, sums, resolutions, accrued, by, remark, org, company, at),
        *reports.statements(session, closing, accrued, by, org, company, at),
    ]
    closing.state, closing.ended_at = CLOSED, at
    payouts = commission.announce(session, org, month, at)
    return [paper.number for paper in papers], payouts
