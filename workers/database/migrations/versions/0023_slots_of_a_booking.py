"""A booking keeps the slots that it takes: a change of the workshop's hours frees nobody else's."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KNOWN = """
UPDATE service_bookings b SET slot_starts = ARRAY(
    SELECT s.starts_at FROM service_slots s WHERE s.starts_at >= b.arrives_at ORDER BY s.starts_at LIMIT b.slots)
"""


def upgrade() -> None:
    column: sa.Column[list[datetime]] = sa.Column(
        "slot_starts", ARRAY(sa.DateTime(timezone=True)), nullable=False, server_default="{}"
    )
    op.add_column("service_bookings", column)
    op.execute(KNOWN)
    op.execute("UPDATE service_bookings SET slot_starts = ARRAY[arrives_at] WHERE slot_starts = '{}'")
    op.alter_column("service_bookings", "slot_starts", server_default=None)
    op.drop_constraint(op.f("ck_service_bookings_takes_a_slot"), "service_bookings")
    op.drop_column("service_bookings", "slots")
    op.create_check_constraint(
        op.f("ck_service_bookings_takes_a_slot"), "service_bookings", "cardinality(slot_starts) > 0"
    )
