"""What the invoicing topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, PaperView, WithdrawForm, WithdrawnView
from workers.runtime import Message, SentText

Rows = list[dict[str, Any]]


class GateView(Message):
    """Mixin of outputs: the contract's money at this moment, and what may be asked for."""

    case_no: str
    customer_name: str
    total_figures: str
    received_figures: str
    percent_received: str
    gate_percent: str
    invoiced_figures: str
    invoiceable_figures: str
    invoices: Rows = Field(default_factory=list)
    """The invoices so far."""
    invoice_rows: Rows = Field(default_factory=list)


class CheckGate(Message):
    """Read anew what has been received of the contract and invoiced."""

    reissue: Any = None
    """At the start: a credit note calls, whose invoice is to be issued anew."""


class GateChecked(CaseView, CheckedForm, GateView):
    """work (the gate is open and something is left), wait, done, or shut (the money for it never comes)."""

    gate_outcome: str
    reissue: bool
    request_due: datetime
    request_reason: str | None = None


class PrepareRequest(Message):
    """What sales operations asks for."""

    invoice_rows: Any = None
    request_reason: Any = None
    signed_by: SentText = None


class VoidRequests(Message):
    """The contract was terminated: open requests are void."""


class RequestsVoided(CaseView):
    """Nothing of it is invoiced any more."""


class RequestPrepared(CaseView, CheckedForm, GateView, PaperView):
    """prepared (a paper to be signed), overtaken (nothing may be invoiced any more) or invalid."""

    request_outcome: str
    request_reason: str | None = None


class ReturnRequest(Message):
    """The signer sent the request back."""

    return_comment: Any = None


class RequestReturned(CaseView, CheckedForm, GateView):
    """The request's form as it was filled, with the comment."""

    request_due: datetime
    request_reason: str | None = None
    return_comment: str | None = None


class AllowInvoice(Message):
    """The request was signed; which one it is stands in the database."""


class InvoiceAllowed(CaseView, CheckedForm, GateView):
    """What finance issues: buyer, lines and tax."""

    request_no: str
    buyer_name: str
    buyer_tax_no: str
    net_figures: str
    tax_figures: str
    invoice_total_figures: str
    tax_rows: Rows
    issue_due: datetime
    invoice_number: str | None = None
    invoice_date: str | None = None
    invoice_refused: bool = False
    refusal_reason: str | None = None


class RecordInvoice(Message):
    """What finance read off the tax system, or why it cannot issue the invoice."""

    invoice_number: Any = None
    invoice_date: Any = None
    invoice_refused: Any = None
    refusal_reason: Any = None
    signed_by: SentText = None


class InvoiceRecorded(CaseView, CheckedForm):
    """The invoice is in finance's book or given back with a comment, unless the form has errors."""

    invoice_number: str | None = None
    invoice_date: str | None = None
    invoice_refused: bool = False
    refusal_reason: str | None = None
    return_comment: str | None = None


class CreditForm(Message):
    """A credit note as it was asked for."""

    corrected_invoice: Any = None
    credit_reason: Any = None


class OpenCreditNote(CreditForm):
    """Open the case of a credit note."""

    started_by: SentText = None
    applicant: Any = None


class CreditNoteOpened(CaseView, CheckedForm):
    """The case, with what came along with its start."""

    case_no: str
    credit_attached: bool
    credit_due: datetime
    corrected_invoice: str | None = None
    credit_reason: str | None = None
    return_comment: str | None = None


class CheckCreditNote(CreditForm):
    """Check what finance asked for."""

    signed_by: SentText = None


class CreditNoteChecked(CaseView, CheckedForm, PaperView):
    """The credit note as a paper to be signed, or what is wrong."""

    corrected_invoice: str | None = None
    credit_reason: str | None = None


class AllowCreditNote(Message):
    """The credit note was signed."""


class CreditNoteAllowed(CaseView, CheckedForm):
    """Finance gets to issue it; the form starts empty."""

    issue_due: datetime
    invoice_number: str | None = None
    invoice_date: str | None = None


class RecordCreditNote(Message):
    """What finance read off the tax system."""

    invoice_number: Any = None
    invoice_date: Any = None
    signed_by: SentText = None


class CreditNoteRecorded(CaseView, CheckedForm):
    """The credit note is in finance's book, unless the form has errors; who sees to a new invoice."""

    invoice_number: str | None = None
    invoice_date: str | None = None
    contract_no: str | None = None
    reissue: bool = False
    """No case of the contract waits to invoice it any more: this one has to."""


class ReturnCreditNote(Message):
    """The signer sent the credit note back."""

    return_comment: Any = None


class CreditNoteReturned(CaseView, CheckedForm):
    """The form again, with the comment."""

    credit_due: datetime
    corrected_invoice: str | None = None
    credit_reason: str | None = None
    return_comment: str | None = None


class WithdrawCreditNote(WithdrawForm):
    """What the tracking form sent."""


class CreditNoteWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
