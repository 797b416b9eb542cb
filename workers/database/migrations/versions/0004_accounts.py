"""Accounts, goods and balances kept from the entries, with the invariants as CHECKs; months that close (C4, C12)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ACCOUNT_SUMS = (
    *("amount", "received", "interest", "interest_paid", "invoiced", "written_off"),
    *("produced", "stored", "dispatched", "delivered", "accrued", "withheld", "paid_out"),
)
GOODS_SUMS = ("produced", "stored", "dispatched", "delivered", "returned", "scrapped")

ACCOUNT_CHECKS = {
    "received_within_amount": "received + written_off <= amount",
    "invoiced_within_amount": "invoiced <= amount",
    "invoiced_behind_the_gate": "invoiced = 0 OR received * 100 >= invoice_gate_percent * amount",
    "commission_within_earned": "accrued <= round(received * commission_permille / 1000, 2)",
    "commission_paid_within_accrued": "withheld + paid_out <= accrued",
    "sums_not_negative": "least(amount, received, interest, interest_paid, invoiced, written_off, accrued, withheld, paid_out) >= 0",
}
GOODS_CHECKS = {
    "stored_within_produced": "stored - scrapped <= produced",
    "dispatched_within_stored": "dispatched - returned <= stored - scrapped",
    "dispatched_within_ordered": "dispatched - returned <= ordered",
    "delivered_within_dispatched": "delivered <= dispatched - returned",
    "goods_not_negative": "least(ordered, unit_price, produced, stored, scrapped, dispatched, returned, delivered) >= 0",
}
ENTRY_CHECKS = {
    "only_a_reversal_is_negative": (
        "(amount >= 0 AND coalesce(quantity, 0) >= 0) OR reverses IS NOT NULL OR kind IN"
        " ('amendment', 'interest', 'offset', 'balance', 'commission', 'payout')"
    ),
    "it_belongs_to_a_contract_or_customer": "contract_no IS NOT NULL OR (kind = 'balance' AND customer_no IS NOT NULL)",
    "a_balance_belongs_to_a_customer": "kind <> 'balance' OR customer_no IS NOT NULL",
    "goods_name_line_and_quantity": (
        "(line_no IS NOT NULL AND quantity IS NOT NULL) OR kind NOT IN"
        " ('production', 'inbound', 'scrap', 'dispatch', 'return', 'delivery')"
    ),
}

OPEN_ACCOUNT = """
CREATE FUNCTION contracts_open_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_accounts (contract_no, commission_permille, invoice_gate_percent)
    VALUES (NEW.contract_no, NEW.commission_permille, NEW.invoice_gate_percent);
    RETURN NULL;
END $$
"""

AS_SEALED = """
CREATE OR REPLACE FUNCTION contracts_as_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    amended text[] := ARRAY[
        'status', 'version', 'amount', 'delivery_date', 'document_sha256', 'payment_terms', 'needs_jointing'];
BEGIN
    IF (to_jsonb(NEW) - 'status') <> (to_jsonb(OLD) - 'status')
            AND (NEW.version <= OLD.version OR (to_jsonb(NEW) - amended) <> (to_jsonb(OLD) - amended)) THEN
        RAISE EXCEPTION '% of contracts is refused: a contract stays as it was sealed', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
            ('sealed', 'in_force'), ('in_force', 'completed'), ('in_force', 'terminated'),
            ('completed', 'in_force')) THEN
        RAISE EXCEPTION '% of contracts is refused: % does not become %', TG_OP, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

IN_OPEN_MONTH = """
CREATE FUNCTION ledger_entries_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed date := (SELECT max(month) FROM ledger_periods);
BEGIN
    IF NEW.period IS NULL OR extract(day FROM NEW.period) <> 1 THEN
        RAISE EXCEPTION 'entry of % is refused: it names no month', NEW.reference USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.period <= closed THEN
        RAISE EXCEPTION 'entry of % is refused: % is closed', NEW.reference, to_char(NEW.period, 'YYYY-MM')
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

KEEP_SUMS = """
CREATE FUNCTION ledger_entries_keep_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry text := NEW.book || ' ' || NEW.kind;
    yuan numeric := NEW.amount;
    units numeric := NEW.quantity;
