"""What the topics of delivery read and write (C8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import PaperView
from workers.fulfilment.messages import GoodsView, Rows
from workers.runtime import FileValue, Message, SentText


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

    note_document: FileValue
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
    exit_text: str | None = None


class ExitRecorded(ExitForm, ReceiptForm):
    """logged, stopped (stock or contract no longer allow it: the note is void) or invalid."""

    exit_outcome: str
    return_comment: str | None = None
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
