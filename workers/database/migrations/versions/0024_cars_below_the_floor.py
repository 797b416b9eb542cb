"""Cars below the policy's floor are declared and approved; a customer may leave before any proposal (V1-V7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STAYS = """
CREATE OR REPLACE FUNCTION vehicle_orders_as_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('delivered', 'cancelled') THEN
        RAISE EXCEPTION '% of vehicle_orders is refused: what is final stays as it is', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add what a car's order asks to be approved; an order that was refused may be opened anew."""
    op.create_table(
        "car_declarations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.Column("applicant", sa.String(length=64), nullable=False),
        sa.Column("deposit", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("declaration_no", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("deposit > 0", name=op.f("ck_car_declarations_deposit_is_positive")),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'dropped')", name=op.f("ck_car_declarations_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["declaration_no"], ["cases.case_no"], name=op.f("fk_car_declarations_declaration_no_cases")
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["vehicle_sales.sale_no"], name=op.f("fk_car_declarations_sale_no_vehicle_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_car_declarations")),
        sa.UniqueConstraint("declaration_no", name=op.f("uq_car_declarations_declaration_no")),
    )
    op.create_index(
        "uq_car_declarations_one_open",
        "car_declarations",
        ["sale_no"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_constraint(op.f("ck_vehicle_orders_state_is_known"), "vehicle_orders", type_="check")
    op.create_check_constraint(
        op.f("ck_vehicle_orders_state_is_known"),
        "vehicle_orders",
        "state IN ('open', 'delivered', 'cancelled', 'refused')",
    )
    op.execute(STAYS)
    op.add_column("vehicle_contracts", sa.Column("declaration_no", sa.String(length=32), nullable=True))
    op.create_foreign_key(
        op.f("fk_vehicle_contracts_declaration_no_cases"),
        "vehicle_contracts",
        "cases",
        ["declaration_no"],
        ["case_no"],
    )
    op.drop_constraint(
        op.f("ck_vehicle_contracts_signed_by_the_customer"), "vehicle_contracts", type_="check"
    )
    op.create_check_constraint(
        op.f("ck_vehicle_contracts_signed_by_the_customer"),
        "vehicle_contracts",
        "state NOT IN ('signed', 'in_force')"
        " OR (signer <> '' AND (scan IS NOT NULL OR declaration_no IS NOT NULL))",
    )
    op.alter_column("showroom_decisions", "proposal_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_showroom_decisions_decided_on_a_proposal"),
        "showroom_decisions",
        "outcome = 'lost' OR proposal_id IS NOT NULL",
    )