BEGIN
    IF entry = 'finance balance' THEN
        INSERT INTO ledger_customers (customer_no, balance) VALUES (NEW.customer_no, 0) ON CONFLICT DO NOTHING;
        UPDATE ledger_customers SET balance = balance + yuan WHERE customer_no = NEW.customer_no;
        RETURN NULL;
    END IF;
    IF entry = 'sales invoice_request' OR entry IN ('sales contract', 'sales amendment') THEN
        RETURN NULL;
    END IF;
    UPDATE ledger_accounts SET
        amount = amount + CASE WHEN entry IN ('finance contract', 'finance amendment') THEN yuan ELSE 0 END,
        received = received + CASE entry WHEN 'finance receipt' THEN yuan ELSE 0 END,
        interest = interest + CASE entry WHEN 'finance interest' THEN yuan ELSE 0 END,
        interest_paid = interest_paid + CASE entry WHEN 'finance interest_paid' THEN yuan ELSE 0 END,
        invoiced = invoiced + CASE entry WHEN 'finance invoice' THEN yuan WHEN 'finance credit_note' THEN -yuan ELSE 0 END,
        written_off = written_off + CASE entry WHEN 'finance write_off' THEN yuan ELSE 0 END,
        produced = produced + CASE entry WHEN 'sales production' THEN yuan ELSE 0 END,
        stored = stored + CASE entry WHEN 'sales inbound' THEN yuan WHEN 'sales scrap' THEN -yuan ELSE 0 END,
        dispatched = dispatched + CASE entry WHEN 'sales dispatch' THEN yuan WHEN 'sales return' THEN -yuan ELSE 0 END,
        delivered = delivered + CASE entry WHEN 'finance delivery' THEN yuan WHEN 'finance return' THEN -yuan ELSE 0 END,
        accrued = accrued + CASE entry WHEN 'sales commission' THEN yuan ELSE 0 END,
        withheld = withheld + CASE entry WHEN 'finance offset' THEN yuan ELSE 0 END,
        paid_out = paid_out + CASE entry WHEN 'finance payout' THEN yuan ELSE 0 END
    WHERE contract_no = NEW.contract_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contract % has no account', NEW.contract_no USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF NEW.kind NOT IN ('production', 'inbound', 'scrap', 'dispatch', 'return', 'delivery') THEN
        RETURN NULL;
    END IF;
    UPDATE ledger_goods SET
        produced = produced + CASE entry WHEN 'sales production' THEN units ELSE 0 END,
        stored = stored + CASE entry WHEN 'sales inbound' THEN units ELSE 0 END,
        scrapped = scrapped + CASE entry WHEN 'sales scrap' THEN units ELSE 0 END,
        dispatched = dispatched + CASE entry WHEN 'sales dispatch' THEN units ELSE 0 END,
        returned = returned + CASE entry WHEN 'sales return' THEN units ELSE 0 END,
        delivered = delivered + CASE entry WHEN 'finance delivery' THEN units WHEN 'finance return' THEN -units ELSE 0 END
    WHERE contract_no = NEW.contract_no AND line_no = NEW.line_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contract % has no line %', NEW.contract_no, NEW.line_no
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
"""

FOLLOW_ENTRIES = """
CREATE FUNCTION ledger_sums_follow_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- depth 1: somebody's own statement; deeper: the trigger on the entries or on the contracts
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% of % is refused: the sums follow the entries', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

GOODS_FOLLOW = """
CREATE FUNCTION ledger_goods_follow_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered text[] := ARRAY['product_no', 'product_name', 'unit', 'specification', 'unit_price', 'ordered'];
BEGIN
    IF pg_trigger_depth() < 2 AND (
            TG_OP = 'INSERT' AND greatest(abs(NEW.produced), abs(NEW.stored), abs(NEW.dispatched),
                abs(NEW.delivered), abs(NEW.returned), abs(NEW.scrapped)) > 0
            OR TG_OP = 'UPDATE' AND (to_jsonb(NEW) - ordered) <> (to_jsonb(OLD) - ordered)) THEN
        RAISE EXCEPTION '% of ledger_goods is refused: the sums follow the entries', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

TERMS_OF_BEFORE = """
UPDATE contracts SET
    payment_terms = terms.payment_terms,
    policy_version = terms.policy_version,
    commission_permille = terms.commission_permille,
    invoice_gate_percent = terms.invoice_gate_percent
