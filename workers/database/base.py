"""What every room's tables share: one metadata with names that migrations can rely on."""

from __future__ import annotations

from sqlalchemy import DateTime, MetaData, Numeric
from sqlalchemy.orm import DeclarativeBase

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

MONEY = Numeric(15, 2)
"""An amount in yuan."""
MOMENT = DateTime(timezone=True)
"""An aware point in time."""


class Base(DeclarativeBase):
    """Base of every table. A room's tables stand in its `store.py`."""

    metadata = MetaData(naming_convention=CONVENTION)
