"""Whether the database still refuses to change what must not change: the triggers are there, on, and work."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from workers.ledger.findings import Finding

_ANY_COLUMN = {
    "ledger_entries": "seq",
    "approval_records": "id",
    "case_events": "id",
    "seal_register": "id",
    "customer_signatures": "id",
    "ledger_periods": "month",
    "goods_records": "step",
    "goods_record_lines": "line_no",
    "gate_exits": "plate",
    "customer_receipts": "signer",
    "invoices": "number",
    "invoice_lines": "number",
    "jointing_reports": "id",
    "commission_offsets": "id",
    "commission_payments": "revision",
    "stock_counts": "line_no",
    "difference_resolutions": "id",
    "refund_payments": "bank_reference",
    "goods_return_papers": "signer",
    "follow_up_contacts": "note",
    "survey_answers": "note",
    "complaint_solutions": "solution",
    "complaint_answers": "note",
    "showroom_contacts": "need",
    "showroom_visits": "purpose",
    "showroom_needs": "retold",
    "showroom_presentations": "feedback",
    "showroom_test_drives": "impressions",
    "showroom_demands": "terms",
    "showroom_proposals": "terms",
    "showroom_answers": "said",
    "showroom_decisions": "lost_reason",
    "vehicle_promises": "id",
    "vehicle_checks": "id",
    "vehicle_handovers": "id",
    "service_contacts": "note",
    "service_checks": "findings",
    "service_bills": "customer_no",
    "service_payments": "reference",
    "operator_actions": "reason",
}
APPEND_ONLY = tuple(_ANY_COLUMN)
"""Tables in which no row may change or vanish."""
GUARDED = {
    **{name: {f"{name}_append_only"} for name in APPEND_ONLY},
    "ledger_entries": {
        *("ledger_entries_append_only", "ledger_entries_open_month", "ledger_entries_keep_sums"),
    },
    "ledger_accounts": {"ledger_accounts_follow", "ledger_accounts_stays"},
    "ledger_goods": {"ledger_goods_follow", "ledger_goods_stays"},
    "ledger_customers": {"ledger_customers_follow", "ledger_customers_stays"},
    "ledger_books": {"ledger_books_step", "ledger_books_stays"},
    "contracts": {"contracts_as_sealed", "contracts_stays", "contracts_open_account"},
    "contract_versions": {"contract_versions_as_sealed", "contract_versions_stays"},
    "documents": {"documents_as_filed", "documents_stays"},
    "receipts": {"receipts_as_booked", "receipts_stays"},
    "refunds": {"refunds_as_paid", "refunds_stays"},
    "goods_returns": {"goods_returns_as_booked", "goods_returns_stays"},
    "vehicle_orders": {"vehicle_orders_as_ended", "vehicle_orders_stays"},
    "vehicle_contracts": {"vehicle_contracts_as_signed", "vehicle_contracts_stays"},
    "vehicle_cancellations": {"vehicle_cancellations_as_decided", "vehicle_cancellations_stays"},
    "goods_return_lines": {"goods_return_lines_as_booked"},
    "service_orders": {"service_orders_as_ended", "service_orders_stays"},
    "service_lines": {"service_lines_as_agreed", "service_lines_stays"},
    "service_bills": {"service_bills_append_only", "service_bills_from_lines"},
    "service_payments": {"service_payments_append_only", "service_payments_within_bill"},
    "service_bookings": {"service_bookings_stays"},
    "bank_statements": {"bank_statements_as_uploaded", "bank_statements_stays"},
    "bank_statement_lines": {"bank_statement_lines_as_read", "bank_statement_lines_stays"},
    "commission_papers": {"commission_papers_as_filed", "commission_papers_stays"},
    "commission_lines": {"commission_lines_as_filed", "commission_lines_stays"},
    "month_closings": {"month_closings_as_closed", "month_closings_stays"},
    "goods_papers": {"goods_papers_as_drawn", "goods_papers_need_notice", "goods_papers_stays"},
}
"""The triggers of the migrations, by table."""

_ENABLED = text(
    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"
    " AND t.tgenabled IN ('O', 'A')"
)

_TRY = """
DO $$
DECLARE change text; taken text := '';
BEGIN
    FOREACH change IN ARRAY ARRAY['{}'] LOOP
        BEGIN
            EXECUTE change;
            taken := taken || change || chr(10);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    PERFORM set_config('salesflow.taken', taken, true);
END $$
"""
"""Tries every change in one call, as a verification asks for dozens of them; a block cannot return what it found."""


def guard_findings(session: Session) -> Iterator[Finding]:
    """Triggers that are gone or switched off, and append-only tables that take a change."""
    enabled = {(row[0], row[1]) for row in session.execute(_ENABLED)}
    for name, triggers in GUARDED.items():
        for trigger in sorted(triggers):
            if (name, trigger) not in enabled:
                yield Finding(code="guard_missing", message=f"trigger {trigger} on {name} is gone or off")
    for change, name in _taken(session):
        yield Finding(code="guard_open", message=f"the database would run {change} on {name}")


def _taken(session: Session) -> list[tuple[str, str]]:
    """Changes to append-only tables that nothing refuses: command and table.

    The triggers fire once per statement, so a statement that touches no row shows whether they do.
    """
    changes = {
        statement: (statement.split()[0], name)
        for name, column in _ANY_COLUMN.items()
        for statement in (
            f"DELETE FROM {name} WHERE false",  # noqa: S608 - names of this file
            f"UPDATE {name} SET {column} = {column} WHERE false",  # noqa: S608 - names of this file
        )
    }
    session.execute(text(_TRY.format("', '".join(changes))))
    taken = session.scalars(text("SELECT current_setting('salesflow.taken')")).one()
    return [changes[statement] for statement in taken.splitlines()]
