"""What the jointing topics read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers.cases import CaseView, CheckedForm, PaperView
from workers.runtime import FileValue, Message, SentText


class SiteView(Message):
    """Mixin of outputs: the contract's money and the goods to be joined, at this moment."""

    case_no: str
    customer_name: str
    total_figures: str
    received_figures: str
    percent_received: str
    first_payment_percent: str
    jointing_goods: list[dict[str, str]]


class OrderForm(Message):
    """An order as it was sent."""

    jointing_site: Any = None
    jointing_planned_on: Any = None
    jointing_team: Any = None
    jointing_contact: Any = None
    jointing_work: Any = None
    jointing_waived: Any = None
    """The customer joins by themselves: no work is dispatched."""


class CheckPayment(Message):
    """Read anew what has been paid, and whether the contract needs jointing."""


class PaymentChecked(CaseView, CheckedForm, SiteView):
    """done (nothing is left to be joined), shut (the first payment never comes), wait (it is missing) or work."""

    jointing_outcome: str
    jointing_due: datetime
    jointing_site: str | None = None
    jointing_planned_on: str | None = None
    jointing_team: str | None = None
    jointing_contact: str | None = None
    jointing_work: str | None = None
    return_comment: str | None = None


class PrepareOrder(OrderForm):
    """What sales operations ordered."""

    signed_by: SentText = None


class OrderPrepared(CaseView, CheckedForm, SiteView, PaperView):
    """prepared (a paper to be signed), waived (no work is needed) or invalid (the form has to be mended)."""

    order_outcome: str
    jointing_waived: bool = False
    jointing_site: str | None = None
    jointing_planned_on: str | None = None
    jointing_team: str | None = None
    jointing_contact: str | None = None
    jointing_work: str | None = None


class ReturnOrder(Message):
    """The sales manager sent the order back."""

    return_comment: Any = None


class OrderReturned(CaseView, CheckedForm, SiteView):
    """The order's form as it was filled, with the comment."""

    jointing_due: datetime
    jointing_site: str | None = None
    jointing_planned_on: str | None = None
    jointing_team: str | None = None
    jointing_contact: str | None = None
    jointing_work: str | None = None
    return_comment: str | None = None


class Dispatch(Message):
    """The order was signed: the team goes."""


class Dispatched(CaseView, CheckedForm):
    """The order that is carried out, if it may be (dispatched; else wait); the acceptance form starts empty."""

    dispatch_outcome: str
    order_no: str
    order_summary: str
    acceptance_due: datetime
    acceptance_result: str | None = None
    acceptance_signer: str | None = None
    acceptance_done_on: str | None = None
    acceptance_findings: str | None = None
    acceptance_scan: FileValue | None = None


class VoidOrders(Message):
    """The contract was terminated: open orders are void."""


class OrdersVoided(CaseView):
    """Nothing is dispatched any more."""


class RecordAcceptance(Message):
    """What the customer said of the work; the scan is read from the engine."""

    acceptance_result: Any = None
    acceptance_signer: Any = None
    acceptance_done_on: Any = None
    acceptance_findings: Any = None
    signed_by: SentText = None


class AcceptanceRecorded(CaseView, CheckedForm):
    """accepted, failed (the work is ordered anew) or invalid (the form has to be mended)."""

    acceptance_outcome: str
    acceptance_result: str | None = None
    acceptance_signer: str | None = None
    acceptance_done_on: str | None = None
    acceptance_findings: str | None = None
    acceptance_scan: FileValue | None = None
