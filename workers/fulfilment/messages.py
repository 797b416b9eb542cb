"""What the fulfilment's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, PaperView
from workers.runtime import FileValue, Message, SentText

Rows = list[dict[str, Any]]
"""Rows of a form's list or table, as it names their fields."""


class GoodsView(CaseView, CheckedForm):
    """Mixin of outputs: the contract and its goods at this moment, as forms show them."""

    case_no: str
    customer_name: str
    total_figures: str
    delivery_date: str
    received_figures: str
    percent_received: str
    hold_text: str
    goods: Rows


class OpenFulfilment(Message):
    """Open the fulfilment of a contract in force; which one it is, is the business key."""


class FulfilmentOpened(CaseView):
    """The case is open."""

    case_no: str


class CheckPayment(Message):
    """Read anew what the customer has paid."""


class PaymentChecked(CaseView):
    """paid (in full) or wait."""

    payment_outcome: str


class CompleteFulfilment(Message):
    """End the contract when nothing of it is open."""

    entries_seen: int | None = None


class FulfilmentCompleted(CaseView):
    """completed, or open: something has been added since a strand ended, and all of them look again."""

    completion_outcome: str
    entries_seen: int
    """How many entries the books held of the contract; a second look at the same figures would find the same."""


class CloseTerminated(Message):
    """The contract was terminated: what is open of its papers is void."""


class TerminatedClosed(CaseView):
    """The case is closed."""


class PlanProduction(Message):
    """Read anew what has to be produced."""

    return_comment: Any = None


class ProductionPlanned(GoodsView):
    """work, wait or done; for work the form of the notice."""

    production_plan: str
    return_comment: str | None = None
    notice_lines: Rows = Field(default_factory=list)
    finish_by: str | None = None
    notice_remark: str | None = None
    notice_due: datetime | None = None


class PrepareProductionNotice(Message):
    """What planning filled."""

    notice_lines: Any = None
    finish_by: Any = None
    notice_remark: Any = None
    signed_by: SentText = None


class ProductionNoticePrepared(GoodsView, PaperView):
    """prepared, invalid (to be mended) or obsolete (there is nothing to produce any more)."""

    notice_outcome: str
    return_comment: str | None = None
    notice_lines: Rows = Field(default_factory=list)
    finish_by: str | None = None
    notice_remark: str | None = None


class IssueProductionNotice(Message):
    """The notice that the deputy GM has approved comes into force; the database knows which one."""


class BatchForm(GoodsView):
    """Mixin of outputs: the form of the next batch."""

    notice_no: str | None = None
    notice_text: str | None = None
    notice_left: Rows = Field(default_factory=list)
    batch_lines: Rows = Field(default_factory=list)
    produced_on: str | None = None
    batch_remark: str | None = None
    batch_due: datetime | None = None


class ProductionNoticeIssued(BatchForm):
    """Production may begin."""


class ReportProduction(Message):
    """What production reported of a batch."""

    batch_lines: Any = None
    produced_on: Any = None
    batch_remark: Any = None
    signed_by: SentText = None


class ProductionReported(BatchForm):
    """reported, invalid or obsolete (nothing of the notice is left to be made); the form of the inspection."""

    report_outcome: str
    batch_no: str | None = None
    batch_rows: Rows = Field(default_factory=list)
    inspection_lines: Rows = Field(default_factory=list)
    inspection_remark: str | None = None
    inspection_due: datetime | None = None


class RecordInspection(Message):
    """What quality found."""

    inspection_lines: Any = None
    inspection_remark: Any = None
    signed_by: SentText = None


class InspectionRecorded(BatchForm):
    """passed (at least a part), failed (all of it goes back to production) or invalid."""

    inspection_outcome: str
    batch_no: str
    batch_rows: Rows = Field(default_factory=list)
    inspection_lines: Rows = Field(default_factory=list)
    inspection_remark: str | None = None
    certificate_no: str | None = None
    store_lines: Rows = Field(default_factory=list)
    location: str | None = None
    store_due: datetime | None = None


class RecordInbound(Message):
    """What the warehouse counted and stored."""

    store_lines: Any = None
    location: Any = None
    signed_by: SentText = None


