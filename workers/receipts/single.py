"""A receipt that finance enters by hand: a payment, a prepayment, a balance applied, or a reversal (A6, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import catalog, debts, money
from workers.cases import FormReader, shown
from workers.receipts import booking, cells, references
from workers.receipts.kept import Money, Paid
from workers.receipts.payments import MOST_REFERENCE
from workers.receipts.references import Refused
from workers.receipts.store import PREPAYMENT, Receipt

PAY, PREPAY, APPLY, REVERSE = "payment", "prepayment", "offset", "reversal"
ACTIONS = frozenset({PAY, PREPAY, APPLY, REVERSE})
MOST_PAYER, MOST_REMARK, MOST_REASON = 200, 500, 500
_FIELDS = {
    "receiptAction": 16,
    "contractNo": 32,
    "customerNo": 32,
    "amount": 20,
    "valueDate": 10,
    "bankReference": MOST_REFERENCE,
    "payer": MOST_PAYER,
    "remark": MOST_REMARK,
    "receiptId": 20,
    "reversalReason": MOST_REASON,
}


@dataclass(frozen=True)
class Entry:
    """What the form asks for, read and checked; yuan. Which fields count depends on the action."""

    action: str
    amount: Decimal
    value_date: date
    contract_no: str = ""
    customer_no: str = ""
    bank_reference: str = ""
    payer: str = ""
    remark: str = ""
    receipt_id: int = 0


def read(raw: Mapping[str, Any], reader: FormReader, today: date) -> Entry | None:
    """The form as it was sent, whatever that is; None when `reader` has found something wrong."""
    action = raw.get("receiptAction")
    if action not in ACTIONS:
        reader.wrong("receiptAction", "登记事项：请选择收款、预收、余额抵付或冲正")
        return None
    if action == REVERSE:
        number = reader.whole("receiptId", "被冲正的收款", raw.get("receiptId"), 1, 10**12)
        reason = reader.text("reversalReason", "冲正原因", raw.get("reversalReason"), MOST_REASON, lines=True)
        return (
            None if reader.errors else Entry(action, Decimal(0), today, remark=reason, receipt_id=number or 0)
        )
    amount = reader.amount("amount", "金额", raw.get("amount"))
    contract_no = customer_no = reference = payer = ""
    on: date | None = today
    if action == PREPAY:
        customer_no = reader.text("customerNo", "客户", raw.get("customerNo"), 32)
    else:
        contract_no = reader.text("contractNo", "合同", raw.get("contractNo"), 32)
    if action != APPLY:
        on = reader.day("valueDate", "到账日期", raw.get("valueDate"))
        if on is not None and not cells.EARLIEST <= on <= today:
            reader.wrong("valueDate", f"到账日期：{on}应在{cells.EARLIEST}至今天之间")
        reference = references.read(reader, raw.get("bankReference"))
        payer = reader.text("payer", "付款人", raw.get("payer"), MOST_PAYER, required=False)
    remark = reader.text("remark", "摘要", raw.get("remark"), MOST_REMARK, required=False, lines=True)
    if reader.errors or amount is None or on is None:
        return None
    return Entry(action, amount, on, contract_no, customer_no, reference, payer, remark)


def enter(session: Session, entry: Entry, case_no: str, by: str, at: datetime) -> str:
    """Do what the form asks for; returns what was done, in Chinese. Raises Refused. The case must be locked."""
    booking.one_at_a_time(session)
    if entry.action == REVERSE:
        receipt = session.get(Receipt, entry.receipt_id)
        if receipt is None:
            raise Refused("没有这笔收款")
        booking.take_back(session, receipt, entry.remark, case_no, by, at)
        return f"冲正{described(receipt)}：{entry.remark}"
    reference = f"{case_no}余额抵付" if entry.action == APPLY else entry.bank_reference
    paid = Money(entry.amount, entry.value_date, reference, entry.payer, entry.remark, case_no, by, at)
    if entry.action == APPLY:
        booking.apply_balance(session, paid, entry.contract_no)
        return f"客户余额抵付{entry.contract_no} {money.figures(entry.amount)}"
    references.refuse_awaiting(session, reference)
    if entry.action == PREPAY:
        if catalog.customer(session, entry.customer_no) is None:
            raise Refused(f"没有客户{entry.customer_no}")
        booking.keep_as_balance(session, paid, entry.customer_no)
        return f"{money.figures(entry.amount)}记入客户{entry.customer_no}的余额"
    return paid_for(session, booking.pay(session, paid, entry.contract_no))


def paid_for(session: Session, paid: Paid) -> str:
    """What a payment has paid: principal, interest, what became the customer's balance."""
    receipt = paid.receipt
    if receipt.bill_no is not None:
        said = f"维修结算单{receipt.bill_no}收款{money.figures(receipt.amount)}"
        return f"{said}。{paid.remark}" if paid.remark else said
    split = debts.find(session, receipt.bank_reference)
    if split is None:
        return described(receipt)
    parts = (("货款", split.principal), ("利息", split.interest), ("转入客户余额", split.surplus))
    said = "，".join(f"{name}{money.figures(amount)}" for name, amount in parts if amount)
    said = f"合同{receipt.contract_no}收款{money.figures(receipt.amount)}：{said}"
    return f"{said}。{paid.remark}" if paid.remark else said


def described(receipt: Receipt) -> str:
    """A receipt in one line."""
    whose = f"维修结算单{receipt.bill_no}" if receipt.bill_no else f"合同{receipt.contract_no}"
    whose = f"客户{receipt.customer_no}预收" if receipt.kind == PREPAYMENT else whose
    payer = f" {receipt.payer[:40]}" if receipt.payer else ""
    return (
        f"{receipt.value_date} {money.figures(receipt.amount)} {whose}{payer}(流水号{receipt.bank_reference})"
    )


def as_sent(raw: Mapping[str, Any]) -> dict[str, str | None]:
    """What was typed, as far as the form can show it again."""
    return {name: shown(raw.get(name), limit) for name, limit in _FIELDS.items()}
