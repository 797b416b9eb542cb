"""What the complaint topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers.cases import CaseView, CheckedForm, WithdrawForm, WithdrawnView
from workers.customers import CustomerView
from workers.runtime import Message, SentText


class ComplaintForm(Message):
    """A complaint as it was sent."""

    complainant_phone: Any = None
    complainant_name: Any = None
    about_case_no: Any = None
    complaint_against: Any = None
    complaint_text: Any = None


class ComplaintAsSent(ComplaintForm):
    """Mixin of outputs: the form as far as it can be shown again, with its choices."""

    staff_options: list[dict[str, str]]


class ComplaintFacts(CustomerView):
    """Mixin of outputs: what the people who solve and confirm read."""

    complaint_text: str
    about_case_no: str | None
    against_name: str
    owner: str
    owner_name: str
    complaint_since: str
    solutions: list[dict[str, str]]
    """What was done so far and what the customer said of it."""


class OpenComplaint(ComplaintForm):
    """Open the case: from the start form, a file, a program, or of a complaint that a follow-up has raised."""

    started_by: SentText = None
    applicant: Any = None


class ComplaintOpened(CaseView, CheckedForm, ComplaintAsSent):
    """The case; with findings, the starter puts the form right."""

    case_no: str
    take_due: datetime


class CheckComplaint(ComplaintForm):
    """The complaint as the starter has put it right."""

    signed_by: SentText = None


class ComplaintChecked(CaseView, CheckedForm, ComplaintAsSent):
    """Whether it can be assigned."""


class Assign(Message):
    """Find the owner, or give them the complaint again that is not solved yet."""


class Assigned(CaseView, CheckedForm, ComplaintFacts):
    """The owner and the deadline; the form of the solution starts empty."""

    solvers: str
    """User ids, separated by commas: the owner, and who steps in."""
    solve_due: datetime
    solution: str | None = None


class Escalate(Message):
    """The deadline has passed: the owner's superior takes the complaint over."""


class Escalated(CaseView, CheckedForm, ComplaintFacts):
    """The new owner and the new deadline."""

    solvers: str
    solve_due: datetime
    solution: str | None = None


class RecordSolution(Message):
    """What the owner has done."""

    solution: Any = None
    signed_by: SentText = None


class SolutionRecorded(CaseView, CheckedForm, ComplaintFacts):
    """The solution, and who may ask the customer; with findings, the owner mends the form."""

    confirmers: str
    """User ids, separated by commas."""
    confirm_due: datetime
    solution: str | None = None
    customer_answer: str | None = None
    answered_by: str | None = None
    answered_at: str | None = None
    answer_note: str | None = None


class RecordAnswer(Message):
    """The customer's word on the solution."""

    customer_answer: Any = None
    answered_by: Any = None
    answered_at: Any = None
    answer_note: Any = None
    signed_by: SentText = None


class PrepareAnswer(Message):
    """The customer, who was not reached, is asked again."""


class AnswerPrepared(CaseView, ComplaintFacts):
    """Who may ask the customer now, and the phone number, which was masked while nobody had to call (M5)."""

    confirmers: str
    confirm_due: datetime


class AnswerRecorded(CaseView, CheckedForm, CustomerView):
    """solved, not_solved, unreachable (asked again at `ask_again_at`) or invalid (the form has to be mended)."""

    answer_result: str
    confirm_due: datetime
    ask_again_at: datetime
    customer_answer: str | None = None
    answered_by: str | None = None
    answered_at: str | None = None
    answer_note: str | None = None


class CloseComplaint(Message):
    """The customer has confirmed that it is solved."""


class ComplaintClosed(CaseView, CustomerView):
    """The case is closed; what the process still holds of the customer is masked."""


class WithdrawComplaint(WithdrawForm):
    """What was sent in 进度与撤回."""


class ComplaintWithdrawn(WithdrawnView):
    """withdrawn or kept."""
