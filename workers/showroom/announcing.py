"""The customer has answered before the follow-up is due: first the fact, then the message (V7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import signals
from workers.showroom.store import AnswerRow

MESSAGE = "Msg_CustomerDecided"


def announce(session: Session, sale_no: str, said: str, by: str, at: datetime) -> None:
    """Keep what the customer said and wake the sale that waits for it; the case's row is locked by the caller."""
    answer = AnswerRow(sale_no=sale_no, said=said, recorded_by=by, recorded_at=at)
    session.add(answer)
    session.flush()
    signals.send(session, MESSAGE, sale_no, f"answer {answer.id}")


def latest(session: Session, sale_no: str, since: datetime) -> str | None:
    """What the customer said last since that moment (the proposal, or the decision to take more time)."""
    query = select(AnswerRow.said).where(AnswerRow.sale_no == sale_no, AnswerRow.recorded_at >= since)
    return session.scalars(query.order_by(AnswerRow.id.desc())).first()
