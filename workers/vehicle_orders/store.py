"""Tables of the orders of cars: the order, its contract, and what was recorded on the way to the handover."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from workers.cases import Case
from workers.database.base import MOMENT, MONEY, Base
from workers.documents import Document
from workers.ledger import ContractRow
from workers.vehicles import Sale, Vehicle

OPEN, DELIVERED, CANCELLED, REFUSED = "open", "delivered", "cancelled", "refused"
DRAWN, SIGNED, VOID, IN_FORCE = "drawn", "signed", "void", "in_force"
INCOMING, PREPARED = "incoming", "prepared"
FORFEITED, RETURNED, DOUBLED = "forfeited", "returned", "doubled"
ASKED, KEPT = "asked", "kept"
CUSTOMER_FAULT, OUR_FAULT, NOBODY = "customer", "dealer", "nobody"


class VehicleOrder(Base):
    """The order of a car, from the customer's decision to the handover or the cancellation (V7, V8)."""

    __tablename__ = "vehicle_orders"
    __table_args__ = (
        CheckConstraint(
            f"state IN ('{OPEN}', '{DELIVERED}', '{CANCELLED}', '{REFUSED}')", name="state_is_known"
        ),
    )

    sale_no: Mapped[str] = mapped_column(ForeignKey(Sale.sale_no), primary_key=True)
    process_instance_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    """refused: its price was not approved; the next deal of the sale opens it anew."""
    opened_at: Mapped[datetime] = mapped_column(MOMENT)
    contract_no: Mapped[str | None] = mapped_column(ForeignKey(ContractRow.contract_no), unique=True)
    """Once the contract is countersigned and in the books."""
    deposit_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When the whole deposit was there."""
    factory_order: Mapped[str] = mapped_column(String(64), default="")
    """The factory's number of a car that is ordered and has no VIN yet."""
    expected_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class VehicleContract(Base):
    """A version of the standard contract as it was drawn up, with the customer's signature."""

    __tablename__ = "vehicle_contracts"
    __table_args__ = (
        CheckConstraint(f"state IN ('{DRAWN}', '{SIGNED}', '{VOID}', '{IN_FORCE}')", name="state_is_known"),
        CheckConstraint("deposit > 0 AND deposit * 5 <= price", name="deposit_within_the_law"),
        CheckConstraint("scan_sha256 = encode(sha256(scan), 'hex')", name="sha256_is_of_the_scan"),
        CheckConstraint(
            f"state NOT IN ('{SIGNED}', '{IN_FORCE}')"
            " OR (signer <> '' AND (scan IS NOT NULL OR declaration_no IS NOT NULL))",
            name="signed_by_the_customer",
        ),
        ForeignKeyConstraint(["contract_no", "version"], [Document.number, Document.version]),
    )

    contract_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    sale_no: Mapped[str] = mapped_column(ForeignKey(VehicleOrder.sale_no), index=True)
    price: Mapped[Decimal] = mapped_column(MONEY)
    deposit: Mapped[Decimal] = mapped_column(MONEY)
    """定金: at most 20 % of the price (民法典 586)."""
    promised_at: Mapped[datetime] = mapped_column(MOMENT)
    remarks: Mapped[str] = mapped_column(Text)
    document_sha256: Mapped[str] = mapped_column(String(64))
    drawn_by: Mapped[str] = mapped_column(String(64))
    drawn_at: Mapped[datetime] = mapped_column(MOMENT)
    state: Mapped[str] = mapped_column(String(16), default=DRAWN)
    signer: Mapped[str] = mapped_column(String(100), default="")
    signed_on: Mapped[date | None] = mapped_column(Date)
    scan: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    scan_sha256: Mapped[str | None] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(32), default="")
    declaration_no: Mapped[str | None] = mapped_column(ForeignKey(Case.case_no))
    """The declaration by which it came below the floor; its signatures and scan stand in the room `contract`."""


class _Record(Base):
    """What every append-only record of an order has."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(MOMENT)

    @declared_attr
    @classmethod
    def sale_no(cls) -> Mapped[str]:
        """The order's sale."""
        return mapped_column(ForeignKey(VehicleOrder.sale_no), index=True)


class VehiclePromise(_Record):
    """A moment for which the car was promised; the last one counts. Append-only."""

    __tablename__ = "vehicle_promises"

    promised_at: Mapped[datetime] = mapped_column(MOMENT)
    reason: Mapped[str] = mapped_column(Text)
    """Why it is another moment than before; the contract's own: empty."""
    contact: Mapped[str] = mapped_column(Text)
    """How the customer was contacted, and what they said."""


class VehicleCheck(_Record):
    """The check of a car that came in, or the checklist before its handover. Append-only."""

    __tablename__ = "vehicle_checks"
    __table_args__ = (
        CheckConstraint(f"kind IN ('{INCOMING}', '{PREPARED}')", name="kind_is_known"),
        CheckConstraint("passed OR findings <> ''", name="a_failure_says_why"),
    )

    kind: Mapped[str] = mapped_column(String(16))
    vin: Mapped[str] = mapped_column(ForeignKey(Vehicle.vin))
    passed: Mapped[bool]
    findings: Mapped[str] = mapped_column(Text)


class VehicleColourConsent(_Record):
    """The customer agreed to another colour than the contract's, for that car. Append-only."""

    __tablename__ = "vehicle_colour_consents"
    __table_args__ = (CheckConstraint("agreed <> colour", name="another_colour"),)

    vin: Mapped[str] = mapped_column(ForeignKey(Vehicle.vin))
    agreed: Mapped[str] = mapped_column(String(40))
    """The contract's colour."""
    colour: Mapped[str] = mapped_column(String(40))
    """The car's."""


class VehicleHandover(_Record):
    """The handover. Append-only."""

    __tablename__ = "vehicle_handovers"
    __table_args__ = (UniqueConstraint("sale_no"), UniqueConstraint("vin"))

    vin: Mapped[str] = mapped_column(ForeignKey(Vehicle.vin))
    handed_over_at: Mapped[datetime] = mapped_column(MOMENT)
    promised_at: Mapped[datetime] = mapped_column(MOMENT)
    """As it stood: later than that is a delay."""
    service_person: Mapped[str] = mapped_column(String(64))
    """Who was present and follows up (V9)."""
    channel: Mapped[str] = mapped_column(String(16))
    receiver: Mapped[str] = mapped_column(String(100))
    mileage: Mapped[int]
    explained: Mapped[str] = mapped_column(Text)
    document_no: Mapped[str] = mapped_column(String(32))


class VehicleCancellation(_Record):
    """A cancellation before the delivery: asked for by the salesperson, decided by the sales manager."""

    __tablename__ = "vehicle_cancellations"
    __table_args__ = (
        CheckConstraint(
            f"state IN ('{ASKED}', '{KEPT}', '{FORFEITED}', '{RETURNED}', '{DOUBLED}')", name="state_is_known"
        ),
        CheckConstraint(f"fault IN ('{CUSTOMER_FAULT}', '{OUR_FAULT}', '{NOBODY}')", name="fault_is_known"),
        CheckConstraint(f"state = '{ASKED}' OR decided_by <> ''", name="somebody_decided"),
    )

    fault: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default=ASKED)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    deposit: Mapped[Decimal] = mapped_column(MONEY, default=Decimal(0))
    """Yuan of the deposit that had been paid."""
    repaid: Mapped[Decimal] = mapped_column(MONEY, default=Decimal(0))
    """Yuan that became the customer's balance, to be refunded."""
