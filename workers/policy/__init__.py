"""Room `policy`: what managers decide (prices, floors, terms, rates), versioned, read by date (C1)."""

from workers.policy.document import STEPS, Instalment, PaymentTerm, PolicyDocument, ProductPrice
from workers.policy.drafts import next_valid_from
from workers.policy.versions import (
    NoPolicyInForce,
    PolicyVersion,
    deadline,
    document_on,
    due,
    in_force,
    initial,
    load_initial,
    reminder_hours,
    version,
)

__all__ = [
    "STEPS",
    "Instalment",
    "NoPolicyInForce",
    "PaymentTerm",
    "PolicyDocument",
    "PolicyVersion",
    "ProductPrice",
    "deadline",
    "document_on",
    "due",
    "in_force",
    "initial",
    "load_initial",
    "next_valid_from",
    "reminder_hours",
    "version",
]
