"""Issue a paper: number it, render it by the one template, file it as a document."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI
from workers.documents.company import Company
from workers.documents.kinds import KINDS
from workers.documents.numbering import next_number
from workers.documents.papers import Paper, printed
from workers.documents.rendering import render
from workers.documents.store import Document, file, next_version

PDF = "application/pdf"
TEMPLATE = "paper"


def issue(
    session: Session, paper: Paper, company: Company, *, case_no: str, at: datetime, number: str | None = None
) -> Document:
    """File the paper and return the document.

    Without `number` it takes the next one of its kind and year; with the number of a paper that was issued before,
    it is filed as that paper's next version. Raises ValueError for a kind that this template does not print.
    """
    kind = KINDS.get(paper.kind)
    if kind is None or kind.template != TEMPLATE:
        raise ValueError(f"{paper.kind!r} is no kind of paper")
    number = number or next_number(session, paper.kind, at.astimezone(SHANGHAI).year)
    version = next_version(session, number)
    return file(
        session,
        number=number,
        kind=paper.kind,
        case_no=case_no,
        content=rendered(paper, company, number, version, at),
        media_type=PDF,
        filename=f"{number}-v{version}.pdf",
        at=at,
    )


def rendered(paper: Paper, company: Company, number: str, version: int, at: datetime) -> bytes:
    """The paper as PDF, not filed yet."""
    return render(TEMPLATE, printed(paper, company, number, version, at))
