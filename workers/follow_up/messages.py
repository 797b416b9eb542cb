"""What the topics of a follow-up read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers.cases import CaseView, CheckedForm
from workers.customers import CustomerView
from workers.runtime import Message, SentText


class PlanContact(Message):
    """Decide when the customer is contacted, and who does it."""


class ContactPlanned(CaseView, CustomerView):
    """The moment and the person; a later step looks again who is here. Until then the phone number is masked."""

    case_no: str
    contact_at: datetime
    contact_person: str


class ContactForm(Message):
    """What came of a contact, as it was sent."""

    contact_outcome: Any = None
    survey: Any = None
    contact_note: Any = None
    concern_owner: Any = None
    complaint_against: Any = None
    referral_name: Any = None
    referral_phone: Any = None
    maintenance_wish: Any = None


class PrepareContact(Message):
    """Read what whoever calls has to know at this moment."""


class ContactPrepared(CaseView, CheckedForm, CustomerView, ContactForm):
    """The task: for whom, until when, and the questions; its form starts empty."""

    contact_person: str
    contact_due: datetime
    escalate_at: datetime
    channel_name: str
    handover_text: str
    people_text: str
    tries_text: str
    concern_text: str
    """What troubled the customer before, and how it was settled; empty on the first contact."""
    survey_asked: bool
    """Whether the customer has still to be asked the questions."""
    owner_options: list[dict[str, str]]
    against_options: list[dict[str, str]]
    has_car: bool


class RecordContact(ContactForm):
    """What came of the contact."""

    signed_by: SentText = None


class ContactRecorded(CaseView, CheckedForm, ContactForm):
    """satisfied, concern, complaint, again, unreachable (no more tries), or invalid (the form has to be mended)."""

    contact_result: str
    concern_text: str
    settle_person: str
    settle_due: datetime
    measures: str | None = None


class RecordSettlement(Message):
    """How a concern was settled."""

    measures: Any = None
    signed_by: SentText = None


class SettlementRecorded(CaseView, CheckedForm):
    """Whether it counts; then the customer is asked again."""

    measures: str | None = None


class RaiseComplaint(Message):
    """The customer complains: open the complaint."""


class Concluded(CaseView, CustomerView):
    """Mixin of the last steps: the outcome; what the process still holds of the customer is masked."""

    follow_up_outcome: str


class ComplaintRaised(Concluded):
    """The complaint's number."""

    complaint_no: str


class PassOn(Message):
    """The customer is satisfied: a referral becomes a lead, the maintenance an appointment."""


class PassedOn(Concluded):
    """The numbers of what was opened."""

    lead_no: str | None
    appointment_no: str | None


class GiveUp(Message):
    """Nobody was reached in the last try: write to the customer."""


class GivenUp(Concluded):
    """The message stands in the outbox."""


class EscalateFollowUp(Message):
    """The limit has passed and nobody has made contact."""


class FollowUpEscalated(CaseView):
    """The service manager was told."""
