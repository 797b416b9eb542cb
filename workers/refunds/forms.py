"""Read the form of a refund, and show it again (A6, X3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import catalog, ledger, money
from workers.cases import FormReader, shown
from workers.ledger import ContractRow
from workers.refunds import balances
from workers.refunds.messages import Options
from workers.refunds.store import Refund

MOST_NAME, MOST_REASON, MOST_REMARK, MOST_REFERENCE = 200, 500, 500, 80
_ACCOUNT = re.compile(r"[0-9A-Za-z-]{5,40}")
FIELDS = {
    "customer_no": 32,
    "refund_amount": 20,
    "payee": MOST_NAME,
    "payee_bank": MOST_NAME,
    "payee_account": 64,
    "refund_reason": MOST_REASON,
}


@dataclass(frozen=True)
class Asked:
    """A refund that can be promised. `amount`: yuan."""

    customer_no: str
    customer_name: str
    amount: Decimal
    payee: str
    payee_bank: str
    payee_account: str
    reason: str


def read(session: Session, raw: Mapping[str, Any], reader: FormReader, case_no: str = "") -> Asked | None:
    """The form as it was sent, by field name; None when `reader` has found something wrong.

    To be sure of the balance until the end of the transaction, hold the books' lock before.
    """
    number = reader.text("customerNo", "客户", raw.get("customer_no"), 32)
    amount = reader.amount("refundAmount", "退款金额", raw.get("refund_amount"))
    payee = reader.text("payee", "收款户名", raw.get("payee"), MOST_NAME, required=False)
    bank = reader.text("payeeBank", "开户银行", raw.get("payee_bank"), MOST_NAME)
    account = re.sub(r"\s", "", reader.text("payeeAccount", "收款账号", raw.get("payee_account"), 64))
    reason = reader.text("refundReason", "退款原因", raw.get("refund_reason"), MOST_REASON, lines=True)
    if account and not _ACCOUNT.fullmatch(account):
        reader.wrong("payeeAccount", "收款账号：应为5到40位数字、字母或横线")
    name = customer_name(session, number) if number else None
    if number and name is None:
        reader.wrong("customerNo", f"客户：没有客户{number}")
    elif number and amount is not None:
        _refuse_too_much(session, number, amount, reader, case_no)
    if reader.errors or amount is None or name is None:
        return None
    return Asked(number, name, amount, payee or name, bank, account, reason)


def _refuse_too_much(
    session: Session, number: str, amount: Decimal, reader: FormReader, case_no: str
) -> None:
    free = balances.free_balance(session, number, but=case_no)
    if amount <= free:
        return
    others = balances.promised(session, number, but=case_no)
    said = f"，其中{money.figures(others)}正在办理其他退款" if others else ""
    balance = money.figures(ledger.customer_balance(session, number))
    reader.wrong(
        "refundAmount",
        f"退款金额：{money.figures(amount)}超过可退金额{money.figures(free)}(余额{balance}{said})",
    )


def customer_name(session: Session, number: str) -> str | None:
    """The customer's name, or the one on their newest contract; None for a number that nobody has."""
    found = catalog.customer(session, number)
    if found is not None:
        return found.name
    theirs = select(ContractRow.customer_name).where(ContractRow.customer_no == number)
    return session.scalars(theirs.order_by(ContractRow.sealed_at.desc()).limit(1)).one_or_none()


def options(session: Session) -> Options:
    """The customers who have a balance, with what of it is free."""
    return [
        {
            "label": f"{customer_name(session, number) or number}({number})，余额{money.figures(balance)}，"
            f"可退{money.figures(balances.free_balance(session, number))}",
            "value": number,
        }
        for number, balance in balances.in_credit(session).items()
    ]


def as_sent(form: object) -> dict[str, str | None]:
    """What was typed, as far as the form can show it again."""
    return {name: shown(getattr(form, name, None), limit) for name, limit in FIELDS.items()}


def as_kept(refund: Refund | None) -> dict[str, str | None]:
    """What was kept when the form was right, for mending."""
    if refund is None:
        return {}
    return {
        "customer_no": refund.customer_no,
        "refund_amount": format(refund.amount, ".2f"),
        "payee": refund.payee,
        "payee_bank": refund.payee_bank,
        "payee_account": refund.payee_account,
        "refund_reason": refund.reason,
    }
