"""The papers of the goods, and an append-only record of each step on one (C6, C7, C8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(precision=12, scale=3)
MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = ("goods_records", "goods_record_lines", "gate_exits", "customer_receipts")

AS_DRAWN = """
CREATE FUNCTION goods_papers_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN
        RAISE EXCEPTION '% of goods_papers is refused: a paper stays as it was drawn up', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

NEED_NOTICE = """
CREATE FUNCTION goods_papers_need_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'batch' AND NOT EXISTS (
        SELECT 1 FROM goods_papers notice
        WHERE notice.paper_no = NEW.notice_no AND notice.contract_no = NEW.contract_no
          AND notice.kind = 'notice' AND notice.state = 'issued'
    ) THEN
        RAISE EXCEPTION 'the batch % is refused: no production without an issued notice (C6)', NEW.paper_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the tables and their guards."""
    op.create_table(
        "goods_papers",
        sa.Column("paper_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("notice_no", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('notice', 'batch', 'delivery')", name=op.f("ck_goods_papers_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'issued', 'closed', 'void')", name=op.f("ck_goods_papers_state_is_known")
        ),
        sa.CheckConstraint(
            "(kind = 'batch') = (notice_no IS NOT NULL)", name=op.f("ck_goods_papers_a_batch_has_its_notice")
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_goods_papers_contract_no_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["notice_no"], ["goods_papers.paper_no"], name=op.f("fk_goods_papers_notice_no_goods_papers")
        ),
        sa.PrimaryKeyConstraint("paper_no", name=op.f("pk_goods_papers")),
    )
    op.create_index(op.f("ix_goods_papers_contract_no"), "goods_papers", ["contract_no"])
    op.create_index(
        "uq_goods_papers_under_way",
        "goods_papers",
        ["contract_no", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('drafted', 'issued')"),
    )
    op.create_index(op.f("ix_goods_papers_notice_no"), "goods_papers", ["notice_no"])
    op.create_table(
        "goods_records",
        sa.Column("paper_no", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("document_no", sa.String(length=32), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "step IN ('prepare', 'report', 'inspect', 'store', 'release', 'exit', 'receipt', 'inspect_return')",
            name=op.f("ck_goods_records_step_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["paper_no"], ["goods_papers.paper_no"], name=op.f("fk_goods_records_paper_no_goods_papers")
        ),
        sa.PrimaryKeyConstraint("paper_no", "step", name=op.f("pk_goods_records")),
    )
    op.create_table(
        "goods_record_lines",
        sa.Column("paper_no", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("refused", QUANTITY, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0 AND refused >= 0", name=op.f("ck_goods_record_lines_no_quantity_is_negative")
        ),
        sa.CheckConstraint(
            "quantity + refused > 0", name=op.f("ck_goods_record_lines_something_is_reported")
        ),
        sa.CheckConstraint(
            "refused = 0 OR reason <> ''", name=op.f("ck_goods_record_lines_a_refusal_says_why")
        ),
        sa.ForeignKeyConstraint(
            ["paper_no", "step"],
            ["goods_records.paper_no", "goods_records.step"],
            name=op.f("fk_goods_record_lines_paper_no_goods_records"),
        ),
        sa.PrimaryKeyConstraint("paper_no", "step", "line_no", name=op.f("pk_goods_record_lines")),
    )
    op.create_table(
        "gate_exits",
        sa.Column("paper_no", sa.String(length=32), nullable=False),
        sa.Column("pass_no", sa.String(length=32), nullable=False),
        sa.Column("plate", sa.String(length=20), nullable=False),
        sa.Column("driver", sa.String(length=64), nullable=False),
        sa.Column("left_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_no"], ["goods_papers.paper_no"], name=op.f("fk_gate_exits_paper_no_goods_papers")
        ),
        sa.PrimaryKeyConstraint("paper_no", name=op.f("pk_gate_exits")),
        sa.UniqueConstraint("pass_no", name=op.f("uq_gate_exits_pass_no")),
    )
    op.create_table(
        "customer_receipts",
        sa.Column("paper_no", sa.String(length=32), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "scan_sha256 = encode(sha256(scan), 'hex')",
            name=op.f("ck_customer_receipts_sha256_is_of_the_scan"),
        ),
        sa.ForeignKeyConstraint(
            ["paper_no"], ["goods_papers.paper_no"], name=op.f("fk_customer_receipts_paper_no_goods_papers")
        ),
        sa.PrimaryKeyConstraint("paper_no", name=op.f("pk_customer_receipts")),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(AS_DRAWN)
    op.execute(NEED_NOTICE)
    op.execute(
        "CREATE TRIGGER goods_papers_as_drawn BEFORE UPDATE ON goods_papers "
        "FOR EACH ROW EXECUTE FUNCTION goods_papers_as_drawn()"
    )
    op.execute(
        "CREATE TRIGGER goods_papers_need_notice BEFORE INSERT ON goods_papers "
        "FOR EACH ROW EXECUTE FUNCTION goods_papers_need_notice()"
    )
    op.execute(
        "CREATE TRIGGER goods_papers_stays BEFORE DELETE OR TRUNCATE ON goods_papers "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
