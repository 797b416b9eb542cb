"""What the commission's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, PaperView, WithdrawForm, WithdrawnView
from workers.runtime import FileValue, Message, SentText


class PayableRow(Message):
    """A contract's commission as the form shows it."""

    contract_no: str
    customer: str
    contract_amount: str
    received: str
    percent: str
    rate: str
    accrued: str
    withheld: str
    paid: str
    payable: str


class CommissionForm(Message):
    """The commission form as it was sent; `drafting.read` reads it."""

    salesperson: Any = None
    payouts: Any = None
    payout_note: Any = None


class CommissionSheet(CommissionForm):
    """The form with the figures of this moment."""

    salesperson_name: str = ""
    payable_total: str = ""
    payable_rows: list[PayableRow] = Field(default_factory=list)
    payout_notice: str = ""
    """What the form says that was sent to see a salesperson's contracts: no fault of whoever sent it."""
    salesperson_options: list[dict[str, str]] = Field(default_factory=list)


class OpenPayout(Message):
    """Open the case of a payout: from the start form, a file, or a closed month."""

    started_by: SentText = None
    applicant: Any = None
    payout_reason: Any = None
    salesperson: Any = None


class PayoutOpened(CaseView, CheckedForm, CommissionSheet):
    """The case, and the form with what is payable now."""

    case_no: str
    payout_reason: str
    fill_due: datetime
    return_comment: str | None = None


class Prepare(CommissionForm):
    """Check the form and draw the paper up."""

    signed_by: SentText = None


class Prepared(CaseView, CheckedForm, PaperView, CommissionSheet):
    """The paper for its signers, unless something is to be mended."""


class ReturnPaper(Message):
    """Give the form back: a signer returned it, or less is payable than was approved."""

    return_comment: Any = None


class PaperReturned(CaseView, CheckedForm, CommissionSheet):
    """The form with the figures of this moment and the comment."""

    return_comment: str
    fill_due: datetime


class ClosePayout(Message):
    """End the case of a paper that was rejected."""


class PayoutClosed(CaseView):
    """The case is closed."""


class ArrangePayment(Message):
    """Prepare the payment of the approved paper."""


class ApprovedRow(Message):
    """What was approved on one contract."""

    contract_no: str
    customer: str
    payable: str
    amount: str


class PaymentArranged(CaseView, CheckedForm):
    """What finance reads when it pays; its own fields start empty."""

    pay_due: datetime
    payout_total: str
    payout_in_words: str
    payout_note_text: str
    signer_text: str
    payout_rows: list[ApprovedRow]
    signed_paper: FileValue
    paid_on: str | None = None
    bank_reference: str | None = None


class Pay(Message):
    """What finance registered."""

    paid_on: Any = None
    bank_reference: Any = None
    signed_by: SentText = None


class CommissionPaid(CaseView, CheckedForm):
    """paid, invalid (the form has to be mended) or changed (less is payable now: sales operations fills again)."""

    pay_outcome: str
    return_comment: str | None = None
    paid_on: str | None = None
    bank_reference: str | None = None


class WithdrawPayout(WithdrawForm):
    """What the starter's tracking form sent."""


class PayoutWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
