"""Commission (withheld, papers, payments) and the month's closing (counts, resolutions)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "commission_offsets",
    "commission_payments",
    "stock_counts",
    "difference_resolutions",
)

KEEP = """
CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {changed} THEN
        RAISE EXCEPTION '% of {table} is refused: {reason}', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
KEPT = (
    (
        "commission_papers",
        "as_filed",
        "(to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') OR OLD.state <> 'filed'",
        "a commission paper stays as it was filed",
    ),
    (
        "commission_lines",
        "as_filed",
        "true",
        "a commission paper stays as it was filed",
    ),
    (
        "month_closings",
        "as_closed",
        "OLD.state <> 'open' OR NEW.month <> OLD.month",
        "a closing stays as it ended",
    ),
)

MONEY = sa.Numeric(15, 2)
QUANTITY = sa.Numeric(12, 3)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables and what keeps them."""
    _commission()
    _closing()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, name, changed, reason in KEPT:
        op.execute(KEEP.format(table=table, name=name, changed=changed, reason=reason))
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _commission() -> None:
    op.create_table(
        "commission_offsets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("debt_contract_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("debt", MONEY, nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_commission_offsets_amount_is_something")),
        sa.CheckConstraint("debt >= 0", name=op.f("ck_commission_offsets_debt_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["contract_no"],
            ["contracts.contract_no"],
            name=op.f("fk_commission_offsets_contract_no_contracts"),
        ),
        sa.ForeignKeyConstraint(
            ["debt_contract_no"],
            ["contracts.contract_no"],
            name=op.f("fk_commission_offsets_debt_contract_no_contracts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_offsets")),
        sa.UniqueConstraint(
            "contract_no", "reference", name=op.f("uq_commission_offsets_contract_no_reference")
        ),
    )
    op.create_index(op.f("ix_commission_offsets_contract_no"), "commission_offsets", ["contract_no"])
    op.create_index(
        op.f("ix_commission_offsets_debt_contract_no"), "commission_offsets", ["debt_contract_no"]
    )
    op.create_table(
        "commission_papers",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("salesperson", sa.String(length=64), nullable=False),
        sa.Column("filed_by", sa.String(length=64), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("total", MONEY, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_commission_papers_revision_is_positive")),
        sa.CheckConstraint("total > 0", name=op.f("ck_commission_papers_total_is_positive")),
        sa.CheckConstraint(
            "state IN ('filed', 'returned', 'rejected', 'withdrawn', 'paid')",
            name=op.f("ck_commission_papers_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["cases.case_no"], name=op.f("fk_commission_papers_case_no_cases")
        ),
        sa.PrimaryKeyConstraint("case_no", "revision", name=op.f("pk_commission_papers")),
    )
    op.create_index(
        "uq_commission_papers_paid_once",
        "commission_papers",
        ["case_no"],
        unique=True,
        postgresql_where=sa.text("state = 'paid'"),
    )
    op.create_table(
        "commission_lines",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("customer_name", sa.String(length=200), nullable=False),
        sa.Column("contract_amount", MONEY, nullable=False),
        sa.Column("received", MONEY, nullable=False),
        sa.Column("percent_received", sa.Numeric(5, 2), nullable=False),
        sa.Column("accrued", MONEY, nullable=False),
        sa.Column("withheld", MONEY, nullable=False),
        sa.Column("paid", MONEY, nullable=False),
        sa.Column("payable", MONEY, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_commission_lines_amount_is_positive")),
        sa.CheckConstraint("amount <= payable", name=op.f("ck_commission_lines_never_more_than_payable")),
        sa.ForeignKeyConstraint(
            ["case_no", "revision"],
            ["commission_papers.case_no", "commission_papers.revision"],
            name=op.f("fk_commission_lines_case_no_revision_commission_papers"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_commission_lines_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("case_no", "revision", "contract_no", name=op.f("pk_commission_lines")),
    )
    op.create_index(op.f("ix_commission_lines_contract_no"), "commission_lines", ["contract_no"])
    op.create_table(
        "commission_payments",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["cases.case_no"], name=op.f("fk_commission_payments_case_no_cases")
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_commission_payments")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_commission_payments_bank_reference")),
    )


def _closing() -> None:
    op.create_table(
        "month_closings",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("early_reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sales_confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'withdrawn')", name=op.f("ck_month_closings_state_is_known")
        ),
        sa.CheckConstraint(
            "extract(day from month) = 1", name=op.f("ck_month_closings_month_is_its_first_day")
        ),
        sa.ForeignKeyConstraint(["case_no"], ["cases.case_no"], name=op.f("fk_month_closings_case_no_cases")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_month_closings")),
    )
    op.create_index(
        "uq_month_closings_one_at_a_time",
        "month_closings",
        ["month"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'closed')"),
    )
    op.create_table(
        "stock_counts",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("book_quantity", QUANTITY, nullable=False),
        sa.Column("counted", QUANTITY, nullable=False),
        sa.Column("counted_by", sa.String(length=64), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_counts_counted_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["case_no"], ["month_closings.case_no"], name=op.f("fk_stock_counts_case_no_month_closings")
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_stock_counts_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("case_no", "contract_no", "line_no", name=op.f("pk_stock_counts")),
    )
    op.create_table(
        "difference_resolutions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=True),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("quantity", QUANTITY, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sales_side", sa.Text(), nullable=False),
        sa.Column("finance_side", sa.Text(), nullable=False),
        sa.Column("resolution", sa.String(length=16), nullable=False),
        sa.Column("responsible", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_difference_resolutions_it_says_why")),
        sa.ForeignKeyConstraint(
            ["case_no"],
            ["month_closings.case_no"],
            name=op.f("fk_difference_resolutions_case_no_month_closings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_difference_resolutions")),
    )
    op.create_index(op.f("ix_difference_resolutions_case_no"), "difference_resolutions", ["case_no"])
