"""What the topics of a contract's fulfilment read and write, and what every form of it shows."""

from __future__ import annotations

from typing import Any

from workers.cases import CaseView, CheckedForm
from workers.runtime import Message

Rows = list[dict[str, Any]]
"""Rows of a form's list or table, as it names their fields."""


class GoodsView(CaseView, CheckedForm):
    """Mixin of outputs: the contract and its goods at this moment, as forms show them."""

    case_no: str
    customer_name: str
    total_figures: str
    delivery_date: str
    received_figures: str
    percent_received: str
    hold_text: str
    goods: Rows


class OpenFulfilment(Message):
    """Open the fulfilment of a contract in force; which one it is, is the business key."""


class FulfilmentOpened(CaseView):
    """The case is open."""

    case_no: str


class CompleteFulfilment(Message):
    """End the contract when nothing of it is open."""


class FulfilmentCompleted(CaseView):
    """completed, or open: a strand that has ended begins again as soon as a fact gives it something to do."""

    completion_outcome: str


class CloseTerminated(Message):
    """The contract was terminated: what is open of its papers is void."""


class TerminatedClosed(CaseView):
    """The case is closed."""
