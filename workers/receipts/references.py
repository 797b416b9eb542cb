"""The bank's references, one for all money: what is known under one is booked once, whichever way it came (A6)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import bills, money, refunds
from workers.cases import FormReader
from workers.errors import SalesflowError
from workers.receipts import cells
from workers.receipts.cells import Unreadable
from workers.receipts.payments import MOST_REFERENCE
from workers.receipts.store import UNMATCHED, BankStatement, Receipt, StatementLine


class Refused(SalesflowError):
    """The money cannot be booked like this; the message says why, in Chinese."""


def read(reader: FormReader, value: object, field: str = "bankReference", label: str = "银行流水号") -> str:
    """The reference of a form as a statement would have it; empty, with a finding, when it is none."""
    written = reader.text(field, label, value, MOST_REFERENCE)
    try:
        return cells.number(written)
    except Unreadable as error:
        reader.wrong(field, f"{label}：{error}")
        return ""


def find(session: Session, reference: str) -> Receipt | None:
    """The receipt that is booked with that reference and was not taken back."""
    return session.scalars(
        select(Receipt).where(Receipt.bank_reference == reference, Receipt.reversed_at.is_(None))
    ).one_or_none()


def refuse_known(session: Session, reference: str) -> None:
    """Raise Refused when money is booked under the reference, in or out."""
    if paid := refunds.paid_out_under(session, reference):
        raise Refused(f"银行流水号{reference}已在{paid}登记为付款，不能登记为收款")
    known = find(session, reference)
    counter = bills.at_counter(session, reference)
    if counter is not None:
        raise Refused(f"凭证号{reference}已用于结算单{counter.bill_no}的柜台收款，不能重复登记")
    if known is not None:
        whose = f"合同{known.contract_no}" if known.contract_no else f"客户{known.customer_no}的余额"
        whose = f"维修结算单{known.bill_no}" if known.bill_no else whose
        raise Refused(
            f"银行流水号{reference}已在{known.case_no}登记：{money.figures(known.amount)}，{whose}，不能重复登记"
        )


def refuse_awaiting(session: Session, reference: str) -> None:
    """A payment of a statement that nobody has claimed yet is claimed there, so that it is not booked twice."""
    case_no = session.scalar(
        select(BankStatement.case_no)
        .join(StatementLine, StatementLine.statement_id == BankStatement.id)
        .where(StatementLine.key == reference, StatementLine.state == UNMATCHED)
    )
    if case_no is not None:
        raise Refused(f"流水号{reference}的款项在{case_no}中等待认领，请在那里认领")
