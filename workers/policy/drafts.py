"""Drafts and issued versions in the database, and a draft as the form shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from workers.cases import Approved
from workers.policy.document import STARTS, STEPS, PolicyDocument
from workers.policy.messages import DraftForm
from workers.policy.rules import Draft, Span, earliest
from workers.policy.store import DRAFT, ISSUED, SUPERSEDED, PolicyRow
from workers.policy.versions import initial, issued_row

_ISSUING = 7_301_001
"""Key of the advisory lock that lets one transaction at a time issue a policy."""


def issued_spans(session: Session) -> list[Span]:
    """When the issued versions are in force, oldest first."""
    rows = session.execute(
        select(PolicyRow.version_no, PolicyRow.valid_from, PolicyRow.valid_to)
        .where(PolicyRow.state == ISSUED)
        .order_by(PolicyRow.valid_from)
    )
    return [Span(number or 0, first, last) for number, first, last in rows]


def next_valid_from(session: Session, today: date) -> date:
    """The first day on which a new version may begin."""
    return earliest(issued_spans(session), today)


def current_draft(session: Session, case_no: str) -> PolicyRow | None:
    """The latest draft of a case that is still a draft."""
    return session.scalars(
        select(PolicyRow).where(PolicyRow.case_no == case_no, PolicyRow.state == DRAFT)
    ).one_or_none()


def was_drafted(session: Session, case_no: str) -> bool:
    """Whether any draft of the case has been accepted before."""
    return session.scalar(select(func.count()).where(PolicyRow.case_no == case_no)) != 0


def save_draft(session: Session, case_no: str, draft: Draft, by: str, at: datetime) -> None:
    """Keep a draft; the one before it stays as superseded, so that what was decided on can be shown (X5)."""
    end_draft(session, case_no, SUPERSEDED)
    session.add(
        PolicyRow(
            title=draft.title,
            reason=draft.reason,
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            document=draft.document.model_dump(mode="json"),
            state=DRAFT,
            case_no=case_no,
            drafted_by=by,
            drafted_at=at,
        )
    )
    session.flush()


def end_draft(session: Session, case_no: str, state: str) -> None:
    """Take the case's draft off the table as rejected, withdrawn or superseded."""
    session.execute(
        update(PolicyRow)
        .where(PolicyRow.case_no == case_no, PolicyRow.state == DRAFT)
        .values(state=state)
        .execution_options(synchronize_session="fetch")
    )


def lock_issuing(session: Session) -> None:
    """Wait until no other transaction is issuing a policy, and keep others from it until this one ends."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ISSUING})


def put_in_force(session: Session, row: PolicyRow, approval: Approved, at: datetime) -> int:
    """Issue a draft: the version before it ends the day before. Returns the version number.

    The caller holds `lock_issuing` and has checked the period.
    """
    session.execute(
        update(PolicyRow)
        .where(
            PolicyRow.state == ISSUED,
            PolicyRow.valid_from < row.valid_from,
            (PolicyRow.valid_to.is_(None)) | (PolicyRow.valid_to >= row.valid_from),
        )
        .values(valid_to=row.valid_from - timedelta(days=1))
        .execution_options(synchronize_session="fetch")
    )
    number = (session.scalar(select(func.max(PolicyRow.version_no))) or 0) + 1
    decided, issued = approval.signatures[0], approval.signatures[-1]
    row.version_no = number
    row.state = ISSUED
    row.decided_by, row.decided_at = decided["signer"], datetime.fromisoformat(decided["at"])
    row.meeting_minutes = decided.get("reference") or None
    row.issued_by, row.issued_at = issued["signer"], at
    session.flush()
    return number


def prefilled(session: Session, sent: DraftForm, products: Mapping[str, str], today: date) -> dict[str, Any]:
    """The draft form's fields: what was sent, else what the policy in force (or the first draft) says."""
    row = issued_row(session, today)
    if row is None:
        title, document = initial(session)
    else:
        title, document = row.title, PolicyDocument.model_validate(row.document)
    template = {
        "title": title,
        "reason": "",
        "valid_from": next_valid_from(session, today).isoformat(),
        "valid_to": None,
        **as_form(document, products),
    }
    return {name: template[name] if value is None else value for name, value in as_sent(sent).items()}


def as_sent(form: DraftForm) -> dict[str, Any]:
    """The form's fields as they came, for the person who has to mend them."""
    return {name: _sendable(getattr(form, name)) for name in DraftForm.model_fields}


def as_read(draft: Draft, products: Mapping[str, str]) -> dict[str, Any]:
    """A good draft's fields, as those who decide on it are to see them."""
    return {
        "title": draft.title,
        "reason": draft.reason,
        "valid_from": draft.valid_from.isoformat(),
        "valid_to": draft.valid_to.isoformat() if draft.valid_to else None,
        **as_form(draft.document, products),
    }


def as_form(document: PolicyDocument, products: Mapping[str, str]) -> dict[str, Any]:
    """A policy's content as the form's fields, numbers as text, without products that are no longer sold."""
    tables = {"prices", "payment_terms", "instalments", "deadlines"}
    plain = document.model_dump(mode="json", exclude=tables)
    return {
        **{name: str(value) for name, value in plain.items()},
        "prices": [
            {
                "productNo": price.product_no,
                "productName": products[price.product_no],
                "listPrice": str(price.list_price),
                "floorPrice": str(price.floor_price),
            }
            for price in document.prices
            if price.product_no in products
        ],
        "payment_terms": [{"code": term.code, "label": term.label} for term in document.payment_terms],
        "instalments": [
            {
                "code": part.code,
                "percent": str(part.percent),
                "after": part.after,
                "afterName": STARTS[part.after],
                "days": str(part.days),
            }
            for part in document.instalments
        ],
        "deadlines": [
            {"step": step, "stepName": name, "hours": str(document.deadlines[step])}
            for step, name in STEPS.items()
        ],
    }


def _sendable(value: object) -> object:
    # a caller's floating-point number goes back as text: variables hold no floats
    return repr(value) if isinstance(value, float) else value
