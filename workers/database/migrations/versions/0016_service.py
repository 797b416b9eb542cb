"""The workshop: slots and appointments, orders and their lines, checks, contacts, bills and payments (W1-W9)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AS_ENDED = """
CREATE FUNCTION service_orders_as_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('returned', 'cancelled') THEN
        RAISE EXCEPTION '% of service_orders is refused: the order % has ended', TG_OP, OLD.case_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
LINES_AS_AGREED = """
CREATE FUNCTION service_lines_as_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line service_lines := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (SELECT FROM service_bills WHERE case_no = line.case_no)
        OR EXISTS (SELECT FROM service_orders WHERE case_no = line.case_no AND state IN ('returned', 'cancelled'))
    THEN
        RAISE EXCEPTION '% of service_lines is refused: the order % is billed or has ended', TG_OP, line.case_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state IN ('proposed', 'declined') AND NEW.state IN ('done', 'not_done') THEN
        RAISE EXCEPTION 'UPDATE of service_lines is refused: line % of % was not agreed to', OLD.line_no, OLD.case_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""
BILLS_FROM_LINES = """
CREATE FUNCTION service_bills_from_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    done record;
BEGIN
    SELECT coalesce(sum(round(actual * unit_price, 2)) FILTER (WHERE kind = 'labour'), 0) AS labour,
           coalesce(sum(round(actual * unit_price, 2)) FILTER (WHERE kind = 'part'), 0) AS parts
        INTO done FROM service_lines WHERE case_no = NEW.case_no AND state = 'done';
    IF (NEW.labour, NEW.parts) IS DISTINCT FROM (done.labour, done.parts) THEN
        RAISE EXCEPTION 'INSERT into service_bills is refused: % does not come from the lines of %',
            NEW.bill_no, NEW.case_no USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGERS = (
    ("service_orders_as_ended", "UPDATE ON service_orders FOR EACH ROW", "service_orders_as_ended"),
    (
        "service_lines_as_agreed",
        "INSERT OR UPDATE OR DELETE ON service_lines FOR EACH ROW",
        "service_lines_as_agreed",
    ),
    ("service_bills_from_lines", "INSERT ON service_bills FOR EACH ROW", "service_bills_from_lines"),
    ("service_orders_stays", "DELETE OR TRUNCATE ON service_orders FOR EACH STATEMENT", "refuse_change"),
    ("service_bookings_stays", "DELETE OR TRUNCATE ON service_bookings FOR EACH STATEMENT", "refuse_change"),
    ("service_lines_stays", "TRUNCATE ON service_lines FOR EACH STATEMENT", "refuse_change"),
)
APPEND_ONLY = ("service_contacts", "service_checks", "service_bills", "service_payments")