class InboundRecorded(BatchForm):
    """open (the notice has something left), done or invalid."""

    inbound_outcome: str
    batch_no: str
    certificate_no: str | None = None
    batch_rows: Rows = Field(default_factory=list)
    store_lines: Rows = Field(default_factory=list)
    location: str | None = None


class PlanDelivery(Message):
    """Read anew what can be delivered."""

    return_comment: Any = None


class DeliveryPlanned(GoodsView):
    """work, wait or done; for work the form of the delivery note."""

    delivery_plan: str
    return_comment: str | None = None
    delivery_lines: Rows = Field(default_factory=list)
    leave_on: str | None = None
    destination: str | None = None
    delivery_remark: str | None = None
    delivery_due: datetime | None = None


class PrepareDeliveryNote(Message):
    """What sales operations filled."""

    delivery_lines: Any = None
    leave_on: Any = None
    destination: Any = None
    delivery_remark: Any = None
    signed_by: SentText = None


class DeliveryNotePrepared(GoodsView, PaperView):
    """prepared, invalid (to be mended, a customer under hold too) or obsolete (nothing can leave any more)."""

    note_outcome: str
    return_comment: str | None = None
    delivery_lines: Rows = Field(default_factory=list)
    leave_on: str | None = None
    destination: str | None = None
    delivery_remark: str | None = None


class IssueDeliveryNote(Message):
    """The note that the sales manager has approved comes into force; the database knows which one."""


class NoteForm(GoodsView):
    """Mixin of outputs: the delivery note as everybody after its approval reads it."""

    note_no: str
    note_text: str
    note_rows: Rows


class ReleaseForm(NoteForm):
    """Mixin of outputs: the form of the warehouse."""

    release_decision: str | None = None
    release_lines: Rows = Field(default_factory=list)
    release_remark: str | None = None


class DeliveryNoteIssued(ReleaseForm):
    """The warehouse may release the goods."""

    release_due: datetime


class RecordRelease(Message):
    """What the warehouse released, or why it cannot."""

    release_decision: Any = None
    release_lines: Any = None
    release_remark: Any = None
    signed_by: SentText = None


class ReleaseRecorded(ReleaseForm):
    """released, refused (the note is void, sales operations plans anew) or invalid; the form of the gate."""

    release_outcome: str
    return_comment: str | None = None
    pass_no: str | None = None
    pass_document: FileValue | None = None
    exit_due: datetime | None = None
    pass_presented: str | None = None
    plate: str | None = None
    driver: str | None = None
    left_at: str | None = None


class RecordExit(Message):
    """What gate security logged."""

    pass_presented: Any = None
    plate: Any = None
    driver: Any = None
    left_at: Any = None
    signed_by: SentText = None


class ExitForm(NoteForm):
    """Mixin of outputs: the form of the gate."""

    pass_no: str | None = None
    pass_presented: str | None = None
    plate: str | None = None
    driver: str | None = None
    left_at: str | None = None


class ReceiptForm(NoteForm):
    """Mixin of outputs: the form of the customer's signed copy; the scan is asked anew each time."""

    receipt_lines: Rows = Field(default_factory=list)
    receipt_signer: str | None = None
    receipt_signed_on: str | None = None
    receipt_scan: FileValue | None = None


class ExitRecorded(ExitForm, ReceiptForm):
    """logged or invalid."""

    exit_outcome: str
    exit_text: str | None = None
    receipt_due: datetime | None = None


class RecordCustomerReceipt(Message):
    """What stands on the customer's copy; the scan is read from the engine."""

    receipt_lines: Any = None
    receipt_signer: Any = None
    receipt_signed_on: Any = None
    signed_by: SentText = None


class CustomerReceiptRecorded(ReceiptForm):
    """signed (for all of it), returned (goods came back and are to be inspected) or invalid."""

    receipt_outcome: str
    return_rows: Rows = Field(default_factory=list)
    return_lines: Rows = Field(default_factory=list)
    return_remark: str | None = None
    inspect_due: datetime | None = None


class RecordReturnInspection(Message):
    """What quality found about goods that came back."""

    return_lines: Any = None
    return_remark: Any = None
    signed_by: SentText = None


class ReturnInspectionRecorded(NoteForm):
    """recorded or invalid."""

    return_outcome: str
    return_rows: Rows = Field(default_factory=list)
    return_lines: Rows = Field(default_factory=list)
    return_remark: str | None = None
