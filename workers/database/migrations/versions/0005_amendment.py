"""Amendments of sealed contracts, and which case each version of a contract comes from (C13)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEEP_SUMS = """
CREATE OR REPLACE FUNCTION ledger_entries_keep_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- once per statement: entries that keep the rules only together are made in one statement
    INSERT INTO ledger_customers (customer_no, balance)
        SELECT DISTINCT customer_no, 0 FROM added WHERE kind = 'balance' ON CONFLICT DO NOTHING;
    UPDATE ledger_customers c SET balance = c.balance + s.yuan
        FROM (SELECT customer_no, sum(amount) AS yuan FROM added WHERE kind = 'balance' GROUP BY customer_no) s
        WHERE c.customer_no = s.customer_no;
    UPDATE ledger_accounts a SET
        amount = a.amount + s.amount, received = a.received + s.received, interest = a.interest + s.interest,
        interest_paid = a.interest_paid + s.interest_paid, invoiced = a.invoiced + s.invoiced,
        written_off = a.written_off + s.written_off, produced = a.produced + s.produced,
        stored = a.stored + s.stored, dispatched = a.dispatched + s.dispatched,
        delivered = a.delivered + s.delivered, accrued = a.accrued + s.accrued,
        withheld = a.withheld + s.withheld, paid_out = a.paid_out + s.paid_out
    FROM (
        SELECT contract_no,
            sum(CASE WHEN entry IN ('finance contract', 'finance amendment') THEN yuan ELSE 0 END) AS amount,
            sum(CASE entry WHEN 'finance receipt' THEN yuan ELSE 0 END) AS received,
            sum(CASE entry WHEN 'finance interest' THEN yuan ELSE 0 END) AS interest,
            sum(CASE entry WHEN 'finance interest_paid' THEN yuan ELSE 0 END) AS interest_paid,
            sum(CASE entry WHEN 'finance invoice' THEN yuan WHEN 'finance credit_note' THEN -yuan ELSE 0 END) AS invoiced,
            sum(CASE entry WHEN 'finance write_off' THEN yuan ELSE 0 END) AS written_off,
            sum(CASE entry WHEN 'sales production' THEN yuan ELSE 0 END) AS produced,
            sum(CASE entry WHEN 'sales inbound' THEN yuan WHEN 'sales scrap' THEN -yuan ELSE 0 END) AS stored,
            sum(CASE entry WHEN 'sales dispatch' THEN yuan WHEN 'sales return' THEN -yuan ELSE 0 END) AS dispatched,
            sum(CASE entry WHEN 'finance delivery' THEN yuan WHEN 'finance return' THEN -yuan ELSE 0 END) AS delivered,
            sum(CASE entry WHEN 'sales commission' THEN yuan ELSE 0 END) AS accrued,
            sum(CASE entry WHEN 'finance offset' THEN yuan ELSE 0 END) AS withheld,
            sum(CASE entry WHEN 'finance payout' THEN yuan ELSE 0 END) AS paid_out
        FROM (SELECT contract_no, book || ' ' || kind AS entry, added.amount AS yuan FROM added WHERE kind <> 'balance') e
        GROUP BY contract_no
    ) s
    WHERE a.contract_no = s.contract_no;
    IF EXISTS (SELECT 1 FROM added WHERE kind <> 'balance'
            AND NOT EXISTS (SELECT 1 FROM ledger_accounts a WHERE a.contract_no = added.contract_no)) THEN
        RAISE EXCEPTION 'an entry has no account' USING ERRCODE = 'foreign_key_violation';
    END IF;
    UPDATE ledger_goods g SET
        produced = g.produced + s.produced, stored = g.stored + s.stored, scrapped = g.scrapped + s.scrapped,
        dispatched = g.dispatched + s.dispatched, returned = g.returned + s.returned,
        delivered = g.delivered + s.delivered
    FROM (
        SELECT contract_no, line_no,
            sum(CASE entry WHEN 'sales production' THEN units ELSE 0 END) AS produced,
            sum(CASE entry WHEN 'sales inbound' THEN units ELSE 0 END) AS stored,
            sum(CASE entry WHEN 'sales scrap' THEN units ELSE 0 END) AS scrapped,
            sum(CASE entry WHEN 'sales dispatch' THEN units ELSE 0 END) AS dispatched,
            sum(CASE entry WHEN 'sales return' THEN units ELSE 0 END) AS returned,
            sum(CASE entry WHEN 'finance delivery' THEN units WHEN 'finance return' THEN -units ELSE 0 END) AS delivered
        FROM (SELECT contract_no, line_no, book || ' ' || kind AS entry, quantity AS units FROM added
            WHERE kind IN ('production', 'inbound', 'scrap', 'dispatch', 'return', 'delivery')) e
        GROUP BY contract_no, line_no
    ) s
    WHERE g.contract_no = s.contract_no AND g.line_no = s.line_no;
    IF EXISTS (SELECT 1 FROM added
            WHERE kind IN ('production', 'inbound', 'scrap', 'dispatch', 'return', 'delivery')
            AND NOT EXISTS (SELECT 1 FROM ledger_goods g
                WHERE g.contract_no = added.contract_no AND g.line_no = added.line_no)) THEN
        RAISE EXCEPTION 'an entry has no line' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Add the table; a version that is there comes from the case that its contract was drawn up for."""
    op.execute("DROP TRIGGER ledger_entries_keep_sums ON ledger_entries")
    op.execute(KEEP_SUMS)
    op.execute(
        "CREATE TRIGGER ledger_entries_keep_sums AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_keep_sums()"
    )
    op.add_column("contract_versions", sa.Column("declaration_no", sa.String(length=32), nullable=True))
    op.execute("ALTER TABLE contract_versions DISABLE TRIGGER contract_versions_as_sealed")
    op.execute(
        "UPDATE contract_versions v SET declaration_no = c.case_no FROM contracts_drawn c"
        " WHERE c.contract_no = v.contract_no"
    )
    op.execute("ALTER TABLE contract_versions ENABLE TRIGGER contract_versions_as_sealed")
    op.alter_column("contract_versions", "declaration_no", existing_type=sa.String(length=32), nullable=False)
    op.create_foreign_key(
        op.f("fk_contract_versions_declaration_no_cases"),
        "contract_versions",
        "cases",
        ["declaration_no"],
        ["case_no"],
    )
    op.drop_constraint(
        op.f("uq_contract_versions_contract_no_declaration_revision"), "contract_versions", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_contract_versions_declaration_no_declaration_revision"),
        "contract_versions",
        ["declaration_no", "declaration_revision"],
    )
    op.create_table(
        "contract_amendments",
        sa.Column("amendment_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("applicant", sa.String(length=64), nullable=False),
        sa.Column("declaration_no", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paper_no", sa.String(length=32), nullable=True),
        sa.Column("settlement", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "kind IN ('change', 'termination')", name=op.f("ck_contract_amendments_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'dropped')", name=op.f("ck_contract_amendments_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["amendment_no"], ["cases.case_no"], name=op.f("fk_contract_amendments_amendment_no_cases")
        ),
        sa.ForeignKeyConstraint(
            ["declaration_no"], ["cases.case_no"], name=op.f("fk_contract_amendments_declaration_no_cases")
        ),
        sa.PrimaryKeyConstraint("amendment_no", name=op.f("pk_contract_amendments")),
        sa.UniqueConstraint("declaration_no", name=op.f("uq_contract_amendments_declaration_no")),
    )
    op.create_index(
        "uq_contract_amendments_one_open",
        "contract_amendments",
        ["contract_no"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
