"""Rules of contract, deposit and cancellation (V7): pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from workers.cases import FormReader
from workers.money import figures, plain
from workers.receipts import references
from workers.vehicle_orders.forms import CancelForm, ContractForm, DecisionForm, PaymentForm, SignatureForm
from workers.vehicle_orders.store import (
    CUSTOMER_FAULT,
    DOUBLED,
    FORFEITED,
    KEPT,
    NOBODY,
    OUR_FAULT,
    RETURNED,
)

LEGAL_PERCENT = Decimal(20)
"""民法典 586: what a deposit exceeds of the price has no effect as such."""
MOST_TEXT, MOST_NAME, MOST_REFERENCE = 500, 100, 80
NEW, BALANCE = "new", "balance"
SOURCES = {NEW: "新到账", BALANCE: "客户余额抵付"}
LATEST_PROMISE = timedelta(days=365)
SIGNED, OBJECTED = "signed", "objected"
FAULTS = {CUSTOMER_FAULT: "客户违约", OUR_FAULT: "本店违约", NOBODY: "双方均无违约"}
DECISIONS = {
    FORFEITED: "定金不予返还",
    RETURNED: "返还定金",
    DOUBLED: "双倍返还定金",
    KEPT: "不解除，继续履行",
}
ALLOWED = {CUSTOMER_FAULT: (FORFEITED, RETURNED), OUR_FAULT: (DOUBLED,), NOBODY: (RETURNED,)}
"""民法典 587: who breaks the contract loses the deposit, or returns it twice; goodwill to the customer is allowed."""


@dataclass(frozen=True)
class Terms:
    """What the standard contract says beside the deal; the deposit in yuan."""

    deposit: Decimal
    promised_at: datetime
    remarks: str


@dataclass(frozen=True)
class Signature:
    """The customer's: signed by whom and when, or the objection."""

    signer: str = ""
    signed_on: date | None = None
    objection: str = ""


@dataclass(frozen=True)
class Payment:
    """Money that came in, or what the customer has with us already; yuan."""

    amount: Decimal
    value_date: date
    bank_reference: str = ""
    source: str = NEW


@dataclass(frozen=True)
class Asked:
    """A cancellation that is asked for."""

    fault: str
    reason: str


@dataclass(frozen=True)
class Settlement:
    """What a cancellation does to the money; yuan."""

    kept: Decimal
    """Stays ours: what the contract is still worth."""
    refund: Decimal
    """Of what was received, becomes the customer's balance."""
    penalty: Decimal
    """Comes to that balance out of our pocket: the second half of a doubled deposit."""

    @property
    def repaid(self) -> Decimal:
        """All that the customer gets."""
        return self.refund + self.penalty


def deposit_limit(price: Decimal, percent: Decimal) -> Decimal:
    """The largest deposit in yuan: the policy's percentage of the price, never above the law's 20 %."""
    limit = price * min(percent, LEGAL_PERCENT) / 100
    return limit.quantize(Decimal("0.01"), ROUND_DOWN)


def read_terms(
    form: ContractForm, reader: FormReader, price: Decimal, percent: Decimal, now: datetime
) -> Terms | None:
    """Deposit within the limit, and a moment to come for the delivery."""
    deposit = reader.amount("depositAmount", "定金", form.deposit_amount)
    limit = deposit_limit(price, percent)
    if deposit is not None and deposit > limit:
        share = plain(min(percent, LEGAL_PERCENT))
        reader.wrong("depositAmount", f"定金：不得超过车价的{share}%，即{figures(limit)}")
    promised = reader.moment("promisedAt", "约定交车时间", form.promised_at, now, now + LATEST_PROMISE)
    remarks = reader.text(
        "contractRemarks", "补充约定", form.contract_remarks, MOST_TEXT, required=False, lines=True
    )
    if reader.errors or deposit is None or promised is None:
        return None
    return Terms(deposit, promised, remarks)


def read_signature(form: SignatureForm, reader: FormReader, drawn_on: date, today: date) -> Signature | None:
    """The customer's signature on the contract, or what they object to."""
    decisions = {SIGNED: "已签署", OBJECTED: "有异议"}
    decision = reader.choice("customerDecision", "客户的答复", form.customer_decision, decisions)
    if decision == OBJECTED:
        objection = reader.text("objection", "客户的异议", form.objection, MOST_TEXT, lines=True)
        return None if reader.errors else Signature(objection=objection)
    signer = reader.text("customerSigner", "客户签署人", form.customer_signer, MOST_NAME)
    signed_on = reader.day("customerSignedOn", "签署日期", form.customer_signed_on)
    if signed_on is not None and not drawn_on <= signed_on <= today:
        reader.wrong("customerSignedOn", f"签署日期：应在合同拟制日期{drawn_on}至今天之间")
    return None if reader.errors else Signature(signer, signed_on)


def read_payment(form: PaymentForm, reader: FormReader, earliest: date, today: date) -> Payment | None:
    """New money with its day and the reference under which it is booked once; or the customer's balance, today."""
    source = reader.choice("paymentSource", "款项来源", form.payment_source or NEW, SOURCES)
    amount = reader.amount("paymentAmount", "收款金额", form.payment_amount)
    if source == BALANCE:
        return None if reader.errors or amount is None else Payment(amount, today, source=BALANCE)
    on = reader.day("paymentOn", "到账日期", form.payment_on)
    if on is not None and not earliest <= on <= today:
        reader.wrong("paymentOn", f"到账日期：应在{earliest}至今天之间")
    reference = references.read(reader, form.bank_reference, label="收款凭证号")
    if reader.errors or amount is None or on is None:
        return None
    return Payment(amount, on, reference)


def read_cancellation(form: CancelForm, reader: FormReader) -> Asked | None:
    """Why the order is to be cancelled, and who broke it."""
    fault = reader.choice("cancelFault", "解除原因", form.cancel_fault, FAULTS)
    reason = reader.text("cancelReason", "情况说明", form.cancel_reason, MOST_TEXT, lines=True)
    return None if reader.errors or fault is None else Asked(fault, reason)


def allowed(fault: str, deposit: Decimal) -> tuple[str, ...]:
    """What may be decided, beside going on: without a deposit (yuan) there is nothing to keep or to double."""
    return ALLOWED[fault] if deposit > 0 else (RETURNED,)


def read_decision(form: DecisionForm, reader: FormReader, fault: str, deposit: Decimal) -> str | None:
    """The decision that the law allows for who broke the contract; without a deposit nothing is kept or doubled."""
    decision = reader.choice("cancelDecision", "处理决定", form.cancel_decision, DECISIONS)
    reader.text("decisionReason", "理由", form.decision_reason, MOST_TEXT, lines=True)
    if decision not in (None, KEPT, *allowed(fault, deposit)):
        words = "、".join(DECISIONS[one] for one in allowed(fault, deposit))
        why = FAULTS[fault] if deposit > 0 else "尚未收到定金"
        reader.wrong(
            "cancelDecision", f"处理决定：{why}的，只能{words}（民法典第五百八十六条、第五百八十七条）"
        )
    return None if reader.errors else decision


def settle(decision: str, received: Decimal, deposit: Decimal) -> Settlement:
    """What becomes of the money: `received` in all, of which `deposit` was paid as such; yuan."""
    kept = deposit if decision == FORFEITED else Decimal(0)
    penalty = deposit if decision == DOUBLED else Decimal(0)
    return Settlement(kept=kept, refund=received - kept, penalty=penalty)
