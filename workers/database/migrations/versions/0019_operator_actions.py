"""What operators changed by command, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and what keeps its lines as they were written."""
    op.create_table(
        "operator_actions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("case_no", sa.String(length=255), nullable=True),
        sa.Column("process", sa.String(length=255), nullable=True),
        sa.Column("process_instance_id", sa.String(length=64), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_actions")),
    )
    op.create_index(op.f("ix_operator_actions_case_no"), "operator_actions", ["case_no"], unique=False)
    op.create_index("ix_operator_actions_instance", "operator_actions", ["process_instance_id"], unique=False)
    op.execute(
        "CREATE TRIGGER operator_actions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_actions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
