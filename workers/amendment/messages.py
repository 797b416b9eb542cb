"""What the amendment's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers.cases import CaseView, CheckedForm, PaperView, WithdrawForm, WithdrawnView
from workers.runtime import FileValue, Message, SentText

Options = list[dict[str, str]]


class AmendmentForm(Message):
    """An amendment as it was asked for: anything may stand in any field."""

    contract_no: Any = None
    other_contract_no: Any = None
    """The number typed in, of a contract that the list does not show."""
    amendment_kind: Any = None
    amendment_reason: Any = None


class AmendmentShown(CheckedForm, AmendmentForm):
    """Mixin of outputs: the form as it is shown to the applicant."""

    contract_options: Options
    fill_due: datetime
    return_comment: str | None = None


class OpenAmendment(AmendmentForm):
    """Open the case of an amendment."""

    started_by: SentText = None
    applicant: Any = None


class AmendmentOpened(CaseView, AmendmentShown):
    """The case, and the form filled with what came with the start."""

    case_no: str
    amendment_attached: bool


class CheckAmendment(AmendmentForm):
    """Check what the applicant sent."""

    signed_by: SentText = None


class AmendmentChecked(CaseView, AmendmentShown):
    """change, termination, or invalid: the form has to be mended."""

    amendment_outcome: str
    amends_contract_no: str | None = None


class ConcludeChange(Message):
    """Find out how the change's declaration has ended; it stands in the database."""


class ChangeConcluded(CaseView):
    """amended, rejected or withdrawn."""

    change_outcome: str


class SettleTermination(Message):
    """Settle goods, money and commission to date; everything stands in the database."""


class TerminationSettled(CaseView, AmendmentShown, PaperView):
    """ready: the paper goes to its signers; blocked: something has to happen before, the form says what."""

    settlement_outcome: str


class PrepareAgreement(Message):
    """Hand the approved agreement out for the customer's signature."""


class AgreementPrepared(CaseView, CheckedForm, PaperView):
    """The agreement as it was approved, read anew; the form for the signature starts empty."""

    sign_due: datetime
    customer_decision: str | None = None
    customer_signer: str | None = None
    customer_signed_on: str | None = None
    objection: str | None = None
    seal_confirmed: bool | None = None
    copies: str | None = None
    seal_remark: str | None = None
    termination_scan: FileValue | None = None


class Terminate(Message):
    """What sales operations registered: the customer's signature and the seal; the scan is read from the engine."""

    customer_decision: Any = None
    customer_signer: Any = None
    customer_signed_on: Any = None
    objection: Any = None
    seal_confirmed: Any = None
    copies: Any = None
    seal_remark: Any = None
    signed_by: SentText = None


class ContractTerminated(CaseView, CheckedForm):
    """terminated; objected or changed (it is settled anew or goes back); invalid: the form has to be mended."""

    termination_outcome: str
    return_comment: str | None = None
    customer_decision: str | None = None
    customer_signer: str | None = None
    customer_signed_on: str | None = None
    objection: str | None = None
    seal_confirmed: bool | None = None
    copies: str | None = None
    seal_remark: str | None = None
    termination_scan: FileValue | None = None


class ReturnAmendment(Message):
    """Give the amendment back to its applicant."""

    return_comment: Any = None


class AmendmentReturned(CaseView, AmendmentShown):
    """The form as it was sent last, with the comment."""


class CloseAmendment(Message):
    """End the case of a termination that was rejected."""


class AmendmentClosed(CaseView):
    """The case is closed; the contract stays as it was."""


class WithdrawAmendment(WithdrawForm):
    """What the applicant's tracking form sent."""


class AmendmentWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
