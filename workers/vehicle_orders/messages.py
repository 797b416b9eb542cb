"""What the topics of a car's order read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import CaseView, CheckedForm, FormError, PaperView
from workers.runtime import FileValue, Message, SentText
from workers.vehicle_orders.forms import (
    ArrivalForm,
    CancelForm,
    CarForm,
    CheckForm,
    ChecklistForm,
    ContractForm,
    DecisionForm,
    DelayForm,
    HandoverForm,
    PaymentForm,
    SignatureForm,
)

Options = list[dict[str, str]]


class OrderView(CaseView):
    """Mixin of outputs: the order as every form shows it, read anew before each step; the phone is masked."""

    case_no: str
    customer_name: str
    customer_phone: str
    car_text: str
    """Model, colour, and the VIN once there is one."""
    price_figures: str
    deposit_figures: str | None = None
    deposit_limit: str
    received_figures: str
    remaining_figures: str
    promised_text: str | None = None
    contract_no: str | None = None


class Step(OrderView, CheckedForm):
    """Mixin of outputs of the main line: until when the next person has to be done."""

    order_due: datetime


class Seller(Message):
    """Mixin of outputs before a step of the salesperson: who has it today; nobody once they have left (X2)."""

    salesperson: str | None = None


class Server(Message):
    """Mixin of outputs before the handover: the same for the service person chosen at the sale."""

    handover_person: str | None = None


class OpenOrder(Message):
    """The customer has decided: the order begins."""


class OrderOpened(Step, Seller, Server, ContractForm):
    """The order with its people."""


class DrawContract(ContractForm):
    """What the salesperson agreed with the customer."""

    signed_by: SentText = None


class ContractDrawn(Step, Seller, ContractForm):
    """drawn (a contract to be signed), below_floor (to be approved) or invalid (the form has to be mended)."""

    contract_outcome: str
    contract_document: FileValue | None = None
    return_comment: str | None = None


class RecordSignature(SignatureForm):
    """What the salesperson registers; the scan is read from the engine."""

    signed_by: SentText = None


class SignatureRecorded(Step, Seller, PaperView, SignatureForm, ContractForm):
    """signed (a paper to be countersigned), objected (the contract is drawn up anew) or invalid."""

    signature_outcome: str
    signed_scan: FileValue | None = None
    paper_scan: FileValue | None = None
    """What the customer signed, as the sales manager reads it before countersigning."""
    return_comment: str | None = None


class ReturnContract(Message):
    """The sales manager sent the contract back."""

    return_comment: Any = None


class ContractReturned(Step, Seller, ContractForm):
    """The form as it was filled, with the comment."""

    return_comment: str | None = None


class ConcludeApproval(Message):
    """The declaration of a contract below the floor has ended."""


class ApprovalConcluded(OrderView):
    """approved (sealed, and in the books) or refused: rejected or withdrawn, then the order ends."""

    approval_outcome: str
    order_outcome: str | None = None


class EnrolContract(Message):
    """The sales manager has countersigned, or the approved contract is sealed."""


class ContractEnrolled(OrderView):
    """The contract is in both books, with its promise."""

    promise_no: int


class ReadDeposit(Message):
    """Read anew what has been paid of the deposit."""


class DepositRead(OrderView):
    """received or waiting; `money_wanted` is what is still missing."""

    payment_outcome: str
    money_wanted: str
    credit_figures: str
    """What the customer has with us and can pay from."""
    order_due: datetime


class ReadBalance(Message):
    """Read anew what has been paid of the price."""


class BalanceRead(DepositRead, Server):
    """received or waiting; once it is received, what the handover's form begins with."""

    channel_options: Options
    contact_channel: str


class RecordPayment(PaymentForm):
    """What finance took in."""

    signed_by: SentText = None


class PaymentRecorded(OrderView, CheckedForm, PaymentForm):
    """Booked, or (with errors) not; what is missing is read afterwards."""

    credit_figures: str


class OfferCars(Message):
    """A car has to be found."""


