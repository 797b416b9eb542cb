"""Read a declaration against policy, catalog and, of a change, the contract; keep it as a revision (C2, C13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from workers import cases, documents, policy
from workers.calendar import SHANGHAI
from workers.cases import FormError
from workers.contract import amending, cars, changes, declarations, paper
from workers.contract.messages import DeclarationForm
from workers.contract.rules import ValidDeclaration, validate_declaration
from workers.contract.store import Declaration
from workers.org import OrgChart

log = structlog.get_logger(__name__)

GONE = "本申报已撤回或结束"


@dataclass(frozen=True)
class Filing:
    """A declaration in which nothing is wrong, and the policy that it was read by."""

    valid: ValidDeclaration
    ruling: policy.PolicyVersion
    standing: changes.Standing | None
    """The contract that it changes; None for a new contract."""


def read(
    session: Session,
    form: DeclarationForm,
    ground: amending.Base | cars.Deal | None,
    org: OrgChart,
    today: date,
) -> Filing | list[FormError]:
    """The declaration as it was sent, or everything that is wrong with it."""
    try:
        ruling = policy.in_force(session, today)
    except policy.NoPolicyInForce:
        return [FormError(field="", message="现在没有执行中的销售政策，政策签发以后才能申报")]
    choices = declarations.choices(session, org, ruling, today, ground)
    found = validate_declaration(form.model_dump(by_alias=True), choices, today)
    if isinstance(found, list):
        return found
    standing = ground.standing if isinstance(ground, amending.Base) else None
    if standing is not None:
        found = changes.numbered(found, standing)
    errors = changes.findings(found, standing) if standing else []
    if isinstance(ground, cars.Deal):
        errors = ground.findings(found)
    if (
        standing is None or found.total > standing.amount
    ):  # a change that adds nothing is no new contract (A3)
        errors += declarations.held(session, found.customer_no)
    return errors or Filing(found, ruling, standing)


def keep(
    session: Session,
    case: cases.Case,
    filing: Filing,
    by: str,
    company: documents.Company,
    org: OrgChart,
    at: datetime,
) -> tuple[Declaration, dict[str, Any]]:
    """Keep it as the next revision with its paper; returns it and what the approvers read of it."""
    declaration = declarations.save(session, case, filing.valid, by, filing.ruling.version_no, at)
    today = at.astimezone(SHANGHAI).date()
    approvers = declarations.for_approvers(session, org, filing.valid, filing.ruling, filing.standing, today)
    paper.issue(session, declaration, approvers, company, org, at)
    return declaration, approvers


def keep_signed(
    session: Session,
    declaration: Declaration,
    approval: cases.Approved,
    company: documents.Company,
    org: OrgChart,
    at: datetime,
) -> None:
    """File the declaration's paper once more, with its signatures and the figures of when it was filed (X5)."""
    base = amending.base(session, declaration.declaration_no)
    approvers = declarations.for_approvers(
        session,
        org,
        declarations.valid(declaration),
        policy.version(session, declaration.policy_version),
        base.standing if base else None,
        declaration.filed_at.astimezone(SHANGHAI).date(),
    )
    paper.issue(session, declaration, approvers, company, org, at, approval)


def who_may_not_file(
    session: Session, case: cases.Case, signed_by: str | None, org: OrgChart, now: datetime
) -> list[FormError]:
    """Only the applicant, or who stands in, files; without a signer it came with a technical account's start."""
    if case.state != cases.OPEN:
        return [FormError(field="", message=GONE)]
    if signed_by in {case.applicant, org.acting(case.applicant, now.astimezone(SHANGHAI).date())}:
        return []
    if signed_by is None and declarations.latest(session, case.case_no) is None:
        return []
    log.warning("security: declaration sent by another", case_no=case.case_no, user=signed_by)
    by = str(signed_by or "")[:64]
    cases.note(session, case.case_no, org.name_of(by) or "(未知)", "越权提交被拒绝", "", now, user=by)
    return [FormError(field="", message="只有申报人本人可以提交申报单")]
