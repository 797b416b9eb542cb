"""Goods of a return that lie in the warehouse before finance has booked them: no surplus, but explained (C7, C8).

The tables belong to the room `returns`, which the closing does not import; here they are only read.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import and_, column, func, select, table
from sqlalchemy.orm import Session

from workers.calendar import SHANGHAI

WAITS = "到货待入账"

_RETURNS = table("goods_returns", *map(column, ("case_no", "contract_no", "state", "received_on")))
_LINES = table("goods_return_lines", *map(column, ("case_no", "line_no", "received")))
_PAPERS = table("goods_return_papers", *map(column, ("case_no", "recorded_at")))


class Arrived(NamedTuple):
    """What came back of a contract line, and by which returns."""

    quantity: Decimal
    returns: str


def arrived(session: Session, at: datetime) -> dict[tuple[str, int], Arrived]:
    """By contract and line: what the warehouse had received by that day and finance had not booked by that moment."""
    booked = and_(_PAPERS.c.case_no == _RETURNS.c.case_no, _PAPERS.c.recorded_at <= at)
    query = (
        select(
            _RETURNS.c.contract_no,
            _LINES.c.line_no,
            func.sum(_LINES.c.received),
            func.string_agg(_RETURNS.c.case_no, "、"),
        )
        .select_from(_RETURNS.join(_LINES, _LINES.c.case_no == _RETURNS.c.case_no).outerjoin(_PAPERS, booked))
        .where(
            _RETURNS.c.received_on <= at.astimezone(SHANGHAI).date(),
            _RETURNS.c.state != "void",
            _LINES.c.received > 0,
            _PAPERS.c.case_no.is_(None),
        )
        .group_by(_RETURNS.c.contract_no, _LINES.c.line_no)
    )
    return {
        (number, line): Arrived(quantity, returns)
        for number, line, quantity, returns in session.execute(query)
    }
