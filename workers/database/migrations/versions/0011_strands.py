"""Which strands wait at a gate (C10, C11), and jointing orders that a termination has made void (C13)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "'filled', 'dispatched', 'accepted', 'failed', 'returned', 'waived', 'void'"


def upgrade() -> None:
    """Add the table and the state."""
    op.create_table(
        "waits",
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("business_key", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message", "business_key", name=op.f("pk_waits")),
    )
    name = op.f("ck_jointing_orders_state_is_known")
    op.drop_constraint(name, "jointing_orders", type_="check")
    op.create_check_constraint(name, "jointing_orders", f"state IN ({STATES})")
