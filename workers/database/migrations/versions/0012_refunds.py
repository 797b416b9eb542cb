"""Refunds of customers' balances, and the bank's payments of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

AS_PAID = """
CREATE FUNCTION refunds_as_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('paid', 'void') THEN
        RAISE EXCEPTION '% of refunds is refused: a refund that was paid or withdrawn stays as it is', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the tables and what guards them."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "refunds",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("customer_name", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("payee_bank", sa.String(length=200), nullable=False),
        sa.Column("payee_account", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filled_by", sa.String(length=64), nullable=False),
        sa.Column("filled_at", moment, nullable=False),
        sa.CheckConstraint(
            "state IN ('filled', 'returned', 'paid', 'void')", name=op.f("ck_refunds_state_is_known")
        ),
        sa.CheckConstraint("stage IN ('refund', 'large_refund')", name=op.f("ck_refunds_stage_is_known")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_is_positive")),
        sa.ForeignKeyConstraint(["case_no"], ["cases.case_no"], name=op.f("fk_refunds_case_no_cases")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_refunds")),
    )
    op.create_index(
        "ix_refunds_promised",
        "refunds",
        ["customer_no"],
        postgresql_where=sa.text("state = 'filled'"),
    )
    op.create_table(
        "refund_payments",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["refunds.case_no"], name=op.f("fk_refund_payments_case_no_refunds")
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_refund_payments")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_refund_payments_bank_reference")),
    )
    op.execute(AS_PAID)
    op.execute(
        "CREATE TRIGGER refunds_as_paid BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION refunds_as_paid()"
    )
    op.execute(
        "CREATE TRIGGER refunds_stays BEFORE DELETE OR TRUNCATE ON refunds "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refund_payments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_payments "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
