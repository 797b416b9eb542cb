"""What the workshop's topics read and write, up to the confirmed estimate (W1-W3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, FormError, WithdrawForm
from workers.customers import CustomerView
from workers.runtime import FileValue, Message, SentText

Rows = list[dict[str, str]]


class OrderShown(CustomerView):
    """Mixin of outputs: the order as every step's form shows it, read anew."""

    case_no: str
    car_text: str
    service_wish: str
    customer_words: str
    promised_text: str
    order_rows: Rows
    order_total: str
    car_history: Rows


class AppointmentForm(Message):
    """An appointment as it was asked for."""

    booking_action: Any = None
    """search (show other times), book or cancel."""
    caller_phone: Any = None
    caller_name: Any = None
    plate: Any = None
    vin: Any = None
    car_model: Any = None
    wish: Any = None
    planned_hours: Any = None
    wished_on: Any = None
    appointment_at: Any = None
    cancel_reason: Any = None


class AppointmentShown(CheckedForm, AppointmentForm, OrderShown):
    """Mixin of outputs: the form, with the times that can be had at this moment."""

    appointment_options: Rows
    book_due: datetime
    booking_person: str | None = None
    """Who filed it or stands in; once they have left, every advisor (X2)."""


class OpenOrder(Message):
    """Open the case of a visit: from Tasklist, by message or from a follow-up."""

    started_by: SentText = None
    applicant: Any = None
    customer_no: Any = None
    caller_phone: Any = None
    caller_name: Any = None
    plate: Any = None
    vin: Any = None
    wish: Any = None


class OrderOpened(CaseView, AppointmentShown):
    """The case, and the form of the appointment filled with what is known."""


class BookAppointment(AppointmentForm):
    """What the customer and the advisor agreed."""

    signed_by: SentText = None


class AppointmentBooked(CaseView, AppointmentShown):
    """booked, cancelled, or again: other times are shown, or the form has to be mended."""

    booking_outcome: str
    arrival_text: str | None = None
    arrival_due: datetime | None = None
    no_show_at: datetime | None = None
    receive_action: str | None = None
    receive_note: str | None = None
    mileage: str | None = None


class MissAppointment(Message):
    """The customer did not come."""


class AppointmentMissed(CaseView, AppointmentShown):
    """The slots are free again; the advisor calls and agrees on another time."""


class ReceiveForm(Message):
    """What happened at reception."""

    receive_action: Any = None
    """arrived or moved."""
    vin: Any = None
    plate: Any = None
    car_model: Any = None
    mileage: Any = None
    receive_note: Any = None
    owner_changed: Any = None
    """The customer owns the car now; without it a known owner stays."""


class ReceiveCar(ReceiveForm):
    """The customer came, or wants another time."""

    signed_by: SentText = None


class CarReceived(CaseView, AppointmentShown):
    """arrived, moved or invalid; the work order's form starts empty."""

    receive_outcome: str
    no_show_at: datetime
    receive_action: str | None = None
    receive_note: str | None = None
    mileage: str | None = None
    owner_changed: bool | None = None
    write_due: datetime
    words: str | None = None
    work_lines: Rows
    product_options: Rows
    promised_at: str | None = None
    earliest_text: str = ""


class WorkOrderForm(Message):
    """A work order as it was written."""

    words: Any = None
    work_lines: Any = None
    promised_at: Any = None


class WriteWorkOrder(WorkOrderForm):
    """The customer's words, the work and the parts, the promised time."""

    signed_by: SentText = None


class WorkOrderWritten(CaseView, CheckedForm, OrderShown):
    """written or invalid: the form has to be mended."""

    work_order_outcome: str
    words: str | None = None
    work_lines: Rows
    product_options: Rows
    promised_at: str | None = None
    earliest_text: str = ""
    labour_figures: str = ""
    parts_figures: str = ""
    confirm_due: datetime
    work_order_document: FileValue | None = None
    confirm_decision: str | None = None
    confirm_note: str | None = None


class RecordConfirmation(Message):
    """What the customer said to the estimate."""

    confirm_decision: Any = None
    """agreed, changed or refused."""
    confirm_note: Any = None
    signed_by: SentText = None


class ConfirmationRecorded(CaseView, CheckedForm, OrderShown):
    """confirmed, changed, refused or invalid."""

    confirm_outcome: str
    confirm_decision: str | None = None
    confirm_note: str | None = None
    return_comment: str | None = None
    return_due: datetime
    bill_text: str = ""
    return_checks: list[str] = Field(default_factory=list)
    contact_channel: str | None = None
    contact_email: str | None = None
    return_note: str | None = None


class WithdrawOrder(WithdrawForm):
    """The starter cancels the appointment."""


class OrderWithdrawn(CaseView):
    """withdrawn or kept, with what stood in the way."""

    withdraw_outcome: str
    withdraw_errors: list[FormError]
