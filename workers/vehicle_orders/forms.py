"""What the forms of a car's order send: anything may stand in any field, `rules` reads it."""

from __future__ import annotations

from typing import Any

from workers.runtime import Message


class ContractForm(Message):
    """V7: what the standard contract leaves open."""

    deposit_amount: Any = None
    promised_at: Any = None
    contract_remarks: Any = None


class SignatureForm(Message):
    """V7: the customer has signed, or objects; the scan is read from the engine."""

    customer_decision: Any = None
    customer_signer: Any = None
    customer_signed_on: Any = None
    objection: Any = None


class PaymentForm(Message):
    """V7, V8: money that finance took in the shop or saw in the bank."""

    payment_source: Any = None
    """new, or balance: what the customer has with us."""
    payment_amount: Any = None
    payment_on: Any = None
    bank_reference: Any = None


class CarForm(Message):
    """V8: which car; `factory` orders one."""

    car_choice: Any = None
    factory_order: Any = None
    expected_on: Any = None
    colour_agreed: Any = None
    """The customer agrees to another colour than the contract's."""


class ArrivalForm(Message):
    """V8: a car that was on its way."""

    arrival_outcome: Any = None
    arrival_vin: Any = None
    arrival_remark: Any = None


class CheckForm(Message):
    """V8: the check of a car that came in."""

    check_outcome: Any = None
    check_findings: Any = None


class ChecklistForm(Message):
    """V8: the checklist before the handover."""

    outside_clean: Any = None
    inside_clean: Any = None
    free_of_defects: Any = None
    functions_tested: Any = None
    energy_filled: Any = None
    papers_ready: Any = None
    checklist_findings: Any = None


class HandoverForm(Message):
    """V8: the handover, or the customer's refusal of the car as it is."""

    handover_outcome: Any = None
    handed_over_on: Any = None
    receiver: Any = None
    mileage: Any = None
    operation_explained: Any = None
    maintenance_explained: Any = None
    questions_answered: Any = None
    contact_channel: Any = None
    channel_confirmed: Any = None
    contact_email: Any = None
    refusal_reason: Any = None
    refusal_promise: Any = None


class DelayForm(Message):
    """V8: what the customer was told of a delay, and the new moment."""

    delay_decision: Any = None
    delay_reason: Any = None
    delay_contact: Any = None
    new_promise: Any = None


class CancelForm(Message):
    """V7: the salesperson asks for the cancellation of the order."""

    cancel_requested: Any = None
    cancel_fault: Any = None
    cancel_reason: Any = None


class DecisionForm(Message):
    """V7: what the sales manager decides on the deposit."""

    cancel_decision: Any = None
    decision_reason: Any = None
