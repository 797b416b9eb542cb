"""Goods that come back after the customer signed for them: the return, its lines, the customer's paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AS_BOOKED = """
CREATE FUNCTION goods_returns_as_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('booked', 'void') THEN
        RAISE EXCEPTION '% of goods_returns is refused: a return that was booked or withdrawn stays as it is', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
LINES_AS_BOOKED = """
CREATE FUNCTION goods_return_lines_as_booked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line goods_return_lines := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (SELECT FROM goods_returns WHERE case_no = line.case_no AND state IN ('booked', 'void')) THEN
        RAISE EXCEPTION '% of goods_return_lines is refused: the return % was booked or withdrawn',
            TG_OP, line.case_no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""


def upgrade() -> None:
    """Add the tables and what guards them."""
    moment, quantity = sa.DateTime(timezone=True), sa.Numeric(precision=12, scale=3)
    op.create_table(
        "goods_returns",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filled_by", sa.String(length=64), nullable=False),
        sa.Column("filled_at", moment, nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("inspected_by", sa.String(length=64), nullable=True),
        sa.Column("inspected_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('filled', 'sent_back', 'approved', 'received', 'inspected', 'booked', 'void')",
            name=op.f("ck_goods_returns_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["case_no"], ["cases.case_no"], name=op.f("fk_goods_returns_case_no_cases")),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_goods_returns_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_goods_returns")),
    )
    op.create_index(op.f("ix_goods_returns_contract_no"), "goods_returns", ["contract_no"])
    op.create_index(
        "uq_goods_returns_under_way",
        "goods_returns",
        ["contract_no"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('booked', 'void')"),
    )
    op.create_table(
        "goods_return_lines",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("announced", quantity, nullable=False),
        sa.Column("received", quantity, nullable=True),
        sa.Column("bad", quantity, nullable=True),
        sa.Column("defect", sa.String(length=200), nullable=False),
        sa.CheckConstraint("announced > 0", name=op.f("ck_goods_return_lines_something_is_announced")),
        sa.CheckConstraint(
            "received BETWEEN 0 AND announced",
            name=op.f("ck_goods_return_lines_no_more_comes_back_than_was_announced"),
        ),
        sa.CheckConstraint(
            "bad BETWEEN 0 AND received", name=op.f("ck_goods_return_lines_no_more_is_bad_than_came_back")
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["goods_returns.case_no"], name=op.f("fk_goods_return_lines_case_no_goods_returns")
        ),
        sa.PrimaryKeyConstraint("case_no", "line_no", name=op.f("pk_goods_return_lines")),
    )
    op.create_table(
        "goods_return_papers",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.CheckConstraint(
            "scan_sha256 = encode(sha256(scan), 'hex')",
            name=op.f("ck_goods_return_papers_sha256_is_of_the_scan"),
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["goods_returns.case_no"], name=op.f("fk_goods_return_papers_case_no_goods_returns")
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_goods_return_papers")),
    )
    op.execute(AS_BOOKED)
    op.execute(LINES_AS_BOOKED)
    op.execute(
        "CREATE TRIGGER goods_returns_as_booked BEFORE UPDATE ON goods_returns "
        "FOR EACH ROW EXECUTE FUNCTION goods_returns_as_booked()"
    )
    op.execute(
        "CREATE TRIGGER goods_returns_stays BEFORE DELETE OR TRUNCATE ON goods_returns "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER goods_return_lines_as_booked BEFORE INSERT OR UPDATE OR DELETE ON goods_return_lines "
        "FOR EACH ROW EXECUTE FUNCTION goods_return_lines_as_booked()"
    )
    op.execute(
        "CREATE TRIGGER goods_return_papers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON goods_return_papers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
