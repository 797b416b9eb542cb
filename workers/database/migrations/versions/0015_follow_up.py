"""Follow-ups with their contacts, concerns and answers; complaints with solutions and the customers' words (V9, W10, K1)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY = ("complaint_solutions", "complaint_answers", "follow_up_contacts", "survey_answers")


def upgrade() -> None:
    """Add the tables; what customers said stays as it is."""
    op.create_table(
        "complaints",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("about_case", sa.String(length=32), nullable=True),
        sa.Column("against", sa.String(length=64), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("raised_by", sa.String(length=64), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalations", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_complaints_an_end_has_its_moment")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'solved', 'withdrawn')", name=op.f("ck_complaints_state_is_known")
        ),
        sa.CheckConstraint(
            "owner IS NULL OR owner IS DISTINCT FROM against",
            name=op.f("ck_complaints_nobody_judges_themselves"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_no"], ["customers.no"], name=op.f("fk_complaints_customer_no_customers")
        ),
        sa.ForeignKeyConstraint(["number"], ["cases.case_no"], name=op.f("fk_complaints_number_cases")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_complaints")),
    )
    op.create_index(op.f("ix_complaints_customer_no"), "complaints", ["customer_no"], unique=False)
    op.create_index("ix_complaints_raised_at", "complaints", ["raised_at"], unique=False)
    op.create_table(
        "complaint_solutions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["complaints.number"], name=op.f("fk_complaint_solutions_number_complaints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_solutions")),
    )
    op.create_index(op.f("ix_complaint_solutions_number"), "complaint_solutions", ["number"], unique=False)
    op.create_table(
        "complaint_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("solution_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("said_by", sa.String(length=100), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(answer = 'unreachable') = (said_at IS NULL)",
            name=op.f("ck_complaint_answers_a_word_has_its_moment"),
        ),
        sa.CheckConstraint(
            "answer IN ('solved', 'not_solved', 'unreachable')",
            name=op.f("ck_complaint_answers_answer_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["solution_id"],
            ["complaint_solutions.id"],
            name=op.f("fk_complaint_answers_solution_id_complaint_solutions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_answers")),
    )
    op.create_index(
        op.f("ix_complaint_answers_solution_id"), "complaint_answers", ["solution_id"], unique=False
    )
    op.create_table(
        "follow_ups",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("for_case", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("vin", sa.String(length=17), nullable=True),
        sa.Column("responsible", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("most_tries", sa.Integer(), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complaint_no", sa.String(length=32), nullable=True),
        sa.Column("lead_no", sa.String(length=32), nullable=True),
        sa.Column("appointment_no", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('sale', 'service')", name=op.f("ck_follow_ups_kind_is_known")),
        sa.CheckConstraint(
            "outcome IN ('satisfied', 'concern_settled', 'complaint', 'unreachable')",
            name=op.f("ck_follow_ups_outcome_is_known"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (closed_at IS NULL)", name=op.f("ck_follow_ups_an_outcome_has_its_moment")
        ),
        sa.ForeignKeyConstraint(
            ["customer_no"], ["customers.no"], name=op.f("fk_follow_ups_customer_no_customers")
        ),
        sa.ForeignKeyConstraint(["number"], ["cases.case_no"], name=op.f("fk_follow_ups_number_cases")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint("for_case", name=op.f("uq_follow_ups_for_case")),
    )
    op.create_index(op.f("ix_follow_ups_customer_no"), "follow_ups", ["customer_no"], unique=False)
    op.create_index("ix_follow_ups_happened_at", "follow_ups", ["happened_at"], unique=False)
    op.create_table(
        "follow_up_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("follow_up_no", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("against", sa.String(length=64), nullable=True),
        sa.Column("referral_name", sa.String(length=100), nullable=True),
        sa.Column("referral_phone", sa.String(length=50), nullable=True),
        sa.Column("wish", sa.Text(), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_up_no"],
            ["follow_ups.number"],
            name=op.f("fk_follow_up_contacts_follow_up_no_follow_ups"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_contacts")),
    )
    op.create_index(
        op.f("ix_follow_up_contacts_follow_up_no"), "follow_up_contacts", ["follow_up_no"], unique=False
    )
    op.create_table(
        "follow_up_concerns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("follow_up_no", sa.String(length=32), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)",
            name=op.f("ck_follow_up_concerns_settled_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_no"],
            ["follow_ups.number"],
            name=op.f("fk_follow_up_concerns_follow_up_no_follow_ups"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_concerns")),
    )
    op.create_index(
        op.f("ix_follow_up_concerns_follow_up_no"), "follow_up_concerns", ["follow_up_no"], unique=False
    )
    op.create_table(
        "survey_answers",
        sa.Column("follow_up_no", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer IN ('yes', 'partly', 'no')", name=op.f("ck_survey_answers_answer_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_no"], ["follow_ups.number"], name=op.f("fk_survey_answers_follow_up_no_follow_ups")
        ),
        sa.PrimaryKeyConstraint("follow_up_no", "question", name=op.f("pk_survey_answers")),
    )
    op.create_index("ix_survey_answers_answered_at", "survey_answers", ["answered_at"], unique=False)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
