"""Tables of jointing work: orders, and the acceptance reports with the customer's signed scan."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workers.database.base import MOMENT, Base

FILLED, DISPATCHED, ACCEPTED, FAILED = "filled", "dispatched", "accepted", "failed"
RETURNED, WAIVED, VOID = "returned", "waived", "void"
STATES = (FILLED, DISPATCHED, ACCEPTED, FAILED, RETURNED, WAIVED, VOID)


class JointingOrder(Base):
    """An order for work on the customer's site (接续派工单)."""

    __tablename__ = "jointing_orders"
    __table_args__ = (CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state_is_known"),)

    order_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey("contracts.contract_no"), index=True)
    site: Mapped[str] = mapped_column(String(300))
    planned_on: Mapped[date] = mapped_column(Date)
    team: Mapped[str] = mapped_column(String(200))
    """Who goes there; nobody when the customer joins by themselves."""
    contact: Mapped[str] = mapped_column(String(200), default="")
    """Whom they ask for."""
    work: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default=FILLED)
    filled_by: Mapped[str] = mapped_column(String(64))
    filled_at: Mapped[datetime] = mapped_column(MOMENT)


class JointingReport(Base):
    """What the customer said of the work (接续验收报告). Append-only."""

    __tablename__ = "jointing_reports"
    __table_args__ = (
        CheckConstraint("scan_sha256 = encode(sha256(scan), 'hex')", name="sha256_is_of_the_scan"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_no: Mapped[str] = mapped_column(String(32), unique=True)
    order_no: Mapped[str] = mapped_column(ForeignKey("jointing_orders.order_no"), unique=True)
    done_on: Mapped[date] = mapped_column(Date)
    accepted: Mapped[bool]
    signer: Mapped[str] = mapped_column(String(100))
    findings: Mapped[str] = mapped_column(Text, default="")
    scan: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    scan_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(32))
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
