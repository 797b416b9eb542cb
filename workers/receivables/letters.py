"""The reminder letter (催款函) as a paper (A3)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from workers import debts, ledger, money
from workers.documents import Paper


def letter(session: Session, contract_no: str, today: date) -> Paper:
    """What the customer is written: every item that is overdue, and the interest to date."""
    contract = ledger.contract(session, contract_no)
    place = debts.position(session, contract_no, today)
    claim = place.overdue_principal + place.interest_owed
    rate = debts.Rulings.of(session).on(today).interest_per_day
    return Paper(
        kind="CS",
        facts=[
            ("致", contract.customer_name),
            ("合同编号", contract_no),
            ("合同金额", money.figures(contract.amount)),
            ("截止日期", today.isoformat()),
        ],
        text=[
            f"贵公司与我公司签订的合同{contract_no}，截至{today}，已有{money.figures(place.overdue_principal)}"
            f"货款到期未付，最长逾期{place.overdue_days}天。",
            f"逾期货款按各日执行的销售政策逐日计息(目前按日万分之{rate.normalize():f})，"
            f"截至当日应付利息{money.figures(place.interest_owed)}。",
            f"请贵公司收到本函后立即付清上述款项共{money.figures(claim)}({money.in_words(claim)})。"
            "款项如已付出，请将付款凭证告知我公司业务员。",
            "逾期未付的，我公司将停止签订新合同和发货，并保留提起诉讼的权利。",
        ],
        columns=["到期日", "款项", "逾期天数", "未付金额"],
        rows=[
            [item.due_on.isoformat(), item.label, str((today - item.due_on).days), money.figures(item.amount)]
            for item in debts.overdue_items(session, contract_no, today)
        ],
        totals=[
            ("逾期货款", money.figures(place.overdue_principal)),
            ("逾期利息", money.figures(place.interest_owed)),
            ("应付合计", money.figures(claim)),
        ],
        signatures=[("财务部", "", None)],
    )
