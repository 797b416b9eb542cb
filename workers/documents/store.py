"""The tables of the documents room: number sequences, and every version of every document with its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import CheckConstraint, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from workers.database.base import MOMENT, Base
from workers.errors import InvalidInput


class DocumentSequence(Base):
    """The last number used, per kind and year."""

    __tablename__ = "document_sequences"
    __table_args__ = (CheckConstraint("last >= 1", name="last_is_positive"),)

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Document(Base):
    """One version of a document. Its bytes never change; `void` marks a number that is used but not in force."""

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_is_positive"),
        CheckConstraint("state IN ('valid', 'superseded', 'void')", name="state_is_known"),
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="sha256_is_of_the_content"),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    case_no: Mapped[str] = mapped_column(String(32), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(100))
    filename: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(MOMENT)


def sha256_of(content: bytes) -> str:
    """The hash that a document is known by: lower-case hex."""
    return sha256(content).hexdigest()


def has_content(document: Document) -> bool:
    """Whether the stored bytes still have the hash that was stored with them."""
    return sha256_of(document.content) == document.sha256


def file(
    session: Session,
    *,
    number: str,
    kind: str,
    case_no: str,
    content: bytes,
    media_type: str,
    filename: str,
    at: datetime,
    keeps: int | None = None,
) -> Document:
    """Keep `content` as the next version of document `number`; earlier versions become superseded.

    `keeps`: a version that stays valid until `supersede` says otherwise, because the new one is not in force yet.
    """
    earlier = _versions(session, number)
    for document in earlier:
        if document.state == "valid" and document.version != keeps:
            document.state = "superseded"
    document = Document(
        number=number,
        version=earlier[-1].version + 1 if earlier else 1,
        kind=kind,
        case_no=case_no,
        sha256=sha256_of(content),
        content=content,
        media_type=media_type,
        filename=filename,
        state="valid",
        created_at=at,
    )
    session.add(document)
    session.flush()
    return document


def next_version(session: Session, number: str) -> int:
    """The version that a document filed under `number` in this transaction will be."""
    earlier = _versions(session, number)
    return earlier[-1].version + 1 if earlier else 1


def _versions(session: Session, number: str) -> Sequence[Document]:
    """All versions, oldest first, locked until the transaction ends."""
    query = select(Document).where(Document.number == number).order_by(Document.version).with_for_update()
    return session.scalars(query).all()


def find(session: Session, number: str, version: int | None = None) -> Document:
    """The document in its newest version that is not void, or in the one asked for. InvalidInput: there is none.

    When all are void, the newest of them.
    """
    order = (Document.state == "void", Document.version.desc())
    query = select(Document).where(Document.number == number).order_by(*order).limit(1)
    if version is not None:
        query = query.where(Document.version == version)
    document = session.scalars(query).one_or_none()
    if document is None:
        raise InvalidInput(f"there is no document {number}" + (f" version {version}" if version else ""))
    return document


def export(session: Session, number: str, folder: Path) -> Path:
    """Write the document's newest version to `folder` for people who open files; returns its path."""
    document = find(session, number)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / document.filename
    path.write_bytes(document.content)
    return path


def export_all(session: Session, folder: Path) -> int:
    """Write every valid document to `folder`; returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for document in session.scalars(
        select(Document).where(Document.state == "valid").execution_options(yield_per=50)
    ):
        (folder / document.filename).write_bytes(document.content)
        count += 1
    return count


def void(session: Session, number: str, after: int = 0) -> None:
    """Mark the versions of `number` after that one, or all, as void (作废). The number stays used."""
    for document in _versions(session, number):
        if document.version > after:
            document.state = "void"


def supersede(session: Session, number: str, version: int) -> None:
    """The version is in force now: those before it that were valid are superseded."""
    for document in _versions(session, number):
        if document.version < version and document.state == "valid":
            document.state = "superseded"
