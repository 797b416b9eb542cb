"""The check of a payout that comes by command, before anything is started (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workers.cases import FormError, FormReader
from workers.commission import drafting, payouts
from workers.org import OrgChart

PROCESS = "CommissionPayoutProcess"
MESSAGE = "Msg_CommissionDue"
FIELDS = ("applicant", "payoutReason", "salesperson")
"""What the file may hold."""


def check(session: Session, org: OrgChart, data: Mapping[str, Any], _: date) -> list[FormError]:
    """What is wrong with the data of a payout; empty when it may start."""
    reader = FormReader()
    reader.text("payoutReason", "事由", data.get("payoutReason"), drafting.MOST_REASON, required=False)
    person = reader.text("salesperson", "业务员", data.get("salesperson"), 64)
    if person and person not in drafting.salespersons(session):
        reader.wrong("salesperson", "业务员：没有经手台帐上的合同，没有合同不计提成")
    elif person and not payouts.payable(session, person):
        reader.wrong("salesperson", f"业务员：{org.name_of(person)}目前没有应发的提成")
    return reader.errors
