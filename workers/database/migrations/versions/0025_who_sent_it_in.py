"""Who sent in what is to be signed: a substitute who did does not sign it (C2, X2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cases so far were sent in by their applicants only."""
    op.add_column("cases", sa.Column("sent_in_by", sa.String(length=64), nullable=True))
