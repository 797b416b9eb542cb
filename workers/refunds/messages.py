"""What the topics of the refunds room read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, PaperView, WithdrawForm, WithdrawnView
from workers.runtime import FileValue, Message, SentText

Options = list[dict[str, str]]


class RefundForm(Message):
    """A refund as it was sent: anything may stand in any field, `forms.read` reads it."""

    customer_no: Any = None
    refund_amount: Any = None
    payee: Any = None
    payee_bank: Any = None
    payee_account: Any = None
    refund_reason: Any = None


class RefundFilling(CaseView, CheckedForm):
    """Mixin of outputs: the form as it is shown, with the customers who have a balance."""

    customer_no: str | None = None
    refund_amount: str | None = None
    payee: str | None = None
    payee_bank: str | None = None
    payee_account: str | None = None
    refund_reason: str | None = None
    customer_options: Options = Field(default_factory=list)


class OpenRefund(RefundForm):
    """Open the case of a refund."""

    started_by: SentText = None
    applicant: Any = None


class RefundOpened(RefundFilling):
    """The case, with what came along with its start."""

    case_no: str
    refund_attached: bool
    """The form came with a program's start and is checked at once."""
    refund_due: datetime
    return_comment: str | None = None


class CheckRefund(RefundForm):
    """Check what finance asked for."""

    signed_by: SentText = None


class RefundChecked(RefundFilling, PaperView):
    """The refund as a paper to be signed, or what is wrong."""


class ReturnRefund(Message):
    """The signer sent the refund back."""

    return_comment: Any = None


class RefundReturned(RefundFilling):
    """The form again, with the comment."""

    refund_due: datetime
    return_comment: str | None = None


class ArrangeRefund(Message):
    """The refund was signed."""


class RefundArranged(CaseView, CheckedForm):
    """Finance gets to pay it; the form starts empty."""

    pay_due: datetime
    signed_paper: FileValue
    pay_decision: str | None = None
    pay_remark: str | None = None
    paid_on: str | None = None
    bank_reference: str | None = None


class PayRefund(Message):
    """What finance says of the bank's payment."""

    pay_decision: Any = None
    pay_remark: Any = None
    paid_on: Any = None
    bank_reference: Any = None
    signed_by: SentText = None


class RefundPaid(CaseView, CheckedForm):
    """`pay_outcome`: paid (it is in finance's book), returned (it could not be paid like this) or invalid."""

    pay_outcome: str
    pay_decision: str | None = None
    pay_remark: str | None = None
    paid_on: str | None = None
    bank_reference: str | None = None
    return_comment: str | None = None


class WithdrawRefund(WithdrawForm):
    """What the tracking form sent."""


class RefundWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
