"""What the topics of the receipts room read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, WithdrawForm, WithdrawnView
from workers.runtime import FileValue, Message, SentText

Options = list[dict[str, str]]


class ReceiptForm(Message):
    """A single receipt as it was sent: anything may stand in any field, `single.read` reads it."""

    receipt_action: Any = None
    contract_no: Any = None
    customer_no: Any = None
    amount: Any = None
    value_date: Any = None
    bank_reference: Any = None
    payer: Any = None
    remark: Any = None
    receipt_id: Any = None
    reversal_reason: Any = None


class ReceiptChoices(Message):
    """What the forms' selects offer."""

    contract_options: Options
    customer_options: Options
    receipt_options: Options


class ClaimRow(Message):
    """A payment that nobody could be found for, and what a person says of it."""

    line_id: str
    paid_on: str
    payer: str
    amount: str
    remark: str
    reason: str
    candidates: str
    decision: str | None = None
    contract_no: str | None = None
    customer_no: str | None = None
    explanation: str | None = None


class Unmatched(Message):
    """The payments that wait for a person: the first of them, and how many there are."""

    claims: list[ClaimRow] = Field(default_factory=list)
    unmatched_count: int = 0
    claim_due: datetime
    claim_summary: str | None = None


class OpenReceipts(ReceiptForm):
    """Open the case: money to be entered by hand, a statement to be uploaded, or one that came by command."""

    started_by: SentText = None
    applicant: Any = None
    receipt_way: Any = None
    statement_case: Any = None


class ReceiptsOpened(CaseView, CheckedForm, ReceiptChoices, ReceiptForm, Unmatched):
    """The case, and the form filled with what came with the start."""

    case_no: str
    entry_way: str
    """form, attached (the receipt came with the start), upload or arrived (a statement came by command)."""
    enter_due: datetime
    import_summary: str | None = None
    row_faults: list[dict[str, str]] = Field(default_factory=list)


class RecordReceipt(ReceiptForm):
    """Book what finance entered by hand."""

    signed_by: SentText = None


class ReceiptRecorded(CaseView, CheckedForm, ReceiptChoices, ReceiptForm):
    """What was booked, or what has to be mended."""

    receipt_summary: str | None = None


class ImportStatement(Message):
    """Take the uploaded statement in; the file is read from the engine."""

    statement_filename: Any = None
    upload_finished: Any = None
    signed_by: SentText = None


class StatementImported(CaseView, CheckedForm, ReceiptChoices, Unmatched):
    """What became of the file. `import_outcome`: done, or again when the person should look at it once more."""

    import_outcome: str
    import_summary: str | None = None
    row_faults: list[dict[str, str]] = Field(default_factory=list)
    statement_file: FileValue | None = None
    statement_filename: str | None = None
    upload_finished: bool | None = None


class ResolveUnmatched(Message):
    """What finance says of payments that could not be matched."""

    claims: Any = None
    signed_by: SentText = None


class UnmatchedResolved(CaseView, CheckedForm, ReceiptChoices, Unmatched):
    """The payments that are still unmatched."""


class WithdrawReceipts(WithdrawForm):
    """What the tracking form sent."""


class ReceiptsWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
