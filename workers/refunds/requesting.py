"""Another room has found that a customer is to be paid back: the refund's process starts by itself (A6, X1)."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import cases, documents, signals
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.refunds import papers
from workers.refunds.messages import OpenRefund
from workers.refunds.router import POST
from workers.refunds.starting import MESSAGE, PROCESS
from workers.runtime import TaskContext

_NUMBER = re.compile(rf"{papers.PREFIX}-20[0-9]{{2}}-[0-9]{{4,}}")


def request(
    session: Session, *, customer_no: str, amount: Decimal, reason: str, for_case: str, at: datetime
) -> str:
    """Have `amount` yuan of the customer's balance paid back; returns the refund's number.

    To be called once, in the transaction that makes the balance. Finance adds the account and submits it; until then
    nothing is promised.
    """
    number = documents.next_number(session, papers.PREFIX, at.astimezone(SHANGHAI).year)
    sent = {"customerNo": customer_no, "refundAmount": format(amount, ".2f"), "refundReason": reason}
    signals.send(session, MESSAGE, number, for_case, starts=PROCESS, variables=sent)
    return number


def number_of(session: Session, form: OpenRefund, task: TaskContext, year: int) -> str:
    """A new number, or the one that `request` took; a person's own key counts for nothing."""
    if is_requested(form, task):
        return task.case_no
    return documents.next_number(session, papers.PREFIX, year)


def starter(org: OrgChart, form: OpenRefund, task: TaskContext, on: date) -> str:
    """Who files it: of a request that names nobody, the first of finance who is there."""
    if not is_requested(form, task) or form.applicant is not None:
        return cases.starter(org, form.started_by, form.applicant, task.process_definition_key, on)
    there = list(org.acting_holders(POST, on))
    if not there:
        raise InvalidInput(f"{task.case_no}: nobody is {POST} on {on}")
    return there[0]


def is_requested(form: OpenRefund, task: TaskContext) -> bool:
    """Whether a room has asked for it: a program's start with a number for its key."""
    return cases.is_technical(form.started_by) and _NUMBER.fullmatch(task.business_key or "") is not None
