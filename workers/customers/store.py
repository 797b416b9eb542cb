"""The lines of customers' histories; the customers themselves are rows of the catalog."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text
from sqlalchemy import text as expression
from sqlalchemy.orm import Mapped, mapped_column

from workers.catalog import Customer
from workers.database.base import MOMENT, Base


class CustomerLineRow(Base):
    """Something that happened with a customer in a case; the same is said once."""

    __tablename__ = "customer_lines"
    __table_args__ = (
        Index(
            "uq_customer_lines_said_once",
            "customer_no",
            "case_no",
            "kind",
            expression("md5(text)"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_no: Mapped[str] = mapped_column(String(32), ForeignKey(Customer.no))
    at: Mapped[datetime] = mapped_column(MOMENT)
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    case_no: Mapped[str] = mapped_column(String(32))
