"""A customer as a step's form shows them; how much of them depends on the post whose step it is (M5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from workers.customers.history import CustomerLine, history
from workers.customers.records import find
from workers.masking import mask, mask_phone
from workers.runtime import Message


class CustomerView(Message):
    """Mixin of outputs: the customer's variables, written anew before each step."""

    customer_no: str
    customer_name: str
    customer_phone: str
    customer_history: list[CustomerLine]


def view(session: Session, customer_no: str, *, full: bool) -> dict[str, Any]:
    """The fields of `CustomerView`: `Output.of_case(session, no, **customers.view(…))`.

    `full` only before the step of a post that must call the customer (salesperson, sales manager, service advisor,
    service manager); for all others phone and ID numbers are masked, in the history's texts too.
    Raises InvalidInput for an unknown customer.
    """
    session.flush()
    customer, lines = find(session, customer_no), history(session, customer_no)
    if not full:
        lines = [line.model_copy(update={"text": mask(line.text)}) for line in lines]
    return {
        "customer_no": customer_no,
        "customer_name": customer.name,
        "customer_phone": customer.phone if full else mask_phone(customer.phone),
        "customer_history": lines,
    }
