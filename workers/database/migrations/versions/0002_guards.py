"""What must not change cannot be changed: append-only tables, sealed contracts, filed documents (C4, X5)."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entries", "approval_records", "case_events", "seal_register", "customer_signatures")
STAYS = ("ledger_books", "contracts", "contract_versions", "documents")

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what stands there stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""

STEP = """
CREATE FUNCTION ledger_books_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.book <> OLD.book OR NEW.last_seq <> OLD.last_seq + 1 THEN
        RAISE EXCEPTION 'the head of book % moves by one entry at a time', OLD.book
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

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
        "contracts",
        "as_sealed",
        "(to_jsonb(NEW) - 'status') <> (to_jsonb(OLD) - 'status')",
        "a contract stays as it was sealed",
    ),
    (
        "contract_versions",
        "as_sealed",
        "OLD.state = 'sealed' AND to_jsonb(NEW) <> to_jsonb(OLD)",
        "a contract stays as it was sealed",
    ),
    (
        "documents",
        "as_filed",
        "(to_jsonb(NEW) - 'state' - 'content') <> (to_jsonb(OLD) - 'state' - 'content')"
        " OR NEW.content <> OLD.content",
        "a document stays as it was filed",
    ),
)


def upgrade() -> None:
    """Add the triggers."""
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in STAYS:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(STEP)
    op.execute(
        "CREATE TRIGGER ledger_books_step BEFORE UPDATE ON ledger_books "
        "FOR EACH ROW EXECUTE FUNCTION ledger_books_step()"
    )
    for table, name, changed, reason in KEPT:
        op.execute(KEEP.format(table=table, name=name, changed=changed, reason=reason))
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
        )