FROM (
    SELECT v.contract_no, v.version, v.payment_terms, d.policy_version,
        (p.document ->> 'commission_permille')::integer AS commission_permille,
        (p.document ->> 'invoice_gate_percent')::numeric AS invoice_gate_percent
    FROM contract_versions v
    JOIN contracts_drawn n USING (contract_no)
    JOIN declarations d ON d.declaration_no = n.case_no AND d.revision = v.declaration_revision
    JOIN policy_versions p ON p.version_no = d.policy_version
) terms
WHERE terms.contract_no = contracts.contract_no AND terms.version = contracts.version
"""

ACCOUNTS_OF_BEFORE = """
INSERT INTO ledger_accounts (contract_no, amount, commission_permille, invoice_gate_percent)
SELECT c.contract_no, coalesce(sum(e.amount), 0), c.commission_permille, c.invoice_gate_percent
FROM contracts c
LEFT JOIN ledger_entries e ON e.contract_no = c.contract_no AND e.book = 'finance' AND e.kind = 'contract'
GROUP BY c.contract_no
"""

GOODS_OF_BEFORE = """
INSERT INTO ledger_goods (contract_no, line_no, product_no, product_name, unit, specification, unit_price, ordered)
SELECT l.contract_no, l.line_no, l.product_no, l.product_name, l.unit, l.specification, l.unit_price, l.quantity
FROM contract_lines l JOIN contracts c USING (contract_no, version)
"""


def upgrade() -> None:
    """Add the tables, take over what is there, then the triggers."""
    op.add_column("products", sa.Column("jointing", sa.Boolean(), server_default=sa.false(), nullable=False))
    _contracts()
    _entries()
    _sums()
    op.execute(ACCOUNTS_OF_BEFORE)
    op.execute(GOODS_OF_BEFORE)
    _triggers()


def _contracts() -> None:
    op.drop_constraint(op.f("ck_contracts_status_is_known"), "contracts", type_="check")
    op.add_column(
        "contracts", sa.Column("origin", sa.String(length=16), nullable=False, server_default="approval")
    )
    op.add_column(
        "contracts", sa.Column("payment_terms", sa.String(length=32), nullable=False, server_default="other")
    )
    op.add_column("contracts", sa.Column("policy_version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(
        "contracts", sa.Column("needs_jointing", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "contracts", sa.Column("commission_permille", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "contracts", sa.Column("invoice_gate_percent", sa.Numeric(5, 2), nullable=False, server_default="100")
    )
    op.execute("ALTER TABLE contracts DISABLE TRIGGER contracts_as_sealed")
    op.execute(TERMS_OF_BEFORE)
    op.execute("ALTER TABLE contracts ENABLE TRIGGER contracts_as_sealed")
    for column in (
        "origin",
        "payment_terms",
        "policy_version",
        "commission_permille",
        "invoice_gate_percent",
    ):
        op.alter_column("contracts", column, server_default=None)
    for name, condition in {
        "status_is_known": "status IN ('sealed', 'in_force', 'completed', 'terminated')",
        "origin_is_known": "origin IN ('approval', 'opening')",
        "terms_are_shares": "commission_permille BETWEEN 0 AND 1000 AND invoice_gate_percent BETWEEN 0 AND 100",
    }.items():
        op.create_check_constraint(op.f(f"ck_contracts_{name}"), "contracts", condition)
    op.drop_index(op.f("ix_contracts_customer_no"), table_name="contracts")
    op.create_index("ix_contracts_newest", "contracts", ["sealed_at", "contract_no"])
    op.create_index("ix_contracts_customer_newest", "contracts", ["customer_no", "sealed_at", "contract_no"])


def _entries() -> None:
    op.alter_column("ledger_entries", "contract_no", existing_type=sa.String(length=32), nullable=True)
    op.add_column("ledger_entries", sa.Column("customer_no", sa.String(length=32), nullable=True))
    op.add_column("ledger_entries", sa.Column("line_no", sa.Integer(), nullable=True))
    op.add_column("ledger_entries", sa.Column("quantity", sa.Numeric(12, 3), nullable=True))
    op.add_column("ledger_entries", sa.Column("period", sa.Date(), nullable=True))
    op.drop_constraint(op.f("ck_ledger_entries_only_a_reversal_is_negative"), "ledger_entries", type_="check")
    for name, condition in ENTRY_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_ledger_entries_{name}"), "ledger_entries", condition)
    op.drop_index("uq_ledger_entries_one_entry_per_paper", table_name="ledger_entries")
    op.create_index(
        "uq_ledger_entries_one_entry_per_paper",
        "ledger_entries",
        ["contract_no", "book", "kind", "reference", "line_no", "customer_no"],
        unique=True,
        postgresql_where=sa.text("reverses IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_ledger_entries_customer_no",
        "ledger_entries",
        ["customer_no"],
        postgresql_where=sa.text("customer_no IS NOT NULL"),
    )
    op.create_index("ix_ledger_entries_period", "ledger_entries", ["period"])


def _sums() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.Numeric(15, 2), server_default="0", nullable=False) for name in ACCOUNT_SUMS),
        sa.Column("commission_permille", sa.Integer(), nullable=False),
        sa.Column("invoice_gate_percent", sa.Numeric(5, 2), nullable=False),
        *_checks("ledger_accounts", ACCOUNT_CHECKS),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_ledger_accounts_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("contract_no", name=op.f("pk_ledger_accounts")),
    )
    op.create_table(
        "ledger_goods",
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_no", sa.String(length=32), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("specification", sa.String(length=500), nullable=False),
        sa.Column("unit_price", sa.Numeric(15, 2), nullable=False),
        sa.Column("ordered", sa.Numeric(12, 3), nullable=False),
        *(sa.Column(name, sa.Numeric(12, 3), server_default="0", nullable=False) for name in GOODS_SUMS),
        *_checks("ledger_goods", GOODS_CHECKS),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_ledger_goods_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("contract_no", "line_no", name=op.f("pk_ledger_goods")),
    )
    op.create_table(
        "ledger_customers",
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("balance", sa.Numeric(15, 2), server_default="0", nullable=False),
        *_checks("ledger_customers", {"balance_not_negative": "balance >= 0"}),
        sa.PrimaryKeyConstraint("customer_no", name=op.f("pk_ledger_customers")),
    )
    op.create_table(
        "ledger_periods",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("sales_seq", sa.BigInteger(), nullable=False),
        sa.Column("sales_hash", sa.String(length=64), nullable=False),
        sa.Column("finance_seq", sa.BigInteger(), nullable=False),
        sa.Column("finance_hash", sa.String(length=64), nullable=False),
        *_checks("ledger_periods", {"month_is_its_first_day": "extract(day from month) = 1"}),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_ledger_periods")),
    )


def _checks(table: str, conditions: dict[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _triggers() -> None:
    for function in (OPEN_ACCOUNT, AS_SEALED, IN_OPEN_MONTH, KEEP_SUMS, FOLLOW_ENTRIES, GOODS_FOLLOW):
        op.execute(function)
    for table, name, when, function in (
        ("contracts", "contracts_open_account", "AFTER INSERT", "contracts_open_account"),
        ("ledger_entries", "ledger_entries_open_month", "BEFORE INSERT", "ledger_entries_open_month"),
        ("ledger_entries", "ledger_entries_keep_sums", "AFTER INSERT", "ledger_entries_keep_sums"),
        (
            "ledger_accounts",
            "ledger_accounts_follow",
            "BEFORE INSERT OR UPDATE",
            "ledger_sums_follow_entries",
        ),
        (
            "ledger_customers",
            "ledger_customers_follow",
            "BEFORE INSERT OR UPDATE",
            "ledger_sums_follow_entries",
        ),
        ("ledger_goods", "ledger_goods_follow", "BEFORE INSERT OR UPDATE", "ledger_goods_follow_entries"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    for table in ("ledger_accounts", "ledger_goods", "ledger_customers"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER ledger_periods_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_periods "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
