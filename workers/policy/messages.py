"""What the policy's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers.cases import CaseView, CheckedForm, WithdrawForm, WithdrawnView
from workers.runtime import Message, SentText


class DraftForm(Message):
    """A draft as it was sent: anything may stand in any field, `rules.validate_draft` reads it."""

    title: Any = None
    reason: Any = None
    valid_from: Any = None
    valid_to: Any = None
    prices: Any = None
    payment_terms: Any = None
    commission_permille: Any = None
    first_payment_percent: Any = None
    invoice_gate_percent: Any = None
    interest_per_day: Any = None
    interest_first: Any = None
    deposit_percent: Any = None
    large_contract: Any = None
    serious_deviation_permille: Any = None
    overdue_block_days: Any = None
    withhold_days: Any = None
    litigation_days: Any = None
    follow_up_days: Any = None
    reminder_hours: Any = None
    deadlines: Any = None
    instalments: Any = None
    other_terms_days: Any = None
    tax_rate_percent: Any = None
    grade_b_days: Any = None
    grade_c_days: Any = None
    grade_d_days: Any = None
    follow_up_tries: Any = None
    delay_warning_hours: Any = None
    greeting_minutes: Any = None
    ask_again_hours: Any = None


class OpenDraft(DraftForm):
    """Open the case of a new policy."""

    started_by: SentText = None
    applicant: Any = None


class DraftOpened(CaseView, CheckedForm, DraftForm):
    """The case, and the draft's form filled from what was sent and from the policy in force."""

    case_no: str
    draft_attached: bool
    product_options: list[dict[str, str]]
    draft_due: datetime


class CheckDraft(DraftForm):
    """Check what the drafter sent."""

    signed_by: SentText = None


class DraftChecked(CaseView, CheckedForm, DraftForm):
    """Whether the draft can go on: then its fields as they were read, else as they were sent."""


class IssuePolicy(Message):
    """Put the approved draft in force; everything about it stands in the database."""


class PolicyIssued(CaseView, CheckedForm):
    """The version that was issued, or why it could not be."""

    policy_version: int | None = None


class ClosePolicy(Message):
    """End the case of a draft that was rejected."""


class PolicyClosed(CaseView):
    """The case is closed."""


class WithdrawPolicy(WithdrawForm):
    """What the drafter's tracking form sent."""


class PolicyWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
