"""What the workshop's topics read and write, from the confirmed estimate to the car's return (W4-W10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, FormError
from workers.runtime import FileValue, Message, SentText
from workers.service.messages import OrderShown, Rows


class ProposeTechnicians(Message):
    """Who has the skill, and how much they have on their hands; everything stands in the database."""


class TechniciansProposed(CaseView, CheckedForm, OrderShown):
    """The list, the least loaded first."""

    technician_options: Rows
    technician_rows: Rows
    chosen_technician: str | None = None
    dispatch_due: datetime


class Dispatch(Message):
    """Whom the dispatcher chose."""

    chosen_technician: Any = None
    signed_by: SentText = None


class Dispatched(CaseView, CheckedForm, OrderShown):
    """dispatched, or again: the choice cannot stand."""

    dispatch_outcome: str
    technician: str | None = None
    diagnose_due: datetime
    product_options: Rows
    findings: str | None = None
    extra_lines: Rows


class DiagnosisForm(Message):
    """What the technician found."""

    findings: Any = None
    extra_lines: Any = None


class RecordDiagnosis(DiagnosisForm):
    """The technician's findings, and what should be done besides."""

    signed_by: SentText = None


class ExtraShown(Message):
    """Mixin of outputs: additional work as the advisor agrees it with the customer."""

    extra_rows: Rows
    extra_due: datetime
    extra_result: str | None = None
    extra_channel: str | None = None
    extra_promised_at: str | None = None
    extra_note: str | None = None
    extra_earliest: str = ""


class RepairShown(Message):
    """Mixin of outputs: what the technician is to do and has done."""

    technician: str | None = None
    """Who has it today; nobody once they have left (X2)."""
    repair_rows: Rows
    repair_due: datetime
    quality_text: str = ""


class DiagnosisRecorded(CaseView, CheckedForm, OrderShown, ExtraShown, RepairShown):
    """clean, extra (the customer is asked) or invalid."""

    diagnosis_outcome: str
    findings: str | None = None
    extra_lines: Rows


class RecordExtra(Message):
    """What the customer said to the additional work."""

    extra_result: Any = None
    """reached or unreached."""
    extra_channel: Any = None
    extra_rows: Any = None
    extra_promised_at: Any = None
    extra_note: Any = None
    signed_by: SentText = None


class ExtraRecorded(CaseView, CheckedForm, OrderShown, ExtraShown, RepairShown):
    """decided, or again: nobody was reached or the form has to be mended."""

    extra_outcome: str
    extra_lines: Rows


class RecordRepair(Message):
    """What was done, and what else was found."""

    repair_rows: Any = None
    findings: Any = None
    extra_lines: Any = None
    signed_by: SentText = None


class RepairRecorded(CaseView, CheckedForm, OrderShown, ExtraShown, RepairShown):
    """done, extra (the customer is asked first) or invalid."""

    repair_outcome: str
    findings: str | None = None
    extra_lines: Rows
    check_due: datetime
    check_result: str | None = None
    check_findings: str | None = None


class RecordQuality(Message):
    """The final check."""

    check_result: Any = None
    """passed or failed."""
    check_findings: Any = None
    signed_by: SentText = None


class QualityRecorded(CaseView, CheckedForm, OrderShown, RepairShown):
    """passed, failed (back to repair, counted) or invalid."""

    quality_outcome: str
    check_result: str | None = None
    check_findings: str | None = None


class PrepareBill(Message):
    """Draw the bill up from the lines as they were done."""


class BillShown(Message):
    """Mixin of outputs: the bill."""

    bill_no: str
    bill_rows: Rows
    bill_labour: str
    bill_parts: str
    bill_total: str


class BillPrepared(CaseView, CheckedForm, OrderShown, BillShown):
    """The bill as it is explained to the customer."""

    bill_document: FileValue | None = None
    explain_due: datetime
    explained: bool | None = None
    details_wanted: str | None = None
    payment_way: str | None = None
    payment_reference: str | None = None


class RecordBill(Message):
    """That the bill was explained, and how it is paid."""

    explained: Any = None
    details_wanted: Any = None
    payment_way: Any = None
    """counter or transfer."""
    payment_reference: Any = None
    signed_by: SentText = None


class BillRecorded(CaseView, CheckedForm, OrderShown, BillShown):
    """paid, finance (the money comes by transfer) or invalid."""

    bill_outcome: str
    explained: bool | None = None
    details_wanted: str | None = None
    payment_way: str | None = None
    payment_reference: str | None = None
    pay_due: datetime
    transfer_reference: str | None = None
    transfer_amount: str | None = None
    return_due: datetime
    bill_text: str = ""
    return_checks: list[str] = Field(default_factory=list)
    contact_channel: str | None = None
    contact_email: str | None = None
    return_note: str | None = None


class ReadPayment(Message):
    """Read anew what the bill still takes."""


class PaymentRead(CaseView, OrderShown):
    """paid, or waiting for `bill_left`."""

    payment_outcome: str
    bill_left: str
    pay_due: datetime
    return_due: datetime
    contact_channel: str | None = None
    contact_email: str | None = None


class RecordPayment(Message):
    """The transfer that finance found, or what came to the counter after all."""

    paid_by: Any = None
    """transfer or counter."""
    transfer_reference: Any = None
    transfer_amount: Any = None
    transfer_on: Any = None
    counter_reference: Any = None
    signed_by: SentText = None


class PaymentRecorded(CaseView, CheckedForm, OrderShown):
    """Booked, or (with errors) not; what is still owed is read afterwards."""

    paid_by: str | None = None
    transfer_reference: str | None = None
    transfer_amount: str | None = None
    transfer_on: str | None = None
    counter_reference: str | None = None


class ReturnCar(Message):
    """What went back to the customer."""

    return_checks: Any = None
    contact_channel: Any = None
    contact_email: Any = None
    return_note: Any = None
    signed_by: SentText = None


class CarReturned(CaseView, CheckedForm, OrderShown):
    """returned, unrepaired (the estimate was refused) or invalid."""

    return_outcome: str
    return_checks: list[str] = Field(default_factory=list)
    contact_channel: str | None = None
    contact_email: str | None = None
    return_note: str | None = None
    follow_up_no: str | None = None


class WatchPromise(Message):
    """Is the promised time in danger? Promise and work left stand in the database."""


class PromiseWatched(CaseView):
    """wait (look again at `watch_at`, or when the work goes on), danger (the customer is called) or done.

    The strand runs beside the work: what it shows has names of its own, so that neither overwrites the other's form.
    """

    promise_outcome: str
    watch_at: datetime
    delay_due: datetime
    delay_text: str = ""
    delay_customer: str = ""
    delay_result: str | None = None
    delay_channel: str | None = None
    delay_promised_at: str | None = None
    delay_note: str | None = None
    delay_errors: list[FormError] = Field(default_factory=list)


class RecordDelay(Message):
    """What the customer said to the delay."""

    delay_result: Any = None
    """told or unreached."""
    delay_channel: Any = None
    delay_promised_at: Any = None
    delay_note: Any = None
    signed_by: SentText = None


class DelayRecorded(CaseView):
    """told, finished (meanwhile: nothing to tell), or again: nobody was reached or the form has to be mended."""

    delay_outcome: str
    delay_text: str = ""
    delay_customer: str = ""
    delay_result: str | None = None
    delay_channel: str | None = None
    delay_promised_at: str | None = None
    delay_note: str | None = None
    delay_errors: list[FormError] = Field(default_factory=list)
