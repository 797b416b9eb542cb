"""Receivables: money as it came, acceptance reports, holds, collection cases and their calls (A1–A5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MONEY = sa.Numeric(precision=15, scale=2)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "received_money",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("principal", MONEY, nullable=False),
        sa.Column("interest", MONEY, nullable=False),
        sa.Column("surplus", MONEY, nullable=False),
        sa.Column("booking", sa.Integer(), server_default="1", nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.Column("taken_back_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "amount > 0 AND principal + interest + surplus = amount",
            name=op.f("ck_received_money_nothing_is_lost"),
        ),
        sa.CheckConstraint(
            "least(principal, interest, surplus) >= 0", name=op.f("ck_received_money_parts_are_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_received_money_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_money")),
    )
    op.create_index(op.f("ix_received_money_contract_no"), "received_money", ["contract_no"])
    op.create_index(
        "uq_received_money_bank_reference",
        "received_money",
        ["bank_reference"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.create_table(
        "debt_acceptances",
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_debt_acceptances_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("contract_no", name=op.f("pk_debt_acceptances")),
    )
    op.create_table(
        "customer_holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.Column("released_by", sa.String(length=64), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL)",
            name=op.f("ck_customer_holds_a_release_says_who_and_why"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_holds")),
    )
    op.create_index(op.f("ix_customer_holds_customer_no"), "customer_holds", ["customer_no"])
    op.create_index(
        "uq_customer_holds_one_in_force",
        "customer_holds",
        ["customer_no"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "collections",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_no"], ["contracts.contract_no"], name=op.f("fk_collections_contract_no_contracts")
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_collections")),
    )
    op.create_index(op.f("ix_collections_contract_no"), "collections", ["contract_no"])
    op.create_index(
        "uq_collections_one_open",
        "collections",
        ["contract_no"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "reminders_sent",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("document_version", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("tracking_no", sa.String(length=64), nullable=False),
        sa.Column("sent_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["collections.case_no"], name=op.f("fk_reminders_sent_case_no_collections")
        ),
        sa.PrimaryKeyConstraint("case_no", "document_version", name=op.f("pk_reminders_sent")),
    )
    op.create_table(
        "collection_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["collections.case_no"], name=op.f("fk_collection_contacts_case_no_collections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_contacts")),
    )
    op.create_index(op.f("ix_collection_contacts_case_no"), "collection_contacts", ["case_no"])
    op.create_table(
        "litigation_proposals",
        sa.Column("paper_no", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('proposed', 'approved', 'refused')",
            name=op.f("ck_litigation_proposals_outcome_is_known"),
        ),
        sa.CheckConstraint(
            "(outcome = 'proposed') = (decided_at IS NULL)",
            name=op.f("ck_litigation_proposals_a_decision_has_its_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["case_no"], ["collections.case_no"], name=op.f("fk_litigation_proposals_case_no_collections")
        ),
        sa.PrimaryKeyConstraint("paper_no", name=op.f("pk_litigation_proposals")),
    )
    op.create_index(op.f("ix_litigation_proposals_case_no"), "litigation_proposals", ["case_no"])
    op.create_table(
        "receivables_reviews",
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("by_timer", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["cases.case_no"], name=op.f("fk_receivables_reviews_case_no_cases")
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_receivables_reviews")),
    )
    # a workbook's media type has 65 characters
    op.alter_column("documents", "media_type", type_=sa.String(length=100), existing_nullable=False)
