"""The whole file of a contract as one ZIP for legal: every document, the signed scan, the books' entries (A5)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workers import documents, ledger
from workers.calendar import SHANGHAI
from workers.documents import Document, sha256_of
from workers.ledger import LedgerEntry
from workers.receivables import evidence

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Piece:
    """One file of the dossier."""

    name: str
    title: str
    at: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash that it is known by."""
        return sha256_of(self.content)


def pieces(session: Session, contract_no: str, case_no: str) -> list[Piece]:
    """Every document of the contract in all its versions, oldest first, and the customer's signed scans."""
    entries = ledger.entries(session, contract_no)
    cases = {case_no, *evidence.cases_of(session, contract_no)}
    papers = {entry.reference for entry in entries}
    query = select(Document).where(or_(Document.case_no.in_(cases), Document.number.in_(papers | cases)))
    found = [
        Piece(
            name=document.filename,
            title=f"{document.number} 第{document.version}版({_STATES[document.state]})",
            at=_moment(document.created_at),
            content=document.content,
        )
        for document in session.scalars(
            query.order_by(Document.created_at, Document.number, Document.version)
        )
    ]
    for scan in evidence.scans_of(session, contract_no):
        ending = documents.ending(scan.media_type)
        found.append(
            Piece(
                name=f"{scan.number}-客户签署.{ending}",
                title=f"{scan.what}{scan.number}客户签署扫描件",
                at=str(scan.signed_on),
                content=scan.content,
            )
        )
    found.append(Piece("台帐明细.csv", "销售、财务台帐全部登记", "", _entries(entries)))
    return found


def archive(files: Sequence[Piece]) -> bytes:
    """The pieces and their list, each under a name of its own; the same pieces give the same bytes."""
    content = BytesIO()
    listed = "".join(f"{one.name}\t{one.title}\t{one.at}\t{one.sha256}\n" for one in files)
    with ZipFile(content, "w", ZIP_DEFLATED) as made:
        made.writestr(_info("目录.txt"), f"文件\t名称\t时间\tsha256\n{listed}".encode())
        used: set[str] = set()
        for number, one in enumerate(files, 1):
            name = one.name if one.name not in used else f"{number}-{one.name}"
            used.add(name)
            made.writestr(_info(name), one.content)
    return content.getvalue()


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _EPOCH)
    info.compress_type = ZIP_DEFLATED
    return info


def _entries(entries: Sequence[LedgerEntry]) -> bytes:
    written = StringIO()
    rows = csv.writer(written)
    rows.writerow(["台帐", "序号", "摘要", "金额", "起息日", "登记时间", "凭据", "原因"])
    for one in entries:
        values = [one.book, one.seq, one.kind, one.amount, one.value_date, _moment(one.posted_at)]
        rows.writerow([*values, _text(one.reference), _text(one.reason)])
    return written.getvalue().encode("utf-8-sig")


def _text(value: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value


def _moment(at: datetime) -> str:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


_STATES = {"valid": "有效", "superseded": "已更新", "void": "作废"}
