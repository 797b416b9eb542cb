"""Receipts: bank statements with their lines, and the money that was booked from them or from finance's form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AS_BOOKED = """
CREATE FUNCTION receipts_as_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reversed_at IS NOT NULL OR NEW.reversed_at IS NULL
       OR to_jsonb(NEW) - ARRAY['reversed_at', 'reversed_by', 'reversal_reason', 'reversal_case_no']
       <> to_jsonb(OLD) - ARRAY['reversed_at', 'reversed_by', 'reversal_reason', 'reversal_case_no'] THEN
        RAISE EXCEPTION '% of receipts is refused: a receipt is taken back once, and else stays as booked', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
AS_UPLOADED = """
CREATE FUNCTION bank_statements_as_uploaded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.content <> OLD.content
       OR to_jsonb(NEW) - 'state' - 'content' <> to_jsonb(OLD) - 'state' - 'content' THEN
        RAISE EXCEPTION '% of bank_statements is refused: a statement stays as it was uploaded', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
AS_READ = """
CREATE FUNCTION bank_statement_lines_as_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'unmatched'
       OR to_jsonb(NEW) - ARRAY['state', 'reason', 'receipt_id', 'resolved_by', 'resolved_at']
       <> to_jsonb(OLD) - ARRAY['state', 'reason', 'receipt_id', 'resolved_by', 'resolved_at'] THEN
        RAISE EXCEPTION '% of bank_statement_lines is refused: a line is settled once', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
GUARDS = (
    ("receipts", "as_booked", AS_BOOKED),
    ("bank_statements", "as_uploaded", AS_UPLOADED),
    ("bank_statement_lines", "as_read", AS_READ),
)


def upgrade() -> None:
    """Add the tables and what guards them."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_by", sa.String(length=64), nullable=False),
        sa.Column("imported_at", moment, nullable=False),
        sa.CheckConstraint("state IN ('open', 'withdrawn')", name=op.f("ck_bank_statements_state_is_known")),
        sa.CheckConstraint(
            "sha256 = encode(sha256(content), 'hex')",
            name=op.f("ck_bank_statements_sha256_is_of_the_content"),
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["cases.case_no"], name=op.f("fk_bank_statements_case_no_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
    )
    op.create_index(op.f("ix_bank_statements_case_no"), "bank_statements", ["case_no"])
    op.create_index(
        "uq_bank_statements_once",
        "bank_statements",
        ["sha256"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=True),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.Column("reversed_at", moment, nullable=True),
        sa.Column("reversed_by", sa.String(length=64), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.Column("reversal_case_no", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('payment', 'prepayment', 'offset')", name=op.f("ck_receipts_kind_is_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_receipts_amount_is_positive")),
        sa.CheckConstraint(
            "(contract_no IS NULL) = (kind = 'prepayment')",
            name=op.f("ck_receipts_a_prepayment_names_no_contract"),
        ),
        sa.CheckConstraint(
            "num_nulls(reversed_at, reversed_by, reversal_reason, reversal_case_no) IN (0, 4)",
            name=op.f("ck_receipts_a_reversal_says_who_and_why"),
        ),
        sa.ForeignKeyConstraint(["case_no"], ["cases.case_no"], name=op.f("fk_receipts_case_no_cases")),
        sa.ForeignKeyConstraint(
            ["reversal_case_no"], ["cases.case_no"], name=op.f("fk_receipts_reversal_case_no_cases")
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_receipts_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_case_no"), "receipts", ["case_no"])
    op.create_index(op.f("ix_receipts_contract_no"), "receipts", ["contract_no"])
    op.create_index("ix_receipts_newest", "receipts", ["recorded_at"])
    op.create_index(
        "uq_receipts_bank_reference",
        "receipts",
        ["bank_reference"],
        unique=True,
        postgresql_where=sa.text("reversed_at IS NULL"),
    )
    op.create_table(
        "bank_statement_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payer_account", sa.String(length=100), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.Column("resolved_at", moment, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_statement_lines_amount_is_positive")),
        sa.CheckConstraint(
            "state IN ('matched', 'unmatched', 'resolved', 'ignored')",
            name=op.f("ck_bank_statement_lines_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["bank_statements.id"],
            name=op.f("fk_bank_statement_lines_statement_id_bank_statements"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name=op.f("fk_bank_statement_lines_receipt_id_receipts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement_lines")),
        sa.UniqueConstraint(
            "statement_id", "line_no", name=op.f("uq_bank_statement_lines_statement_id_line_no")
        ),
    )
    op.create_index(
        "uq_bank_statement_lines_key",
        "bank_statement_lines",
        ["key"],
        unique=True,
        postgresql_where=sa.text("state <> 'ignored'"),
    )
    op.create_index(
        "ix_bank_statement_lines_unmatched",
        "bank_statement_lines",
        ["statement_id"],
        postgresql_where=sa.text("state = 'unmatched'"),
    )
    for table, name, function in GUARDS:
        op.execute(function)
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
