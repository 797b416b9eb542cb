"""What the closing's topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, FormError, WithdrawForm, WithdrawnView
from workers.runtime import Message, SentText


class Figure(Message):
    """A sum of a month, as the forms' tables show it."""

    book: str = ""
    label: str
    count: str
    amount: str


class RequestClose(Message):
    """The first of a month has come."""


class CloseRequested(Message):
    """The month whose closing was asked for; None when nothing is to be closed."""

    requested_month: str | None = None


class OpenClosing(Message):
    """Open the closing of a month: for the calendar, a person, or a program."""

    started_by: SentText = None
    applicant: Any = None
    month: Any = None
    early_reason: Any = None
    abandon_requested: Any = None


class CountRow(Message):
    """A line of the count form."""

    item: str
    goods: str
    book_stock: str
    counted: str | None = None


class SurplusRow(Message):
    """Goods that were found though the book has none left: the contract line as it was typed."""

    item: str
    counted: str | None = None


class ClosingOpened(Message):
    """opened, invalid (the starter has to mend the month) or dropped (nothing to do)."""

    closing_outcome: str
    applicant: str
    case_status: str
    case_history: list[Any] = Field(default_factory=list)
    has_errors: bool = False
    form_errors: list[FormError] = Field(default_factory=list)
    month: str | None = None
    early_reason: str | None = None
    abandon_requested: bool = False
    choose_due: datetime | None = None
    case_no: str | None = None
    closing_month: str | None = None
    early_reason_text: str = ""
    count_due: datetime | None = None
    counts: list[CountRow] = Field(default_factory=list)
    count_lines: str = "0"
    sales_figures: list[Figure] = Field(default_factory=list)


class RecordCount(Message):
    """What the warehouse counted."""

    counts: Any = None
    surplus_rows: Any = None
    count_remark: Any = None
    signed_by: SentText = None


class CountRecorded(CaseView):
    """Whether the count was kept; the form with the stock of this moment when it has to be mended."""

    count_accepted: bool
    count_errors: list[FormError] = Field(default_factory=list)
    counts: list[CountRow] = Field(default_factory=list)
    surplus_rows: list[SurplusRow] = Field(default_factory=list)
    count_lines: str = "0"
    count_remark: str | None = None


class ConfirmSalesBook(Message):
    """What sales operations said of its ledger."""

    sales_book_confirmed: Any = None
    sales_remark: Any = None
    signed_by: SentText = None


class SalesBookConfirmed(CaseView):
    """Whether the sales ledger was confirmed."""

    sales_book_accepted: bool
    sales_errors: list[FormError] = Field(default_factory=list)
    sales_figures: list[Figure] = Field(default_factory=list)
    sales_book_confirmed: bool = False
    sales_remark: str | None = None


class DifferenceRow(Message):
    """A difference as the form lists it; the last three are filled in."""

    difference: str
    kind: str
    contract_no: str
    description: str
    sales_side: str
    finance_side: str
    resolution: str | None = None
    responsible: str | None = None
    reason: str | None = None


class ResolvedRow(Message):
    """A difference that was resolved, as tables list it."""

    kind: str
    contract_no: str
    description: str
    resolution: str
    responsible: str
    reason: str


class Listing(Message):
    """Mixin of outputs: the differences of this moment."""

    closing_month: str
    differences: list[DifferenceRow]
    resolved_differences: list[ResolvedRow]
    open_count: str
    resolved_count: str
    resolution_options: list[dict[str, str]]
    staff_options: list[dict[str, str]]


class Reconcile(Message):
    """Compare everything anew."""


class Reconciled(CaseView, CheckedForm, Listing):
    """What differs and is not resolved; and what finance reads before it confirms."""

    reconciled: bool
    resolve_due: datetime
    confirm_due: datetime
    month_figures: list[Figure]
    differences_text: str
    expected_commission: str
    close_confirmed: bool = False
    close_remark: str | None = None


class Resolve(Message):
    """What finance decided about the differences."""

    differences: Any = None
    signed_by: SentText = None


class DifferencesResolved(CaseView, CheckedForm, Listing):
    """Whether every row that was filled in could be kept."""


class CloseMonth(Message):
    """Finance's word to close."""

    close_confirmed: Any = None
    close_remark: Any = None
    signed_by: SentText = None


class MonthClosed(CaseView):
    """closed, or again (not confirmed, or something has come up: it is reconciled anew)."""

    close_outcome: str
    close_errors: list[FormError] = Field(default_factory=list)
    close_confirmed: bool = False
    close_remark: str | None = None


class WithdrawClosing(WithdrawForm):
    """What the starter's tracking form sent."""


class ClosingWithdrawn(WithdrawnView):
    """Whether the case was withdrawn; the form's own fields are emptied for the next time."""
