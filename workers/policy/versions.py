"""Which policy rules on a date, and what it says; the rest of the program asks here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.calendar import OFFICE, SHANGHAI, WorkingHours
from workers.errors import InvalidInput, UserError
from workers.policy.document import PolicyDocument, ProductPrice
from workers.policy.store import ISSUED, InitialDraft, PolicyRow


class NoPolicyInForce(InvalidInput):
    """On that date no issued policy is valid."""

    def __init__(self, on: date) -> None:
        self.on = on
        super().__init__(f"{on} 没有有效的销售政策 (no policy is in force)")


@dataclass(frozen=True)
class PolicyVersion:
    """An issued version of the policy."""

    id: int
    version_no: int
    title: str
    valid_from: date
    valid_to: date | None
    document: PolicyDocument

    @property
    def prices(self) -> dict[str, ProductPrice]:
        """Prices by product number; a product that is missing here may not be sold."""
        return {price.product_no: price for price in self.document.prices}

    @property
    def payment_terms(self) -> dict[str, str]:
        """Labels of the payment terms by code."""
        return {term.code: term.label for term in self.document.payment_terms}

    @property
    def payment_terms_options(self) -> list[dict[str, str]]:
        """The payment terms as a form's choices."""
        return [{"label": label, "value": code} for code, label in self.payment_terms.items()]

    @property
    def large_contract(self) -> Decimal:
        """Yuan from which a contract counts as large."""
        return self.document.large_contract

    @property
    def serious_deviation_permille(self) -> int:
        """How far below the floor (‰) a price counts as a serious deviation."""
        return self.document.serious_deviation_permille


def issued_row(session: Session, on: date) -> PolicyRow | None:
    """The row that is in force on the date."""
    return session.scalars(
        select(PolicyRow).where(
            PolicyRow.state == ISSUED,
            PolicyRow.valid_from <= on,
            or_(PolicyRow.valid_to.is_(None), PolicyRow.valid_to >= on),
        )
    ).one_or_none()


def in_force(session: Session, on: date) -> PolicyVersion:
    """The policy version in force on the date. Raises NoPolicyInForce."""
    row = issued_row(session, on)
    if row is None or row.version_no is None:
        raise NoPolicyInForce(on)
    return _version(row, row.version_no)


def version(session: Session, version_no: int) -> PolicyVersion:
    """The issued version with that number, for what was agreed under it. InvalidInput when there is none."""
    row = session.scalars(select(PolicyRow).where(PolicyRow.version_no == version_no)).one_or_none()
    if row is None:
        raise InvalidInput(f"there is no version {version_no} of the sales policy")
    return _version(row, version_no)


def _version(row: PolicyRow, number: int) -> PolicyVersion:
    return PolicyVersion(
        id=row.id,
        version_no=number,
        title=row.title,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        document=PolicyDocument.model_validate(row.document),
    )


def load_initial(session: Session, path: Path) -> None:
    """Put the draft of `config/policy.yaml` into the database. Raises UserError when the file is wrong."""
    try:
        content: dict[str, Any] = dict(yaml.safe_load(path.read_text("utf-8")))
        title = str(content.pop("title"))
        document = PolicyDocument.model_validate(content).model_dump(mode="json")
    except KeyError as error:
        raise UserError(f"{path}: {error} is missing") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, TypeError, ValueError) as error:
        raise UserError(f"{path}: {error}") from error
    values = {"title": title, "document": document}
    session.execute(
        insert(InitialDraft)
        .values(id=1, **values)
        .on_conflict_do_update(index_elements=[InitialDraft.id], set_=values)
    )
    session.expire_all()


def initial(session: Session) -> tuple[str, PolicyDocument]:
    """The draft that a new installation starts from: title, content. InvalidInput before `load_initial`."""
    row = session.get(InitialDraft, 1)
    if row is None:
        raise InvalidInput("config/policy.yaml was never loaded into the database")
    return row.title, PolicyDocument.model_validate(row.document)


def document_on(session: Session, on: date) -> PolicyDocument:
    """What rules on the date for things that need a number even without a policy, such as deadlines."""
    row = issued_row(session, on)
    return PolicyDocument.model_validate(row.document) if row is not None else initial(session)[1]


def deadline(session: Session, step: str, on: date) -> int:
    """Working hours for a human step on that date; the initial draft's before the first issue.

    Raises KeyError for a step that policies do not know.
    """
    return document_on(session, on).deadlines[step]


def reminder_hours(session: Session, on: date) -> int:
    """Working hours before a due date when the reminder goes out."""
    return document_on(session, on).reminder_hours


def due(session: Session, step: str, now: datetime, office: WorkingHours = OFFICE) -> datetime:
    """When a human step that begins now has to be done, in working time."""
    return office.add(now, deadline(session, step, now.astimezone(SHANGHAI).date()))
