"""Whether goods of a contract are on their way back: it neither ends nor is settled meanwhile (C8, C13).

The table belongs to the room `returns`, above this one; here it is only read.
"""

from __future__ import annotations

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

_RETURNS = table("goods_returns", *map(column, ("case_no", "contract_no", "state")))
_ENDED = ("booked", "void")


def return_under_way(session: Session, contract_no: str) -> str | None:
    """The number of the contract's return that is under way. Asked with the contract locked, it stays true."""
    query = select(_RETURNS.c.case_no).where(
        _RETURNS.c.contract_no == contract_no, _RETURNS.c.state.not_in(_ENDED)
    )
    return session.scalars(query).first()
