"""Orders of cars: contracts, promised moments, checks, handovers, cancellations (V7, V8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FINAL = {
    "vehicle_orders": ("vehicle_orders_as_ended", "state <> 'open'"),
    "vehicle_contracts": ("vehicle_contracts_as_signed", "state IN ('in_force', 'void')"),
    "vehicle_cancellations": ("vehicle_cancellations_as_decided", "state <> 'asked'"),
}
"""By table: the guard's name, and from which state on a row stays as it is."""
APPEND_ONLY = ("vehicle_promises", "vehicle_checks", "vehicle_handovers")
STAYS = """
CREATE FUNCTION {guard}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.{condition} THEN
        RAISE EXCEPTION '% of {table} is refused: what is final stays as it is', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the tables and what guards them; the ledgers know contracts of cars."""
    op.drop_constraint(op.f("ck_contracts_origin_is_known"), "contracts", type_="check")
    op.create_check_constraint(
        op.f("ck_contracts_origin_is_known"), "contracts", "origin IN ('approval', 'opening', 'vehicle')"
    )
    _tables()
    for table, (guard, condition) in FINAL.items():
        op.execute(STAYS.format(guard=guard, condition=condition, table=table))
        op.execute(f"CREATE TRIGGER {guard} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {guard}()")
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _tables() -> None:
    op.create_table(
        "vehicle_orders",
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.Column("process_instance_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=True),
        sa.Column("deposit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("factory_order", sa.String(length=64), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'delivered', 'cancelled')", name=op.f("ck_vehicle_orders_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_vehicle_orders_contract_no_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["vehicle_sales.sale_no"], name=op.f("fk_vehicle_orders_sale_no_vehicle_sales")
        ),
        sa.PrimaryKeyConstraint("sale_no", name=op.f("pk_vehicle_orders")),
        sa.UniqueConstraint("contract_no", name=op.f("uq_vehicle_orders_contract_no")),
    )
    op.create_table(
        "vehicle_contracts",
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.Column("price", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("deposit", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("drawn_by", sa.String(length=64), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("scan", sa.LargeBinary(), nullable=True),
        sa.Column("scan_sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "scan_sha256 = encode(sha256(scan), 'hex')",
            name=op.f("ck_vehicle_contracts_sha256_is_of_the_scan"),
        ),
        sa.CheckConstraint(
            "state IN ('drawn', 'signed', 'void', 'in_force')",
            name=op.f("ck_vehicle_contracts_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('signed', 'in_force') OR (signer <> '' AND scan IS NOT NULL)",
            name=op.f("ck_vehicle_contracts_signed_by_the_customer"),
        ),
        sa.CheckConstraint(
            "deposit > 0 AND deposit * 5 <= price", name=op.f("ck_vehicle_contracts_deposit_within_the_law")
        ),
        sa.ForeignKeyConstraint(
            ["contract_no", "version"],
            ["documents.number", "documents.version"],
            name=op.f("fk_vehicle_contracts_contract_no_version_documents"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["vehicle_orders.sale_no"], name=op.f("fk_vehicle_contracts_sale_no_vehicle_orders")
        ),
        sa.PrimaryKeyConstraint("contract_no", "version", name=op.f("pk_vehicle_contracts")),
    )
    op.create_index(op.f("ix_vehicle_contracts_sale_no"), "vehicle_contracts", ["sale_no"], unique=False)
    op.create_table(
        "vehicle_promises",
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["vehicle_orders.sale_no"], name=op.f("fk_vehicle_promises_sale_no_vehicle_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_promises")),
    )
    op.create_index(op.f("ix_vehicle_promises_sale_no"), "vehicle_promises", ["sale_no"], unique=False)
    op.create_table(
        "vehicle_checks",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("vin", sa.String(length=17), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint("kind IN ('incoming', 'prepared')", name=op.f("ck_vehicle_checks_kind_is_known")),
        sa.CheckConstraint("passed OR findings <> ''", name=op.f("ck_vehicle_checks_a_failure_says_why")),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["vehicle_orders.sale_no"], name=op.f("fk_vehicle_checks_sale_no_vehicle_orders")
        ),
        sa.ForeignKeyConstraint(["vin"], ["vehicles.vin"], name=op.f("fk_vehicle_checks_vin_vehicles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_checks")),
    )
    op.create_index(op.f("ix_vehicle_checks_sale_no"), "vehicle_checks", ["sale_no"], unique=False)
    op.create_table(
        "vehicle_handovers",
        sa.Column("vin", sa.String(length=17), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_person", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("receiver", sa.String(length=100), nullable=False),
        sa.Column("mileage", sa.Integer(), nullable=False),
        sa.Column("explained", sa.Text(), nullable=False),
        sa.Column("document_no", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["vehicle_orders.sale_no"], name=op.f("fk_vehicle_handovers_sale_no_vehicle_orders")
        ),
        sa.ForeignKeyConstraint(["vin"], ["vehicles.vin"], name=op.f("fk_vehicle_handovers_vin_vehicles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_handovers")),
        sa.UniqueConstraint("sale_no", name=op.f("uq_vehicle_handovers_sale_no")),
        sa.UniqueConstraint("vin", name=op.f("uq_vehicle_handovers_vin")),
    )
    op.create_index(op.f("ix_vehicle_handovers_sale_no"), "vehicle_handovers", ["sale_no"], unique=False)
    op.create_table(
        "vehicle_cancellations",
        sa.Column("fault", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("deposit", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("repaid", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "fault IN ('customer', 'dealer', 'nobody')", name=op.f("ck_vehicle_cancellations_fault_is_known")
        ),
        sa.CheckConstraint(
            "state = 'asked' OR decided_by <> ''", name=op.f("ck_vehicle_cancellations_somebody_decided")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'kept', 'forfeited', 'returned', 'doubled')",
            name=op.f("ck_vehicle_cancellations_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"],
            ["vehicle_orders.sale_no"],
            name=op.f("fk_vehicle_cancellations_sale_no_vehicle_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_cancellations")),
    )
    op.create_index(
        op.f("ix_vehicle_cancellations_sale_no"), "vehicle_cancellations", ["sale_no"], unique=False
    )
