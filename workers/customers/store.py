"""The lines of customers' histories; the customers themselves are rows of the catalog."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workers.catalog import Customer
from workers.database.base import MOMENT, Base


class CustomerLineRow(Base):
    """Something that happened with a customer in a case, once per case and kind."""

    __tablename__ = "customer_lines"
    __table_args__ = (UniqueConstraint("customer_no", "case_no", "kind"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_no: Mapped[str] = mapped_column(String(32), ForeignKey(Customer.no))
    at: Mapped[datetime] = mapped_column(MOMENT)
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    case_no: Mapped[str] = mapped_column(String(32))
