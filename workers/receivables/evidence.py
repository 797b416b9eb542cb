"""Where the evidence of a contract stands: cases with papers of their own, and scans that the customer signed (A5).

Each room keeps its own tables; legal wants all of them, so they are read here by name, and written by their rooms only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

_CASES = text(
    """
    SELECT case_no FROM contracts WHERE contract_no = :contract_no
    UNION SELECT amendment_no FROM contract_amendments WHERE contract_no = :contract_no
    UNION SELECT declaration_no FROM contract_amendments
           WHERE contract_no = :contract_no AND declaration_no IS NOT NULL
    UNION SELECT order_no FROM jointing_orders WHERE contract_no = :contract_no
    UNION SELECT request_no FROM invoice_requests WHERE contract_no = :contract_no
    UNION SELECT case_no FROM goods_returns WHERE contract_no = :contract_no
    UNION SELECT case_no FROM collections WHERE contract_no = :contract_no
    """
)
_SCANS = text(
    """
    SELECT contract_no || '-v' || version AS number, '合同' AS what, signed_on, scan, media_type
      FROM customer_signatures WHERE contract_no = :contract_no
    UNION ALL
    SELECT paper_no, '发货单', signed_on, scan, media_type
      FROM customer_receipts JOIN goods_papers USING (paper_no) WHERE contract_no = :contract_no
    UNION ALL
    SELECT case_no, '退货单', signed_on, scan, media_type
      FROM goods_return_papers JOIN goods_returns USING (case_no) WHERE contract_no = :contract_no
    UNION ALL
    SELECT report_no, '接续验收报告', done_on, scan, media_type
      FROM jointing_reports JOIN jointing_orders USING (order_no) WHERE contract_no = :contract_no
     ORDER BY signed_on, number
    """
)


@dataclass(frozen=True)
class Scan:
    """A paper that the customer has signed, as it was scanned."""

    number: str
    what: str
    signed_on: date
    content: bytes
    media_type: str


def cases_of(session: Session, contract_no: str) -> set[str]:
    """The numbers of all cases that wrote papers of the contract."""
    found = session.scalars(_CASES, {"contract_no": contract_no})
    return {contract_no, *(number for number in found if number)}


def scans_of(session: Session, contract_no: str) -> Iterator[Scan]:
    """All that the customer has signed, oldest first."""
    for number, what, signed_on, scan, media_type in session.execute(_SCANS, {"contract_no": contract_no}):
        yield Scan(number, what, signed_on, bytes(scan), media_type)