def upgrade() -> None:
    """Add the tables and what guards them."""
    moment, money = sa.DateTime(timezone=True), sa.Numeric(precision=15, scale=2)
    op.create_table(
        "service_slots",
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("most_arrivals", sa.Integer(), nullable=False),
        sa.Column("arrivals", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "arrivals BETWEEN 0 AND most_arrivals", name=op.f("ck_service_slots_reception_never_overbooked")
        ),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_service_slots_never_overbooked")),
        sa.PrimaryKeyConstraint("starts_at", name=op.f("pk_service_slots")),
    )
    op.create_table(
        "service_orders",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=True),
        sa.Column("vin", sa.String(length=17), nullable=True),
        sa.Column("plate", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("planned_hours", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("arrives_at", moment, nullable=True),
        sa.Column("mileage", sa.Integer(), nullable=True),
        sa.Column("received_at", moment, nullable=True),
        sa.Column("received_by", sa.String(length=64), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=True),
        sa.Column("first_promised_at", moment, nullable=True),
        sa.Column("promised_at", moment, nullable=True),
        sa.Column("promise_given_at", moment, nullable=True),
        sa.Column("technician", sa.String(length=64), nullable=True),
        sa.Column("begun_at", moment, nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("quality_failures", sa.Integer(), nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("returned_at", moment, nullable=True),
        sa.Column("returned_by", sa.String(length=64), nullable=True),
        sa.Column("follow_up_no", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('wanted', 'booked', 'received', 'estimated', 'confirmed', 'refused', 'finished', 'paid', 'returned', 'cancelled')",
            name=op.f("ck_service_orders_state_is_known"),
        ),
        sa.CheckConstraint(
            "technician IS NULL OR first_promised_at IS NOT NULL",
            name=op.f("ck_service_orders_no_work_before_consent"),
        ),
        sa.ForeignKeyConstraint(["case_no"], ["cases.case_no"], name=op.f("fk_service_orders_case_no_cases")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_service_orders")),
    )
    op.create_index(op.f("ix_service_orders_customer_no"), "service_orders", ["customer_no"], unique=False)
    op.create_index(op.f("ix_service_orders_technician"), "service_orders", ["technician"], unique=False)
    op.create_index(op.f("ix_service_orders_vin"), "service_orders", ["vin"], unique=False)
    op.create_table(
        "service_bills",
        sa.Column("bill_no", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("labour", money, nullable=False),
        sa.Column("parts", money, nullable=False),
        sa.Column("total", money, nullable=False),
        sa.Column("issued_at", moment, nullable=False),
        sa.CheckConstraint(
            "least(labour, parts) >= 0 AND total = labour + parts", name=op.f("ck_service_bills_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["service_orders.case_no"], name=op.f("fk_service_bills_case_no_service_orders")
        ),
        sa.PrimaryKeyConstraint("bill_no", name=op.f("pk_service_bills")),
        sa.UniqueConstraint("case_no", name=op.f("uq_service_bills_case_no")),
    )
    op.create_table(
        "service_bookings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("arrives_at", moment, nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("booked_by", sa.String(length=64), nullable=False),
        sa.Column("booked_at", moment, nullable=False),
        sa.Column("freed_at", moment, nullable=True),
        sa.Column("freed_because", sa.String(length=16), nullable=False),
        sa.CheckConstraint("slots > 0", name=op.f("ck_service_bookings_takes_a_slot")),
        sa.ForeignKeyConstraint(
            ["case_no"], ["service_orders.case_no"], name=op.f("fk_service_bookings_case_no_service_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_bookings")),
    )
    op.create_index(op.f("ix_service_bookings_case_no"), "service_bookings", ["case_no"], unique=False)
    op.create_index(
        "uq_service_bookings_held",
        "service_bookings",
        ["case_no"],
        unique=True,
        postgresql_where=sa.text("freed_at IS NULL"),
    )
    op.create_table(
        "service_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("technician", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint("by <> technician", name=op.f("ck_service_checks_nobody_checks_their_own_work")),
        sa.ForeignKeyConstraint(
            ["case_no"], ["service_orders.case_no"], name=op.f("fk_service_checks_case_no_service_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_checks")),
    )
    op.create_index(op.f("ix_service_checks_case_no"), "service_checks", ["case_no"], unique=False)
    op.create_table(
        "service_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("promised_before", moment, nullable=True),
        sa.Column("promised_after", moment, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["service_orders.case_no"], name=op.f("fk_service_contacts_case_no_service_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_contacts")),
    )
    op.create_index(op.f("ix_service_contacts_case_no"), "service_contacts", ["case_no"], unique=False)
    op.create_table(
        "service_lines",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("product_no", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("unit_price", money, nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("skill", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actual", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.CheckConstraint("kind IN ('labour', 'part')", name=op.f("ck_service_lines_kind_is_known")),
        sa.CheckConstraint("origin IN ('estimate', 'extra')", name=op.f("ck_service_lines_origin_is_known")),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'declined', 'done', 'not_done')",
            name=op.f("ck_service_lines_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('proposed', 'declined') OR actual IS NULL",
            name=op.f("ck_service_lines_no_work_unasked"),
        ),
        sa.CheckConstraint(
            "actual BETWEEN 0 AND quantity", name=op.f("ck_service_lines_no_more_than_agreed")
        ),
        sa.CheckConstraint(
            "quantity > 0 AND unit_price > 0 AND hours >= 0",
            name=op.f("ck_service_lines_figures_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["service_orders.case_no"], name=op.f("fk_service_lines_case_no_service_orders")
        ),
        sa.PrimaryKeyConstraint("case_no", "line_no", name=op.f("pk_service_lines")),
    )
    op.create_table(
        "service_payments",
        sa.Column("bill_no", sa.String(length=32), nullable=False),
        sa.Column("amount", money, nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint("way IN ('counter', 'transfer')", name=op.f("ck_service_payments_way_is_known")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_service_payments_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["bill_no"], ["service_bills.bill_no"], name=op.f("fk_service_payments_bill_no_service_bills")
        ),
        sa.PrimaryKeyConstraint("bill_no", name=op.f("pk_service_payments")),
        sa.UniqueConstraint("way", "reference", name=op.f("uq_service_payments_way_reference")),
    )
    for function in (AS_ENDED, LINES_AS_AGREED, BILLS_FROM_LINES):
        op.execute(function)
    for name, event, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION {function}()")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
