"""What the topics of a collection read and write; the review's stand in `review_messages.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, FormError, PaperView
from workers.runtime import FileValue, Message, SentText


class DueRow(Message):
    """A due item as the forms show it."""

    due_on: str
    item: str
    amount: str


class ContactRow(Message):
    """A call or a word of legal as the forms show it."""

    time: str
    who: str
    outcome: str
    next_on: str
    note: str


class DebtFigures(Message):
    """Mixin of outputs: what the contract owes at this moment, as texts for people."""

    contract_no: str
    customer_name: str
    salesperson_name: str
    credit_grade: str | None
    total_figures: str
    received_figures: str
    percent_received: str
    outstanding_figures: str
    overdue_figures: str
    overdue_days: int
    oldest_due_on: str | None
    interest_figures: str
    withheld_figures: str
    hold_text: str
    due_rows: list[DueRow]
    figures_at: str


class OpenCollection(Message):
    """Open the file of a collection, whose number the signal brought."""


class CollectionOpened(CaseView, DebtFigures):
    """The case."""

    case_no: str


class Assess(Message):
    """Read the debt anew and say what is to be done."""


class CollectionAssessed(CaseView, CheckedForm, DebtFigures):
    """The stage, by whom and until when; the call's form starts empty."""

    collection_stage: str
    caller: str
    call_due: datetime
    look_again_at: datetime
    """When a waiting case goes on: the promised day, or the day on which another limit is passed."""
    stage_change_at: datetime
    """When an open task is looked at anew, because another limit is passed."""
    contacts: list[ContactRow]
    call_outcome: str | None = None
    promised_on: str | None = None
    next_contact_on: str | None = None
    call_note: str | None = None


class DrawReminder(Message):
    """Draw the reminder letter up with the figures of today."""


class ReminderDrawn(CaseView, CheckedForm, DebtFigures):
    """The letter; the form for its sending starts empty."""

    reminder_document: FileValue
    reminder_due: datetime
    reminder_sent_on: str | None = None
    reminder_way: str | None = None
    tracking_no: str | None = None


class RecordReminder(Message):
    """How the letter went out."""

    reminder_sent_on: Any = None
    reminder_way: Any = None
    tracking_no: Any = None
    signed_by: SentText = None


class ReminderRecorded(CaseView, CheckedForm):
    """Whether it counts; else what was typed."""

    reminder_sent_on: str | None = None
    reminder_way: str | None = None
    tracking_no: str | None = None


class RecordCall(Message):
    """What came of the call."""

    call_outcome: Any = None
    promised_on: Any = None
    next_contact_on: Any = None
    call_note: Any = None
    signed_by: SentText = None


class CallRecorded(CaseView, CheckedForm):
    """Whether it counts; else what was typed."""

    call_outcome: str | None = None
    promised_on: str | None = None
    next_contact_on: str | None = None
    call_note: str | None = None


class PlaceHold(Message):
    """Stop new contracts and deliveries of the customer."""


class HoldPlaced(CaseView, DebtFigures):
    """The hold, and until when somebody entitled is to look at it."""

    release_due: datetime
    release_reason: str | None = None
    release_errors: list[FormError] = Field(default_factory=list)


class ReleaseHold(Message):
    """Release the hold, with a reason."""

    release_reason: Any = None
    signed_by: SentText = None


class HoldReleased(CaseView):
    """released, or invalid with what is wrong."""

    release_outcome: str
    release_errors: list[FormError]
    release_reason: str | None = None


class WithholdCommission(Message):
    """Withhold what commission of the contract is still due."""


class CommissionWithheld(CaseView):
    """What was withheld just now."""

    withheld_now: str


class ProposeLitigation(Message):
    """Fill the paper by which the general manager lets the debt go to court."""


class LitigationProposed(CaseView, PaperView):
    """The paper."""


class DecideLitigation(Message):
    """Read what was decided; the database holds it."""


class LitigationDecided(CaseView):
    """approved or refused."""

    litigation_decision: str


class PrepareLitigation(Message):
    """Put the contract's whole file together for legal."""


class LitigationPrepared(CaseView, CheckedForm, DebtFigures):
    """The file; the form starts empty."""

    contract_file: FileValue
    file_rows: list[dict[str, str]]
    contacts: list[ContactRow]
    litigate_due: datetime
    litigation_outcome: str | None = None
    litigation_next_on: str | None = None
    litigation_note: str | None = None


class RecordLitigation(Message):
    """Where litigation stands."""

    litigation_outcome: Any = None
    litigation_next_on: Any = None
    litigation_note: Any = None
    signed_by: SentText = None


class LitigationRecorded(CaseView, CheckedForm):
    """invalid, waiting or written_off."""

    litigation_result: str
    litigation_outcome: str | None = None
    litigation_next_on: str | None = None
    litigation_note: str | None = None


class WriteOff(Message):
    """Write off what legal could not recover."""


class DebtWrittenOff(CaseView):
    """What was written off."""

    written_off_figures: str


class CloseCollection(Message):
    """Nothing is overdue and no interest is owed: end the case."""


class CollectionClosed(CaseView):
    """The case is closed."""
