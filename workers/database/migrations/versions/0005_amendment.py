"""Amendments of sealed contracts, and which case each version of a contract comes from (C13)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; a version that is there comes from the case that its contract was drawn up for."""
    op.add_column("contract_versions", sa.Column("declaration_no", sa.String(length=32), nullable=True))
    op.execute("ALTER TABLE contract_versions DISABLE TRIGGER contract_versions_as_sealed")
    op.execute(
        "UPDATE contract_versions v SET declaration_no = c.case_no FROM contracts_drawn c"
        " WHERE c.contract_no = v.contract_no"
    )
    op.execute("ALTER TABLE contract_versions ENABLE TRIGGER contract_versions_as_sealed")
    op.alter_column("contract_versions", "declaration_no", existing_type=sa.String(length=32), nullable=False)
    op.create_foreign_key(
        op.f("fk_contract_versions_declaration_no_cases"),
        "contract_versions",
        "cases",
        ["declaration_no"],
        ["case_no"],
    )
    op.drop_constraint(
        op.f("uq_contract_versions_contract_no_declaration_revision"), "contract_versions", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_contract_versions_declaration_no_declaration_revision"),
        "contract_versions",
        ["declaration_no", "declaration_revision"],
    )
    op.create_table(
        "contract_amendments",
        sa.Column("amendment_no", sa.String(length=32), nullable=False),
        sa.Column("contract_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("applicant", sa.String(length=64), nullable=False),
        sa.Column("declaration_no", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paper_no", sa.String(length=32), nullable=True),
        sa.Column("settlement", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "kind IN ('change', 'termination')", name=op.f("ck_contract_amendments_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'dropped')", name=op.f("ck_contract_amendments_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["amendment_no"], ["cases.case_no"], name=op.f("fk_contract_amendments_amendment_no_cases")
        ),
        sa.ForeignKeyConstraint(
            ["declaration_no"], ["cases.case_no"], name=op.f("fk_contract_amendments_declaration_no_cases")
        ),
        sa.PrimaryKeyConstraint("amendment_no", name=op.f("pk_contract_amendments")),
        sa.UniqueConstraint("declaration_no", name=op.f("uq_contract_amendments_declaration_no")),
    )
    op.create_index(
        "uq_contract_amendments_one_open",
        "contract_amendments",
        ["contract_no"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
