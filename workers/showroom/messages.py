"""What the showroom's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, WithdrawForm, WithdrawnView
from workers.customers import CustomerView
from workers.runtime import Message, SentText
from workers.showroom.forms import (
    DecisionForm,
    DemandsForm,
    NeedsForm,
    PersonForm,
    PresentationForm,
    ProposalForm,
    ProspectForm,
    TestDriveForm,
    VisitForm,
)

Options = list[dict[str, str]]
Rows = list[dict[str, str]]


class OpenSale(PersonForm):
    """Open the case of a sale."""

    started_by: SentText = None
    applicant: Any = None


class SaleOpened(CaseView):
    """The case."""

    case_no: str


class MeetCustomer(PersonForm):
    """Find or open the customer's record."""

    signed_by: SentText = None
    """Who put the data right; nobody yet when the sale begins."""


class Met(CaseView, CheckedForm, PersonForm):
    """prospect (V1), walk_in (V2) or invalid; the customer's fields come with the first step."""

    step_outcome: str
    step_due: datetime
    salesperson: str
    known_options: Options | None = None
    """Whose phone it is, when they are said to have another name: to be confirmed (M5)."""
    customer_no: str | None = None
    customer_name: str | None = None
    customer_phone: str | None = None
    customer_history: list[Any] = Field(default_factory=list)


class Step(CaseView, CheckedForm, CustomerView):
    """Mixin of outputs: what the salesperson's next form shows, and where the gateway goes."""

    step_outcome: str
    """The worker's own word; invalid leads back to the same form."""
    step_due: datetime
    next_at: datetime | None = None
    model_name: str | None = None
    needs: Any = Field(default_factory=lambda: [{"need": ""}])
    features: Any = Field(default_factory=lambda: [{"needNo": "", "feature": ""}])
    """Lists of the next forms, with a row to be filled: Tasklist cannot send a list for a variable without a value."""
    salesperson: str
    """Who has the next step: the sale's salesperson, or who stands in."""
    invited_text: str | None = None
    visit_text: str | None = None
    correction_text: str | None = None
    need_options: Options = Field(default_factory=list)
    model_options: Options = Field(default_factory=list)
    presentation_rows: Rows = Field(default_factory=list)
    list_price: str | None = None
    floor_price: str | None = None
    stock_text: str | None = None
    stock_colours: list[str] = Field(default_factory=list)
    demand_text: str | None = None
    proposal_text: str | None = None
    announced_text: str | None = None
    next_text: str | None = None
    """When the salesperson and the customer speak next, as it was agreed; shown while the sale waits for it."""
    service_options: Options = Field(default_factory=list)


class RecordContact(ProspectForm):
    """What the salesperson recorded (V1)."""

    signed_by: SentText = None


class ContactRecorded(Step, ProspectForm):
    """invited, later, lost or invalid."""


class ReadContact(Message):
    """The moment of the next contact has come (V1)."""


class ContactRead(Step):
    """The prospect as whoever calls them now has to know them."""


class RecordVisit(VisitForm):
    """What the salesperson recorded (V2)."""

    signed_by: SentText = None


class VisitRecorded(Step, VisitForm):
    """received, missed (contacted again at `next_at`) or invalid."""


class RecordNeeds(NeedsForm):
    """What the salesperson recorded (V3)."""

    signed_by: SentText = None


class NeedsRecorded(Step, NeedsForm):
    """confirmed, corrected (told back anew) or invalid."""


class RecordPresentation(PresentationForm):
    """What the salesperson recorded (V4)."""

    signed_by: SentText = None


class PresentationRecorded(Step, PresentationForm):
    """fits, show_more, other_needs (the known ones come along to be changed) or invalid."""


class RecordTestDrive(TestDriveForm):
    """What the salesperson recorded (V5)."""

    __test__ = False
    signed_by: SentText = None


class TestDriveRecorded(Step, TestDriveForm):
    """drive_recorded or invalid."""

    __test__ = False


class RecordDemands(DemandsForm):
    """What the salesperson recorded (V6)."""

    signed_by: SentText = None


class DemandsRecorded(Step, DemandsForm):
    """demands_known or invalid."""


class MakeProposal(ProposalForm):
    """What the salesperson proposes (V6)."""

    signed_by: SentText = None


class ProposalMade(Step, ProposalForm):
    """proposed or invalid; `next_at` is the follow-up (V7)."""


class ReadDecision(Message):
    """The follow-up is due, or the customer has answered: read anew what is known (V7)."""


class DecisionRead(Step, DecisionForm):
    """decide."""


class RecordDecision(DecisionForm):
    """What the customer decided (V7)."""

    signed_by: SentText = None


class DecisionRecorded(Step, DecisionForm):
    """bought, more_time, negotiate, lost or invalid."""


class Renegotiate(Message):
    """The price below the floor was not approved (V6)."""


class Renegotiated(Step, DemandsForm):
    """demands: what the customer asks for is heard anew."""


class WithdrawSale(WithdrawForm):
    """What the starter's tracking form sent: a withdrawal (X4), a customer who left, or their answer (V7)."""

    customer_answered: Any = None
    customer_said: Any = None
    customer_left: Any = None
    left_reason: Any = None


class SaleWithdrawn(WithdrawnView):
    """withdrawn, lost or kept; the form is emptied for the next time."""

    customer_answered: bool = False
    customer_said: str | None = None
    customer_left: bool = False
    left_reason: str | None = None
