"""One register of bank references: money of the workshop's bills is a receipt; a bill may be paid in parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WITHIN_BILL = """
CREATE FUNCTION service_payments_within_bill() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owed numeric;
BEGIN
    SELECT total INTO owed FROM service_bills WHERE bill_no = NEW.bill_no FOR UPDATE;
    SELECT owed - coalesce(sum(amount), 0) INTO owed FROM service_payments p
        WHERE bill_no = NEW.bill_no
        AND NOT EXISTS (SELECT FROM receipts r WHERE r.id = p.receipt_id AND r.reversed_at IS NOT NULL);
    IF NEW.amount > owed THEN
        RAISE EXCEPTION 'INSERT into service_payments is refused: % is more than % still takes', NEW.amount, NEW.bill_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
EARLIER_TRANSFERS = """
INSERT INTO receipts (bank_reference, kind, case_no, bill_no, customer_no, amount, value_date, payer, remark,
                      recorded_by, recorded_at)
SELECT p.reference, 'payment', b.case_no, b.bill_no, b.customer_no, p.amount,
       (p.at AT TIME ZONE 'Asia/Shanghai')::date, '', '维修款', p.by, p.at
FROM service_payments p JOIN service_bills b USING (bill_no)
WHERE p.way = 'transfer'
  AND NOT EXISTS (SELECT FROM receipts r WHERE r.bank_reference = p.reference AND r.reversed_at IS NULL)
"""
"""A reference that stands for other money already stays where it is: a person has to look at it."""
THEIR_RECEIPTS = """
UPDATE service_payments p SET receipt_id = r.id FROM receipts r
WHERE r.bill_no = p.bill_no AND r.bank_reference = p.reference AND p.way = 'transfer'
"""


def upgrade() -> None:
    """Let receipts name a bill, payments their receipt, and a bill have several payments."""
    op.add_column("receipts", sa.Column("bill_no", sa.String(length=32), nullable=True))
    op.create_foreign_key(
        op.f("fk_receipts_bill_no_service_bills"), "receipts", "service_bills", ["bill_no"], ["bill_no"]
    )
    op.create_index(op.f("ix_receipts_bill_no"), "receipts", ["bill_no"])
    op.drop_constraint(op.f("ck_receipts_a_prepayment_names_no_contract"), "receipts", type_="check")
    op.create_check_constraint(
        op.f("ck_receipts_only_a_prepayment_pays_nothing"),
        "receipts",
        "num_nonnulls(contract_no, bill_no) = CASE WHEN kind = 'prepayment' THEN 0 ELSE 1 END",
    )

    op.drop_constraint(op.f("pk_service_payments"), "service_payments", type_="primary")
    op.drop_constraint(op.f("uq_service_payments_way_reference"), "service_payments", type_="unique")
    op.add_column("service_payments", sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False))
    op.add_column("service_payments", sa.Column("receipt_id", sa.BigInteger(), nullable=True))
    op.alter_column("service_payments", "reference", type_=sa.String(length=80))
    op.create_primary_key(op.f("pk_service_payments"), "service_payments", ["id"])
    op.create_index(op.f("ix_service_payments_bill_no"), "service_payments", ["bill_no"])
    op.create_index(
        "uq_service_payments_counter",
        "service_payments",
        ["reference"],
        unique=True,
        postgresql_where=sa.text("way = 'counter'"),
    )
    op.create_foreign_key(
        op.f("fk_service_payments_receipt_id_receipts"),
        "service_payments",
        "receipts",
        ["receipt_id"],
        ["id"],
    )
    op.create_unique_constraint(op.f("uq_service_payments_receipt_id"), "service_payments", ["receipt_id"])
    op.execute(EARLIER_TRANSFERS)
    op.execute("ALTER TABLE service_payments DISABLE TRIGGER service_payments_append_only")
    op.execute(THEIR_RECEIPTS)
    op.execute("ALTER TABLE service_payments ENABLE TRIGGER service_payments_append_only")
    op.create_check_constraint(
        op.f("ck_service_payments_the_counter_has_no_receipt"),
        "service_payments",
        "receipt_id IS NULL OR way = 'transfer'",
    )
    op.execute(WITHIN_BILL)
    op.execute(
        "CREATE TRIGGER service_payments_within_bill BEFORE INSERT ON service_payments FOR EACH ROW "
        "EXECUTE FUNCTION service_payments_within_bill()"
    )
