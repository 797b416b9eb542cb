"""A customer's history keeps every line of a case; how long a car has waited for its customer's answer (M5, W6, W9)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines of one kind may differ; an order knows since when the customer is asked."""
    op.drop_constraint("uq_customer_lines_customer_no_case_no_kind", "customer_lines", type_="unique")
    op.create_index(
        "uq_customer_lines_said_once",
        "customer_lines",
        ["customer_no", "case_no", "kind", sa.text("md5(text)")],
        unique=True,
    )
    op.add_column("service_orders", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Lines that differ only in their words go; the first one stays."""
    op.drop_column("service_orders", "asked_at")
    op.execute(
        "DELETE FROM customer_lines a USING customer_lines b WHERE a.id > b.id"
        " AND (a.customer_no, a.case_no, a.kind) = (b.customer_no, b.case_no, b.kind)"
    )
    op.drop_index("uq_customer_lines_said_once", "customer_lines")
    op.create_unique_constraint(
        "uq_customer_lines_customer_no_case_no_kind", "customer_lines", ["customer_no", "case_no", "kind"]
    )
