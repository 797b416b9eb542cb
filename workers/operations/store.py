"""What operators changed by command, and why: append-only, beside the engine's own operation log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base

CANCEL, DELETE, RETRY, MIGRATE = "cancel", "delete", "retry", "migrate"


class OperatorAction(Base):
    """One change that an operator ordered. Append-only: the database refuses to change it."""

    __tablename__ = "operator_actions"
    __table_args__ = (Index("ix_operator_actions_instance", "process_instance_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """Random, so that nobody can name an order that was not given."""
    action: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(MOMENT)
    by: Mapped[str] = mapped_column(String(64))
    """The account of the engine with which it was done."""
    reason: Mapped[str] = mapped_column(Text)
    case_no: Mapped[str | None] = mapped_column(String(255), index=True)
    process: Mapped[str | None] = mapped_column(String(255))
    process_instance_id: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What was selected and how much of it there was."""
