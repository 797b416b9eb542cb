"""Differences and their resolutions: what is open, what was decided, what a decision posts (C12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, ledger, signals
from workers.closing.messages import DifferenceRow, ResolvedRow
from workers.closing.rules import (
    CORRECTED,
    KINDS,
    LEDGER,
    RESOLUTIONS,
    SCRAPPED,
    STOCK,
    Difference,
    Resolved,
)
from workers.closing.store import DifferenceResolution
from workers.ledger import Book, EntryKind
from workers.org import OrgChart


def decided(session: Session, case_no: str) -> list[DifferenceResolution]:
    """Every resolution of the case, in order."""
    query = select(DifferenceResolution).where(DifferenceResolution.case_no == case_no)
    return list(session.scalars(query.order_by(DifferenceResolution.id)))


def last_words(resolutions: Sequence[DifferenceResolution]) -> dict[str, DifferenceResolution]:
    """The newest resolution of each difference, which counts."""
    return {one.key: one for one in resolutions}


def still_open(
    session: Session, found: Sequence[Difference], resolutions: Sequence[DifferenceResolution]
) -> list[Difference]:
    """Differences that nobody has resolved.

    One that was said to be corrected is open as long as it is there; so is a stock-take's that was to be scrapped
    when the goods are no longer in the book.
    """
    settled = {
        key
        for key, one in last_words(resolutions).items()
        if one.resolution != CORRECTED and not (one.resolution == SCRAPPED and _stock_short(session, one))
    }
    return [one for one in found if one.key not in settled]


def _stock_short(session: Session, one: DifferenceResolution) -> bool:
    goods = {line.line_no: line.in_stock for line in ledger.goods(session, one.contract_no or "")}
    return goods.get(one.line_no or 0, 0) < -(one.quantity or 0)


def keep(session: Session, case_no: str, resolved: Resolved, by: str, at: datetime) -> None:
    """Keep what a person decided."""
    one = resolved.difference
    session.add(
        DifferenceResolution(
            case_no=case_no,
            key=one.key,
            code=one.code,
            contract_no=one.contract_no,
            line_no=one.line_no,
            quantity=one.quantity,
            description=one.description,
            sales_side=one.sales,
            finance_side=one.finance,
            resolution=resolved.resolution,
            responsible=resolved.responsible,
            reason=resolved.reason,
            decided_by=by,
            decided_at=at,
        )
    )
    session.flush()


def scrap(session: Session, case_no: str, on: date, posted_at: datetime) -> None:
    """Post the goods that were missing at the count and resolved as scrapped.

    The production of the contract hears of it: the goods are wanted again.
    """
    for one in last_words(decided(session, case_no)).values():
        if one.resolution != SCRAPPED or one.code != STOCK or one.quantity is None:
            continue
        number, reference = one.contract_no or "", f"{case_no} 盘亏"
        ledger.post(
            session,
            Book.SALES,
            EntryKind.SCRAP,
            number,
            None,
            line_no=one.line_no,
            quantity=-one.quantity,
            value_date=on,
            reference=reference,
            posted_at=posted_at,
            reason=f"{one.reason}（责任人：{one.responsible}）",
        )
        signals.send(session, "Msg_GoodsWanted", number, f"{reference} {one.line_no}")


def rows(found: Sequence[Difference], sent: dict[str, dict[str, Any]] | None = None) -> list[DifferenceRow]:
    """The form's rows, numbered; what was typed already stands in them again."""
    return [
        DifferenceRow(
            difference=f"{number:02d} {one.key}",
            kind=KINDS[one.code],
            contract_no=one.contract_no or "",
            description=one.description,
            sales_side=one.sales[:200],
            finance_side=one.finance[:200],
            **(sent or {}).get(one.key, {}),
        )
        for number, one in enumerate(found, 1)
    ]


def as_sent(value: Any) -> dict[str, dict[str, Any]]:
    """What was typed, by difference, as far as it can be shown again."""
    fields, sent = {"resolution": 16, "responsible": 64, "reason": 500}, {}
    for row in value[:5000] if isinstance(value, list) else ():
        if isinstance(row, dict):
            key = str(row.get("difference") or "").split(" ")[-1]
            sent[key] = {name: cases.shown(row.get(name), limit) for name, limit in fields.items()}
    return sent


def resolved_rows(resolutions: Sequence[DifferenceResolution], org: OrgChart) -> list[ResolvedRow]:
    """What was decided, as the forms' tables list it."""
    return [
        ResolvedRow(
            kind=KINDS.get(one.code, KINDS[LEDGER]),
            contract_no=one.contract_no or "",
            description=f"{one.description}（{one.sales_side}；{one.finance_side}）",
            resolution=RESOLUTIONS[one.resolution],
            responsible=org.name_of(one.responsible),
            reason=one.reason,
        )
        for one in resolutions
    ]
