"""The tables of the fulfilment room: its papers, and an append-only record of each step that was done on one.

A paper is a production notice (SC), a batch on its inbound note (RK) or a delivery note (FH); its state says how far
it is. What a step reported stands in `goods_records` with a line per contract line, so that every figure in the ledger
can be traced to who reported it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workers.database.base import MOMENT, Base
from workers.ledger import ContractRow

QUANTITY = Numeric(12, 3)
"""In the product's unit."""

NOTICE, BATCH, DELIVERY = "notice", "batch", "delivery"
KINDS = (NOTICE, BATCH, DELIVERY)

DRAFTED, ISSUED, CLOSED, VOID = "drafted", "issued", "closed", "void"
"""A paper: waits for its approval; in force; everything on it is done; not in force any more."""
STATES = (DRAFTED, ISSUED, CLOSED, VOID)

PREPARE, REPORT, INSPECT, STORE = "prepare", "report", "inspect", "store"
RELEASE, EXIT, RECEIPT, INSPECT_RETURN = "release", "exit", "receipt", "inspect_return"
STEPS = (PREPARE, REPORT, INSPECT, STORE, RELEASE, EXIT, RECEIPT, INSPECT_RETURN)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class GoodsPaper(Base):
    """A notice, batch or delivery note; of each kind one at a time is under way for a contract.

    Notices and delivery notes are cases of their own, in which they are approved.
    """

    __tablename__ = "goods_papers"
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind_is_known"),
        CheckConstraint(_one_of("state", STATES), name="state_is_known"),
        CheckConstraint(f"(kind = '{BATCH}') = (notice_no IS NOT NULL)", name="a_batch_has_its_notice"),
        Index(
            "uq_goods_papers_under_way",
            "contract_no",
            "kind",
            unique=True,
            postgresql_where=text(_one_of("state", (DRAFTED, ISSUED))),
        ),
    )

    paper_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    contract_no: Mapped[str] = mapped_column(ForeignKey(ContractRow.contract_no), index=True)
    notice_no: Mapped[str | None] = mapped_column(ForeignKey("goods_papers.paper_no"), index=True)
    """The issued notice that a batch is made on."""
    state: Mapped[str] = mapped_column(String(16))
    drawn_at: Mapped[datetime] = mapped_column(MOMENT)
    wanted_on: Mapped[date | None] = mapped_column(Date)
    """When the production is to be finished, or the goods are to leave."""
    destination: Mapped[str] = mapped_column(String(200), default="")


class GoodsRecord(Base):
    """What somebody did on a paper, once per step. Append-only."""

    __tablename__ = "goods_records"
    __table_args__ = (CheckConstraint(_one_of("step", STEPS), name="step_is_known"),)

    paper_no: Mapped[str] = mapped_column(ForeignKey("goods_papers.paper_no"), primary_key=True)
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    done_by: Mapped[str] = mapped_column(String(64))
    done_on: Mapped[date] = mapped_column(Date)
    """The day on which it happened: the value date of its ledger entries."""
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)
    document_no: Mapped[str | None] = mapped_column(String(32))
    """The paper that came of it, where it has a number of its own: the certificate (HG), the gate pass (CM)."""
    remark: Mapped[str] = mapped_column(Text, default="")

    lines: Mapped[list[GoodsRecordLine]] = relationship(order_by="GoodsRecordLine.line_no")


class GoodsRecordLine(Base):
    """A contract line of a record: the quantity, and the part that was refused, with the reason. Append-only."""

    __tablename__ = "goods_record_lines"
    __table_args__ = (
        ForeignKeyConstraint(["paper_no", "step"], ["goods_records.paper_no", "goods_records.step"]),
        CheckConstraint("quantity >= 0 AND refused >= 0", name="no_quantity_is_negative"),
        CheckConstraint("quantity + refused > 0", name="something_is_reported"),
        CheckConstraint("refused = 0 OR reason <> ''", name="a_refusal_says_why"),
    )

    paper_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    refused: Mapped[Decimal] = mapped_column(QUANTITY, default=Decimal(0))
    reason: Mapped[str] = mapped_column(String(200), default="")


class GateExit(Base):
    """A vehicle that left with the goods of a delivery note, as gate security logged it. Append-only."""

    __tablename__ = "gate_exits"

    paper_no: Mapped[str] = mapped_column(ForeignKey("goods_papers.paper_no"), primary_key=True)
    pass_no: Mapped[str] = mapped_column(String(32), unique=True)
    plate: Mapped[str] = mapped_column(String(20))
    driver: Mapped[str] = mapped_column(String(64))
    left_at: Mapped[datetime] = mapped_column(MOMENT)


class CustomerReceipt(Base):
    """The customer's signed copy of a delivery note, with its scan. Append-only."""

    __tablename__ = "customer_receipts"
    __table_args__ = (
        CheckConstraint("scan_sha256 = encode(sha256(scan), 'hex')", name="sha256_is_of_the_scan"),
    )

    paper_no: Mapped[str] = mapped_column(ForeignKey("goods_papers.paper_no"), primary_key=True)
    signer: Mapped[str] = mapped_column(String(100))
    signed_on: Mapped[date] = mapped_column(Date)
    scan: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    scan_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(32))
