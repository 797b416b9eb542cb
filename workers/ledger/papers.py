"""The papers behind the ledgers: the contract's document, its lines, and the seal's register.

These tables belong to other rooms, which the ledger does not import; here they are only read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, column, func, not_, or_, select, table
from sqlalchemy.orm import Session

from workers.ledger.findings import Finding
from workers.ledger.store import OPENING, VEHICLE, ContractRow, LedgerGoods

_SEALS = table(
    "seal_register", *map(column, ("contract_no", "contract_version", "document_sha256", "sealed_at"))
)
_LINES = table(
    "contract_lines",
    *map(column, ("contract_no", "version", "line_no", "product_no", "quantity", "unit_price")),
)
_DOCUMENTS = table("documents", *map(column, ("number", "version", "sha256", "content", "state")))


def paper_findings(session: Session, contracts: Sequence[Row[Any]], before: datetime) -> Iterator[Finding]:
    """Contracts whose document or seal is missing or differs, and seals of contracts that no ledger knows.

    An amendment that was sealed after `before` may still be on its way.
    """
    seals: dict[tuple[str, int], Row[Any]] = {
        (row.contract_no, row.contract_version): row for row in session.execute(select(_SEALS))
    }
    actual = func.encode(func.sha256(_DOCUMENTS.c.content), "hex").label("actual")
    documents: dict[tuple[str, int], Any] = {
        (row.number, row.version): row
        for row in session.execute(
            select(
                _DOCUMENTS.c.number, _DOCUMENTS.c.version, _DOCUMENTS.c.sha256, _DOCUMENTS.c.state, actual
            ).where(_DOCUMENTS.c.number.in_(select(ContractRow.contract_no)))
        )
    }
    for contract in contracts:
        number = contract.contract_no

        def finding(code: str, message: str, number: str = number) -> Finding:
            return Finding(code=code, message=message, contract_no=number)

        sealed = seals.get((number, contract.version))
        unsealed = contract.origin == VEHICLE or (contract.origin == OPENING and contract.version == 1)
        if sealed is None and not unsealed:
            yield finding("seal_missing", "the seal register does not know it")
        elif sealed is not None and sealed.document_sha256 != contract.document_sha256:
            yield finding(
                "seal_differs",
                f"the seal was put on {sealed.document_sha256}, not on {contract.document_sha256}",
            )
        document = documents.get((number, contract.version))
        if document is None:
            yield finding("document_missing", f"version {contract.version} of the document is not kept")
        elif document.actual != contract.document_sha256 or document.sha256 != contract.document_sha256:
            yield finding("document_altered", f"the stored document is {document.actual} now")
        elif document.state != "valid" and not (
            # an amendment has been drawn up and is not sealed yet
            document.state == "superseded" and (number, contract.version + 1) in documents
        ):
            yield finding("document_not_valid", f"the sealed document is marked {document.state}")
    versions = {contract.contract_no: contract.version for contract in contracts}
    for (number, version), sealed in sorted(seals.items(), key=lambda one: one[0]):
        known = versions.get(number)
        if known is None or version < known or sealed.sealed_at < before:
            yield from _sealed_version(number, version, sealed.document_sha256, known, documents)


def _sealed_version(
    number: str, version: int, sealed: str, newest: int | None, documents: Mapping[tuple[str, int], Any]
) -> Iterator[Finding]:
    """A seal that no ledger knows of, or an amended version whose document is no longer the one sealed (C13)."""
    if newest is None:
        yield Finding(
            code="contract_missing", message="sealed, but unknown to the ledgers", contract_no=number
        )
    elif version > newest:
        message = f"version {version} is sealed, the ledgers have version {newest}"
        yield Finding(code="amendment_missing", message=message, contract_no=number)
    elif version < newest:
        document = documents.get((number, version))
        if document is None or document.actual != sealed:
            message = f"version {version} is not kept as it was sealed"
            yield Finding(code="document_altered", message=message, contract_no=number)


def line_findings(session: Session) -> Iterator[Finding]:
    """Lines of which the ledgers say other goods than the version that was sealed."""
    sealed = (
        select(_LINES, ContractRow.contract_no.label("number"))
        .join(
            ContractRow,
            and_(ContractRow.contract_no == _LINES.c.contract_no, ContractRow.version == _LINES.c.version),
        )
        .subquery()
    )
    same = and_(sealed.c.number == LedgerGoods.contract_no, sealed.c.line_no == LedgerGoods.line_no)
    number = func.coalesce(LedgerGoods.contract_no, sealed.c.number)
    dropped = and_(sealed.c.number.is_(None), LedgerGoods.ordered == 0)
    unsealed = or_(
        ContractRow.origin == VEHICLE, and_(ContractRow.origin == OPENING, ContractRow.version == 1)
    )
    opening = and_(sealed.c.number.is_(None), unsealed)
    differs = or_(
        LedgerGoods.ordered.is_distinct_from(sealed.c.quantity),
        LedgerGoods.unit_price.is_distinct_from(sealed.c.unit_price),
        LedgerGoods.product_no.is_distinct_from(sealed.c.product_no),
    )
    query = (
        select(number, func.coalesce(LedgerGoods.line_no, sealed.c.line_no))
        .select_from(LedgerGoods)
        .join(sealed, same, full=True)
        .join(ContractRow, ContractRow.contract_no == number)
        .where(differs, not_(dropped), not_(opening))
        .order_by(number)
    )
    for contract_no, line_no in session.execute(query):
        message = f"line {line_no} is not as it was sealed"
        yield Finding(code="goods_not_as_sealed", message=message, contract_no=contract_no)
