"""What the contract's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, WithdrawForm, WithdrawnView
from workers.runtime import FileValue, Message, SentText

Options = list[dict[str, str]]


class DeclarationForm(Message):
    """A declaration as it was sent: anything may stand in any field, `rules.validate_declaration` reads it."""

    order_intent: Any = None
    customer_no: Any = None
    salesperson: Any = None
    delivery_date: Any = None
    payment_terms: Any = None
    special_terms: Any = None
    remarks: Any = None
    lines: Any = None


class DeclarationChoices(Message):
    """What the form's selects offer."""

    customer_options: Options
    product_options: Options
    salesperson_options: Options
    payment_terms_options: Options


class OpenDeclaration(DeclarationForm):
    """Open the case of a new declaration."""

    started_by: SentText = None
    applicant: Any = None
    amends_contract_no: Any = None
    """The contract to be changed, from the process that amends contracts."""
    vehicle_sale_no: Any = None
    """The car's sale whose price is to be approved, from the process of its order."""


class DeclarationOpened(CaseView, CheckedForm, DeclarationChoices, DeclarationForm):
    """The case, and the form filled with what came with the start."""

    case_no: str
    declaration_attached: bool
    fill_due: datetime
    return_comment: str | None = None


class CheckDeclaration(DeclarationForm):
    """Check what the applicant sent."""

    signed_by: SentText = None


class DeviationRow(Message):
    """A line of the declaration against the policy, as approvers read it."""

    line: int
    product: str
    specification: str
    quantity: str
    unit_price: str
    list_price: str
    floor_price: str
    deviation: str


class DeclarationChecked(CaseView, CheckedForm, DeclarationChoices, DeclarationForm):
    """Whether the declaration can go on; what approvers read of it, and what the decision table asks for."""

    customer_name: str | None = None
    salesperson_name: str | None = None
    payment_terms_label: str | None = None
    total_figures: str | None = None
    total_in_words: str | None = None
    credit_grade: str | None = None
    deviations: list[DeviationRow] = Field(default_factory=list)
    deviation_summary: str | None = None
    amount_fen: int | None = None
    large_contract_fen: int | None = None
    deviation_permille: int | None = None
    serious_deviation_permille: int | None = None
    terms_deviate: bool | None = None


class ReturnDeclaration(Message):
    """Give the declaration back to its applicant."""

    return_comment: Any = None


class DeclarationReturned(CaseView, CheckedForm, DeclarationChoices, DeclarationForm):
    """The form as it was filed last, with the comment."""

    return_comment: str
    fill_due: datetime


class CloseDeclaration(Message):
    """End the case of a declaration that was rejected."""


class DeclarationClosed(CaseView):
    """The case is closed."""


class DrawUp(Message):
    """Draw the contract up from the approved declaration, which stands in the database."""


class ContractDrawnUp(CaseView, CheckedForm):
    """The contract's document; the form for the customer's signature starts empty."""

    contract_no: str
    contract_version: int
    contract_document: FileValue
    contract_sha256: str
    contract_summary: str
    signatures: list[dict[str, Any]]
    signature_due: datetime
    customer_decision: str | None = None
    customer_signer: str | None = None
    customer_signed_on: str | None = None
    objection: str | None = None
    signed_scan: FileValue | None = None


class RecordCustomerSignature(Message):
    """What sales operations registered of the customer; the scan is read from the engine."""

    customer_decision: Any = None
    customer_signer: Any = None
    customer_signed_on: Any = None
    objection: Any = None
    signed_by: SentText = None


class CustomerSignatureRecorded(CaseView, CheckedForm):
    """signed, objected (it goes back to the applicant) or invalid (the form has to be mended)."""

    signature_outcome: str
    return_comment: str | None = None
    seal_due: datetime | None = None
    customer_decision: str | None = None
    customer_signer: str | None = None
    customer_signed_on: str | None = None
    objection: str | None = None
    signed_scan: FileValue | None = None


class SealContract(Message):
    """What the keeper of the seal registered."""

    seal_confirmed: Any = None
    copies: Any = None
    seal_remark: Any = None
    signed_by: SentText = None


class ContractSealed(CaseView, CheckedForm):
    """The seal was put on, unless the form has errors."""

    seal_confirmed: bool | None = None
    copies: str | None = None
    seal_remark: str | None = None


class WithdrawDeclaration(WithdrawForm):
    """What the applicant's tracking form sent."""


class DeclarationWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
