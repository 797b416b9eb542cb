"""Cars leave the stock without being sold, and come back; a customer agrees to another colour (V8, X6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATES = (
    *("ordered", "in_transit", "checking", "in_stock", "other_shop", "reserved", "sold", "customer"),
    *("rejected", "withdrawn"),
)
APPEND_ONLY = ("vehicle_stock_changes", "vehicle_colour_consents")


def upgrade() -> None:
    """Two states more, the record of what came and went, and the customer's consent."""
    op.drop_constraint(op.f("ck_vehicles_state_is_known"), "vehicles", type_="check")
    known = ", ".join(repr(state) for state in STATES)
    op.create_check_constraint(op.f("ck_vehicles_state_is_known"), "vehicles", f"state IN ({known})")
    op.create_check_constraint(
        op.f("ck_vehicles_a_car_that_left_is_kept_for_nobody"),
        "vehicles",
        "state NOT IN ('rejected', 'withdrawn') OR sale_no IS NULL",
    )
    op.create_table(
        "vehicle_stock_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("vin", sa.String(length=17), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_vehicle_stock_changes_a_change_says_why")),
        sa.ForeignKeyConstraint(
            ["vin"], ["vehicles.vin"], name=op.f("fk_vehicle_stock_changes_vin_vehicles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_stock_changes")),
    )
    op.create_index(op.f("ix_vehicle_stock_changes_vin"), "vehicle_stock_changes", ["vin"], unique=False)
    op.create_table(
        "vehicle_colour_consents",
        sa.Column("vin", sa.String(length=17), nullable=False),
        sa.Column("agreed", sa.String(length=40), nullable=False),
        sa.Column("colour", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint("agreed <> colour", name=op.f("ck_vehicle_colour_consents_another_colour")),
        sa.ForeignKeyConstraint(
            ["sale_no"],
            ["vehicle_orders.sale_no"],
            name=op.f("fk_vehicle_colour_consents_sale_no_vehicle_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["vin"], ["vehicles.vin"], name=op.f("fk_vehicle_colour_consents_vin_vehicles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_colour_consents")),
    )
    op.create_index(
        op.f("ix_vehicle_colour_consents_sale_no"), "vehicle_colour_consents", ["sale_no"], unique=False
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
