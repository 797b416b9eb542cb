"""Sales in the showroom and what each of their steps recorded (V1-V7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    *("showroom_contacts", "showroom_visits", "showroom_needs", "showroom_presentations"),
    *(
        "showroom_test_drives",
        "showroom_demands",
        "showroom_proposals",
        "showroom_answers",
        "showroom_decisions",
    ),
)


def upgrade() -> None:
    """Add the tables, and what keeps a recorded step as it is."""
    op.create_table(
        "showroom_sales",
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("salesperson", sa.String(length=64), nullable=False),
        sa.Column("model_no", sa.String(length=32), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('walk_in', 'prospect')", name=op.f("ck_showroom_sales_kind_is_known")),
        sa.ForeignKeyConstraint(
            ["customer_no"], ["customers.no"], name=op.f("fk_showroom_sales_customer_no_customers")
        ),
        sa.ForeignKeyConstraint(["sale_no"], ["cases.case_no"], name=op.f("fk_showroom_sales_sale_no_cases")),
        sa.PrimaryKeyConstraint("sale_no", name=op.f("pk_showroom_sales")),
    )
    op.create_index(op.f("ix_showroom_sales_customer_no"), "showroom_sales", ["customer_no"], unique=False)
    op.create_table(
        "showroom_answers",
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_answers_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_answers")),
    )
    op.create_index(op.f("ix_showroom_answers_sale_no"), "showroom_answers", ["sale_no"], unique=False)
    op.create_table(
        "showroom_contacts",
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'invited' OR basis <> ''", name=op.f("ck_showroom_contacts_invited_with_a_basis")
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_contacts_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_contacts")),
    )
    op.create_index(op.f("ix_showroom_contacts_sale_no"), "showroom_contacts", ["sale_no"], unique=False)
    op.create_table(
        "showroom_demands",
        sa.Column("price", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_demands_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_demands")),
    )
    op.create_index(op.f("ix_showroom_demands_sale_no"), "showroom_demands", ["sale_no"], unique=False)
    op.create_table(
        "showroom_needs",
        sa.Column("needs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retold", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_needs_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_needs")),
    )
    op.create_index(op.f("ix_showroom_needs_sale_no"), "showroom_needs", ["sale_no"], unique=False)
    op.create_table(
        "showroom_test_drives",
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("refusal_reason", sa.Text(), nullable=False),
        sa.Column("driver_name", sa.String(length=100), nullable=False),
        sa.Column("licence_class", sa.String(length=8), nullable=False),
        sa.Column("licence_valid_until", sa.Date(), nullable=True),
        sa.Column("impressions", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'driven' OR licence_valid_until IS NOT NULL",
            name=op.f("ck_showroom_test_drives_driven_with_a_licence"),
        ),
        sa.CheckConstraint(
            "outcome <> 'refused' OR refusal_reason <> ''",
            name=op.f("ck_showroom_test_drives_refused_with_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"],
            ["showroom_sales.sale_no"],
            name=op.f("fk_showroom_test_drives_sale_no_showroom_sales"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_test_drives")),
    )
    op.create_index(
        op.f("ix_showroom_test_drives_sale_no"), "showroom_test_drives", ["sale_no"], unique=False
    )
    op.create_table(
        "showroom_visits",
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("concerns", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint("greeted_at >= arrived_at", name=op.f("ck_showroom_visits_greeted_after_arrival")),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_visits_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_visits")),
    )
    op.create_index(op.f("ix_showroom_visits_sale_no"), "showroom_visits", ["sale_no"], unique=False)
    op.create_table(
        "showroom_presentations",
        sa.Column("needs_id", sa.BigInteger(), nullable=False),
        sa.Column("model_no", sa.String(length=32), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["needs_id"],
            ["showroom_needs.id"],
            name=op.f("fk_showroom_presentations_needs_id_showroom_needs"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"],
            ["showroom_sales.sale_no"],
            name=op.f("fk_showroom_presentations_sale_no_showroom_sales"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_presentations")),
    )
    op.create_index(
        op.f("ix_showroom_presentations_sale_no"), "showroom_presentations", ["sale_no"], unique=False
    )
    op.create_table(
        "showroom_proposals",
        sa.Column("demands_id", sa.BigInteger(), nullable=False),
        sa.Column("model_no", sa.String(length=32), nullable=False),
        sa.Column("price", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("floor_price", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("below_floor", sa.Boolean(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=40), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_showroom_proposals_price_is_positive")),
        sa.ForeignKeyConstraint(
            ["demands_id"],
            ["showroom_demands.id"],
            name=op.f("fk_showroom_proposals_demands_id_showroom_demands"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_proposals_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_proposals")),
        sa.UniqueConstraint("demands_id", name=op.f("uq_showroom_proposals_demands_id")),
    )
    op.create_index(op.f("ix_showroom_proposals_sale_no"), "showroom_proposals", ["sale_no"], unique=False)
    op.create_table(
        "showroom_decisions",
        sa.Column("proposal_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=False),
        sa.Column("service_person", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'lost' OR lost_reason <> ''", name=op.f("ck_showroom_decisions_lost_with_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["showroom_proposals.id"],
            name=op.f("fk_showroom_decisions_proposal_id_showroom_proposals"),
        ),
        sa.ForeignKeyConstraint(
            ["sale_no"], ["showroom_sales.sale_no"], name=op.f("fk_showroom_decisions_sale_no_showroom_sales")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showroom_decisions")),
    )
    op.create_index(op.f("ix_showroom_decisions_sale_no"), "showroom_decisions", ["sale_no"], unique=False)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
