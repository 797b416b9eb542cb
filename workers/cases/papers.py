"""How a room shows a paper to those who sign it: the same variables for every kind (C6, C8–C11, A5, C13).

A worker that fills a paper mixes `PaperView` into its output and fills it with `paper(…)`; the diagram hands the
variables to the called process that gathers the signatures, which answers with `paperOutcome`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pydantic import Field

from workers import money
from workers.runtime import FileValue, Message


class PaperFact(Message):
    """A line of the paper's head: what, and what it says."""

    label: str
    value: str


class PaperRow(Message):
    """A row of the paper's table, by columns."""

    cells: list[str]


class PaperView(Message):
    """Mixin of outputs: a paper as its signers read it; without a paper (the form has errors) all is empty.

    What an earlier paper of the case led to is wiped out.
    """

    paper_kind: str | None = None
    """The kind's stage of approval, such as delivery_note; `paper_signers.dmn` knows it too."""
    paper_no: str | None = None
    """The paper's number: its case's number and the key of its approval."""
    paper_title: str | None = None
    paper_facts: list[PaperFact] = Field(default_factory=list)
    paper_columns: list[str] = Field(default_factory=list)
    paper_rows: list[PaperRow] = Field(default_factory=list)
    paper_amount_fen: int = 0
    """What the paper is about, in whole fen, for the decision table."""
    paper_document: FileValue | None = None
    paper_outcome: str | None = None
    """approved, returned or rejected: only the called process says it."""


def paper(
    kind: str,
    number: str,
    title: str,
    *,
    facts: Iterable[tuple[str, object]] = (),
    columns: Iterable[str] = (),
    rows: Iterable[Iterable[object]] = (),
    amount: Decimal = Decimal(0),
    document: FileValue | None = None,
) -> dict[str, Any]:
    """The fields of `PaperView` for a paper: `Filled.of_case(session, no, **cases.paper(…))`. `amount`: yuan."""
    return {
        "paper_kind": kind,
        "paper_no": number,
        "paper_title": title,
        "paper_facts": [PaperFact(label=label, value=_shown(value)) for label, value in facts],
        "paper_columns": list(columns),
        "paper_rows": [PaperRow(cells=[_shown(cell) for cell in row]) for row in rows],
        "paper_amount_fen": money.fen(amount),
        "paper_document": document,
    }


def _shown(value: object) -> str:
    return "" if value is None else str(value)
