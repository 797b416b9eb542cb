"""The tables of goods that come back: the return with its lines (its case is the paper), and the customer's paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workers.cases import Case
from workers.database.base import MOMENT, Base
from workers.ledger import ContractRow

QUANTITY = Numeric(12, 3)
"""In the product's unit."""

FILLED, SENT_BACK, APPROVED, RECEIVED, INSPECTED = "filled", "sent_back", "approved", "received", "inspected"
BOOKED, VOID = "booked", "void"
STATES = (FILLED, SENT_BACK, APPROVED, RECEIVED, INSPECTED, BOOKED, VOID)


class GoodsReturn(Base):
    """Goods of a contract that come back; of each contract one return at a time is under way."""

    __tablename__ = "goods_returns"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(one) for one in STATES)})", name="state_is_known"),
        Index(
            "uq_goods_returns_under_way",
            "contract_no",
            unique=True,
            postgresql_where=text(f"state NOT IN ('{BOOKED}', '{VOID}')"),
        ),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey(Case.case_no), primary_key=True)
    contract_no: Mapped[str] = mapped_column(ForeignKey(ContractRow.contract_no), index=True)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    filled_by: Mapped[str] = mapped_column(String(64))
    filled_at: Mapped[datetime] = mapped_column(MOMENT)
    received_by: Mapped[str | None] = mapped_column(String(64))
    received_on: Mapped[date | None] = mapped_column(Date)
    """The day on which the warehouse counted them: the value date in the book of sales."""
    inspected_by: Mapped[str | None] = mapped_column(String(64))
    inspected_on: Mapped[date | None] = mapped_column(Date)

    lines: Mapped[list[GoodsReturnLine]] = relationship(
        order_by="GoodsReturnLine.line_no", cascade="all, delete-orphan"
    )


class GoodsReturnLine(Base):
    """A contract line of a return: what was announced, what the warehouse counted, what quality found bad."""

    __tablename__ = "goods_return_lines"
    __table_args__ = (
        CheckConstraint("announced > 0", name="something_is_announced"),
        CheckConstraint("received BETWEEN 0 AND announced", name="no_more_comes_back_than_was_announced"),
        CheckConstraint("bad BETWEEN 0 AND received", name="no_more_is_bad_than_came_back"),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey(GoodsReturn.case_no), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    announced: Mapped[Decimal] = mapped_column(QUANTITY)
    received: Mapped[Decimal | None] = mapped_column(QUANTITY)
    bad: Mapped[Decimal | None] = mapped_column(QUANTITY)
    defect: Mapped[str] = mapped_column(String(200), default="")


class GoodsReturnPaper(Base):
    """The paper on which the customer signed the return, with its scan. Append-only."""

    __tablename__ = "goods_return_papers"
    __table_args__ = (
        CheckConstraint("scan_sha256 = encode(sha256(scan), 'hex')", name="sha256_is_of_the_scan"),
    )

    case_no: Mapped[str] = mapped_column(ForeignKey(GoodsReturn.case_no), primary_key=True)
    signer: Mapped[str] = mapped_column(String(100))
    signed_on: Mapped[date] = mapped_column(Date)
    """The day on which the customer signed: the value date in the book of finance."""
    scan: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    scan_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(32))
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
