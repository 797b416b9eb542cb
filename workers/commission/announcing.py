"""After a month was closed: a payout is due for every salesperson who has commission to be paid (C9, C12)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from workers import cases, signals
from workers.calendar import SHANGHAI
from workers.commission import drafting, papers, payouts
from workers.org import OrgChart

PROCESS, MESSAGE = "CommissionPayoutProcess", "Msg_CommissionDue"


def announce(session: Session, org: OrgChart, month: date, at: datetime) -> list[str]:
    """Open a case and tell the process of it, for each salesperson; the cases' numbers.

    Who has nothing to be paid, or all of it on papers that are under way, gets none.
    """
    today = at.astimezone(SHANGHAI).date()
    clerk = next(iter(org.acting_holders(papers.FILLER, today)))
    numbers = []
    for person in drafting.salespersons(session):
        rows = payouts.payable(session, person)
        if not any(drafting.free(session, "", rows).values()):
            continue
        number = cases.next_case_no(session, papers.PREFIX, today.year)
        cases.open_case(session, number, papers.KIND, clerk, org.name_of(clerk), at)
        cases.status(session, number, "待立案")
        reason = f"{month.year}年{month.month}月月结，{org.name_of(person)}业务提成"
        variables = {"salesperson": person, "payoutReason": reason}
        fact = f"{month:%Y-%m} {person}"
        signals.send(session, MESSAGE, number, fact, starts=PROCESS, variables=variables)
        numbers.append(number)
    return numbers
