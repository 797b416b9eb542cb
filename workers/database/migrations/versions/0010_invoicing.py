"""Requests for invoices, invoices with their lines, jointing orders and acceptance reports (C10, C11)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = ("invoices", "invoice_lines", "jointing_reports")


def upgrade() -> None:
    """Add the tables; what was issued or accepted stays as it is."""
    op.create_table(
        "invoice_requests",
        sa.Column("request_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("process_instance_id", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("corrects", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filled_by", sa.String(length=64), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects IS NOT NULL)",
            name=op.f("ck_invoice_requests_a_credit_note_corrects"),
        ),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_requests_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('filled', 'approved', 'issued', 'returned', 'void')",
            name=op.f("ck_invoice_requests_state_is_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_invoice_requests_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_invoice_requests_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_invoice_requests")),
    )
    op.create_index(
        op.f("ix_invoice_requests_contract_no"), "invoice_requests", ["contract_no"], unique=False
    )
    op.create_table(
        "invoice_request_lines",
        sa.Column("request_no", sa.String(length=32), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("specification", sa.String(length=500), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_invoice_request_lines_amount_is_positive")),
        sa.CheckConstraint(
            "tax_rate BETWEEN 0 AND 100", name=op.f("ck_invoice_request_lines_tax_rate_is_a_percentage")
        ),
        sa.ForeignKeyConstraint(
            ["request_no"],
            ["invoice_requests.request_no"],
            name=op.f("fk_invoice_request_lines_request_no_invoice_requests"),
        ),
        sa.PrimaryKeyConstraint("request_no", "line_no", name=op.f("pk_invoice_request_lines")),
    )
    op.create_table(
        "invoices",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("request_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("corrects", sa.String(length=40), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("buyer_tax_no", sa.String(length=32), nullable=False),
        sa.Column("net", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoices_kind_is_known")),
        sa.CheckConstraint("total = net + tax", name=op.f("ck_invoices_total_is_net_and_tax")),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_invoices_contract_no_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["corrects"], ["invoices.number"], name=op.f("fk_invoices_corrects_invoices")
        ),
        sa.ForeignKeyConstraint(
            ["request_no"],
            ["invoice_requests.request_no"],
            name=op.f("fk_invoices_request_no_invoice_requests"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_invoices")),
        sa.UniqueConstraint("corrects", name=op.f("uq_invoices_corrects")),
        sa.UniqueConstraint("request_no", name=op.f("uq_invoices_request_no")),
    )
    op.create_index(op.f("ix_invoices_contract_no"), "invoices", ["contract_no"], unique=False)
    op.create_table(
        "invoice_lines",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("specification", sa.String(length=500), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("net", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.CheckConstraint("total = net + tax", name=op.f("ck_invoice_lines_total_is_net_and_tax")),
        sa.ForeignKeyConstraint(
            ["number"], ["invoices.number"], name=op.f("fk_invoice_lines_number_invoices")
        ),
        sa.PrimaryKeyConstraint("number", "line_no", name=op.f("pk_invoice_lines")),
    )
    op.create_table(
        "invoice_strands",
        sa.Column("process_instance_id", sa.String(length=64), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("reissue", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_invoice_strands_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("process_instance_id", name=op.f("pk_invoice_strands")),
    )
    op.create_index(op.f("ix_invoice_strands_contract_no"), "invoice_strands", ["contract_no"], unique=False)
    op.create_table(
        "jointing_orders",
        sa.Column("order_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("team", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filled_by", sa.String(length=64), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('filled', 'dispatched', 'accepted', 'failed', 'returned', 'waived')",
            name=op.f("ck_jointing_orders_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_jointing_orders_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("order_no", name=op.f("pk_jointing_orders")),
    )
    op.create_index(op.f("ix_jointing_orders_contract_no"), "jointing_orders", ["contract_no"], unique=False)
    op.create_table(
        "jointing_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_no", sa.String(length=32), nullable=False),
        sa.Column("order_no", sa.String(length=32), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "scan_sha256 = encode(sha256(scan), 'hex')",
            name=op.f("ck_jointing_reports_sha256_is_of_the_scan"),
        ),
        sa.ForeignKeyConstraint(
            ["order_no"],
            ["jointing_orders.order_no"],
            name=op.f("fk_jointing_reports_order_no_jointing_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jointing_reports")),
        sa.UniqueConstraint("order_no", name=op.f("uq_jointing_reports_order_no")),
        sa.UniqueConstraint("report_no", name=op.f("uq_jointing_reports_report_no")),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