class CarsOffered(OrderView, Seller):
    """What the salesperson can choose from at this moment; what was wrong with the last choice stays."""

    car_options: Options
    order_due: datetime


class ReserveCar(CarForm):
    """The car that the salesperson chose."""

    signed_by: SentText = None


class CarReserved(Step, Seller, CarForm, ArrivalForm):
    """here, on_its_way or invalid."""

    car_outcome: str
    expected_text: str | None = None


class RecordArrival(ArrivalForm):
    """What became of a car that was on its way."""

    signed_by: SentText = None


class ArrivalRecorded(Step, Seller, ArrivalForm, CheckForm):
    """arrived, gone (another car is needed) or invalid."""

    arrival_result: str


class RecordCheck(CheckForm):
    """What quality found."""

    signed_by: SentText = None


class CheckRecorded(Step, CheckForm):
    """passed, again, rejected or invalid."""

    check_result: str


class RecordChecklist(ChecklistForm):
    """What the technician ticked off."""

    signed_by: SentText = None


class ChecklistRecorded(Step, ChecklistForm):
    """ready, defects (to be mended and ticked off anew) or invalid."""

    checklist_result: str
    open_points: str | None = None
    """What has to be mended."""


class RecordHandover(HandoverForm):
    """What the service person says of the handover."""

    signed_by: SentText = None


class HandoverRecorded(Step, Server, HandoverForm):
    """delivered, refused (back to the preparation, with a new promise) or invalid."""

    handover_result: str
    promise_no: int
    order_outcome: str | None = None
    handed_over_at: datetime | None = None
    vin: str | None = None
    open_points: str | None = None
    contact_phone: str | None = None
    """Emptied: the order may end while a delay is being told (M5); that task has its copy."""


class WatchPromise(Message):
    """The watch over the promise begins, or begins anew."""


class PromiseWatched(CaseView):
    """Which promise is watched, and when a delay of it must be told."""

    watched_promise: int
    """Promises are numbered upwards: a `promise_no` above it is a newer one."""
    delay_warning_at: datetime
    contact_phone: str | None = None
    """Gone with a call that a new promise has made needless (M5)."""


class LookAtCar(Message):
    """The moment has come by which a delay must be told, or the promised one."""

    promise_passed: bool = False
    """The car was ready, but is not handed over at the promised moment."""


class CarLookedAt(OrderView, Seller):
    """ready or late; the salesperson who calls sees the whole phone."""

    delay_outcome: str
    delay_due: datetime
    promise_due_at: datetime
    """When a car that is ready now must be the customer's."""
    delay_errors: list[FormError] = Field(default_factory=list)
    contact_phone: str | None = None
    car_state: str


class RecordNewDate(DelayForm):
    """What was agreed with the customer."""

    warned_by: SentText = None


class NewDateRecorded(OrderView, Seller, DelayForm):
    """agreed (the wait begins anew), on_time (the car is ready) or invalid."""

    delay_outcome: str
    delay_errors: list[FormError]
    contact_phone: str | None = None
    car_state: str


class AskCancellation(CancelForm):
    """What the standing form of the salesperson sent."""

    cancel_asked_by: SentText = None


class CancellationAsked(OrderView, Seller, CancelForm):
    """asked (the sales manager decides) or kept."""

    cancel_outcome: str
    cancel_errors: list[FormError]
    cancel_text: str | None = None
    decision_due: datetime
    decision_post: str | None = None
    """Whose decision it is: 销售部经理, or the post above where that would be who asked."""
    decision_options: Options = Field(default_factory=list)


class DecideCancellation(DecisionForm):
    """What the sales manager decided."""

    cancel_decided_by: SentText = None


class CancellationDecided(OrderView, Seller, DecisionForm, CancelForm):
    """cancelled, kept or invalid."""

    cancel_outcome: str
    decision_post: str
    decision_errors: list[FormError]
    order_outcome: str | None = None
    contact_phone: str | None = None
    """Emptied, as after a handover (M5)."""
