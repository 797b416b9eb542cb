"""The papers behind the ledgers: the contract's document and the seal's register, compared by hash.

Both tables belong to other rooms, which the ledger does not import; here they are only read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import column, func, select, table
from sqlalchemy.orm import Session

from workers.ledger.findings import Finding
from workers.ledger.store import ContractRow

_SEALS = table("seal_register", *map(column, ("contract_no", "contract_version", "document_sha256")))
_DOCUMENTS = table("documents", *map(column, ("number", "version", "sha256", "content", "state")))


def paper_findings(session: Session, contracts: Sequence[ContractRow]) -> Iterator[Finding]:
    """Contracts whose document or seal is missing or differs, and seals of contracts that no ledger knows."""
    seals: dict[str, str] = {
        row.contract_no: row.document_sha256
        for row in session.execute(select(_SEALS.c.contract_no, _SEALS.c.document_sha256))
    }
    actual = func.encode(func.sha256(_DOCUMENTS.c.content), "hex").label("actual")
    documents = {
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

        sealed = seals.pop(number, None)
        if sealed is None:
            yield finding("seal_missing", "the seal register does not know it")
        elif sealed != contract.document_sha256:
            yield finding("seal_differs", f"the seal was put on {sealed}, not on {contract.document_sha256}")
        document = documents.get((number, contract.version))
        if document is None:
            yield finding("document_missing", f"version {contract.version} of the document is not kept")
        elif document.actual != contract.document_sha256 or document.sha256 != contract.document_sha256:
            yield finding("document_altered", f"the stored document is {document.actual} now")
        elif document.state != "valid":
            yield finding("document_not_valid", f"the sealed document is marked {document.state}")
    for number in sorted(seals):
        yield Finding(
            code="contract_missing", message="sealed, but unknown to the ledgers", contract_no=number
        )
