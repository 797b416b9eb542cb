"""Room `bills`: what the workshop's bills come to and what is paid on them, whoever takes the money (A6, W9)."""

from workers.bills.money import (
    PAID,
    at_counter,
    counter_payments,
    find,
    left,
    numbers,
    open_ones,
    pay,
    tell,
    within,
)
from workers.bills.store import COUNTER, TRANSFER, ServiceBill, ServicePayment

__all__ = [
    "COUNTER",
    "PAID",
    "TRANSFER",
    "ServiceBill",
    "ServicePayment",
    "at_counter",
    "counter_payments",
    "find",
    "left",
    "numbers",
    "open_ones",
    "pay",
    "tell",
    "within",
]
