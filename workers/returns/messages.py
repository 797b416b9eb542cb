"""What the topics of the returns room read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, PaperView, WithdrawForm, WithdrawnView
from workers.runtime import FileValue, Message, SentText

Rows = list[dict[str, Any]]
"""Rows of a form's list or table, as it names their fields."""


class GoodsReturnForm(Message):
    """A return as it was sent: anything may stand in any field, `forms.read` reads it."""

    contract_no: Any = None
    return_lines: Any = None
    return_reason: Any = None


class ReturnFilling(CaseView, CheckedForm):
    """Mixin of outputs: the form as it is shown, with the contract's lines that can come back."""

    contract_no: str | None = None
    lines_of: str | None = None
    """The contract whose lines the form shows."""
    customer_name: str | None = None
    return_lines: Rows = Field(default_factory=list)
    return_reason: str | None = None


class OpenGoodsReturn(GoodsReturnForm):
    """Open the case of a return."""

    started_by: SentText = None
    applicant: Any = None


class GoodsReturnOpened(ReturnFilling):
    """The case, with what came along with its start."""

    case_no: str
    return_attached: bool
    """The form came with a program's start and is checked at once."""
    return_due: datetime
    return_comment: str | None = None


class CheckGoodsReturn(GoodsReturnForm):
    """Check what sales operations filled."""

    lines_of: SentText = None
    signed_by: SentText = None


class GoodsReturnChecked(ReturnFilling, PaperView):
    """The return as a paper to be signed, or what is wrong."""


class SendBackGoodsReturn(Message):
    """The signer sent the return back."""

    return_comment: Any = None


class GoodsReturnSentBack(ReturnFilling):
    """The form again, with the comment."""

    return_due: datetime
    return_comment: str | None = None


class ReturnSteps(CaseView, CheckedForm):
    """Mixin of outputs: the return as everybody after its approval reads it."""

    return_text: str | None = None
    return_rows: Rows = Field(default_factory=list)


class AllowGoodsReturn(Message):
    """The return was signed."""


class GoodsReturnAllowed(ReturnSteps):
    """The warehouse expects the goods."""

    signed_paper: FileValue
    receive_due: datetime
    received_lines: Rows
    receive_remark: str | None = None
    return_comment: str | None = None


class RecordReturned(Message):
    """What the warehouse counted."""

    received_lines: Any = None
    receive_remark: Any = None
    signed_by: SentText = None


class ReturnedRecorded(ReturnSteps):
    """received or invalid; the form of quality."""

    receive_outcome: str
    received_lines: Rows = Field(default_factory=list)
    receive_remark: str | None = None
    inspect_due: datetime | None = None
    inspection_lines: Rows = Field(default_factory=list)


class RecordReturnedInspection(Message):
    """What quality found."""

    inspection_lines: Any = None
    signed_by: SentText = None


class ReturnedInspected(ReturnSteps):
    """inspected or invalid; the form of finance."""

    inspect_outcome: str
    inspection_lines: Rows = Field(default_factory=list)
    book_due: datetime | None = None
    book_decision: str | None = None
    book_remark: str | None = None
    paper_signer: str | None = None
    paper_signed_on: str | None = None
    paper_lines: Rows = Field(default_factory=list)
    return_scan: FileValue | None = None


class BookGoodsReturn(Message):
    """What stands on the customer's signed paper; the scan is read from the engine."""

    book_decision: Any = None
    book_remark: Any = None
    paper_signer: Any = None
    paper_signed_on: Any = None
    paper_lines: Any = None
    signed_by: SentText = None


class GoodsReturnBooked(ReturnSteps):
    """booked, recount (the warehouse counts anew) or invalid."""

    book_outcome: str
    book_decision: str | None = None
    book_remark: str | None = None
    paper_signer: str | None = None
    paper_signed_on: str | None = None
    paper_lines: Rows = Field(default_factory=list)
    return_scan: FileValue | None = None
    receive_due: datetime | None = None
    received_lines: Rows = Field(default_factory=list)
    receive_remark: str | None = None
    return_comment: str | None = None


class WithdrawGoodsReturn(WithdrawForm):
    """What the tracking form sent."""


class GoodsReturnWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
