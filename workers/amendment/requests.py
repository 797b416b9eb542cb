"""The form of an amendment: what it offers, what was sent, and what the database holds of the contract (C13)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, ledger, money
from workers.amendment import rules, terminating
from workers.amendment.messages import AmendmentForm
from workers.calendar import SHANGHAI
from workers.cases import FormError
from workers.contract import amending
from workers.contract.store import TERMINATION, Amendment, ContractVersion
from workers.org import OrgChart

log = structlog.get_logger(__name__)

GONE = "本申请已撤回或结束"
MOST_OPTIONS = 300
"""Contracts that the select shows, the newest ones; the number of any other is typed in."""


def options(session: Session) -> list[dict[str, str]]:
    """The contracts in force that can be chosen."""
    row = ledger.ContractRow
    query = select(row.contract_no, row.customer_name, row.amount).where(
        row.status == ledger.IN_FORCE, row.origin != ledger.VEHICLE
    )
    newest = query.order_by(row.sealed_at.desc(), row.contract_no.desc()).limit(MOST_OPTIONS)
    return [
        {"label": f"{number} {customer} {money.figures(amount)}", "value": number}
        for number, customer, amount in session.execute(newest)
    ]


def as_sent(form: AmendmentForm) -> dict[str, Any]:
    """What was sent, as far as the form can show it again."""
    kind = form.amendment_kind
    return {
        "contract_no": cases.shown(form.contract_no, cases.MOST_NUMBER),
        "other_contract_no": cases.shown(form.other_contract_no, cases.MOST_NUMBER),
        "amendment_kind": kind if isinstance(kind, str) and kind in rules.KINDS else None,
        "amendment_reason": cases.shown(form.amendment_reason, rules.MOST_REASON),
    }


def as_kept(amendment: Amendment) -> dict[str, Any]:
    """The form as it stands in the database."""
    return {
        "contract_no": amendment.contract_no,
        "other_contract_no": None,
        "amendment_kind": amendment.kind,
        "amendment_reason": amendment.reason,
    }


def findings(session: Session, request: rules.Request, own_no: str | None = None) -> list[FormError]:
    """Why the contract cannot be amended now."""
    row = ledger.find(session, request.contract_no)
    if row is None:
        return rules.findings(request, None)
    under_way = amending.open_for(session, row.contract_no)
    found = rules.Found(
        status=row.status,
        has_text=session.get(ContractVersion, (row.contract_no, row.version)) is not None,
        open_amendment=under_way.amendment_no if under_way else None,
        is_car=row.origin == ledger.VEHICLE,
    )
    return rules.findings(request, found, own_no)


def begin(session: Session, case: cases.Case, request: rules.Request) -> list[FormError]:
    """Let the amendment hold the contract, or say why it cannot; the contract's lock decides between two."""
    number = request.contract_no
    if ledger.find(session, number) is not None:
        ledger.lock_contract(session, number)
    errors = findings(session, request, case.case_no)
    if not errors and request.kind == TERMINATION:
        errors = terminating.findings(session, number)
    if not errors:
        amending.begin(session, case.case_no, number, request.kind, request.reason, case.applicant)
        cases.link_document(session, case.case_no, number)
    return errors


def who_may_not_ask(
    session: Session, case: cases.Case, signed_by: str | None, org: OrgChart, now: datetime
) -> list[FormError]:
    """Only the applicant, or who stands in; without a signer it came with a technical account's start."""
    if case.state != cases.OPEN:
        return [FormError(field="", message=GONE)]
    if signed_by in {case.applicant, org.acting(case.applicant, now.astimezone(SHANGHAI).date())}:
        return []
    if signed_by is None and session.get(Amendment, case.case_no) is None:
        return []
    by = str(signed_by or "")[:64]
    log.warning("security: amendment asked for by another", case_no=case.case_no, user=by)
    cases.note(session, case.case_no, org.name_of(by) or "(未知)", "越权提交被拒绝", "", now, user=by)
    return [FormError(field="", message="只有申请人本人可以提交合同变更申请")]
