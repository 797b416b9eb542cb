"""What the approval's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from workers.cases import CaseView, FormError
from workers.runtime import Message, SentText


class PlanRoute(Message):
    """Plan who signs in a stage, from the start."""

    stage: str
    extra_approvers: Any = None
    called_by: SentText = None
    """The process instance that called for the signatures on a paper: the paper's case belongs to it."""


class RoutePlanned(CaseView):
    """The route, as the forms show it."""

    route_text: str


class AssignStep(Message):
    """Offer the next signature (in parallel stages: the one of `post`) to those who may give it."""

    stage: str
    post: SentText = None
    called_by: SentText = None


class StepAssigned(CaseView):
    """To whom, under which name and until when."""

    approver_candidates: str
    approval_step: str
    approval_due: datetime
    decision_options: list[dict[str, str]]
    """What the stage allows, as a form's choices."""


class RecordSignature(Message):
    """A signature as a form sent it; who and when come from the engine's session (X5)."""

    stage: str
    post: SentText = None
    decision: Any = None
    comment: Any = None
    meeting_minutes: Any = None
    called_by: SentText = None
    signed_by: SentText = None
    signed_at: AwareDatetime | None = None


class SignatureRecorded(CaseView):
    """What follows: next, approved, returned, rejected, or refused with the reasons."""

    approval_outcome: str
    return_comment: str | None = None
    form_errors: list[FormError] = Field(default_factory=list)


class Conclude(Message):
    """Sum up a stage whose signatures were given in parallel."""

    stage: str


class StageConcluded(CaseView):
    """approved or returned, with every signature of the case so far."""

    approval_outcome: str
    return_comment: str | None = None
    signatures: list[dict[str, Any]]
    seal_due: datetime
