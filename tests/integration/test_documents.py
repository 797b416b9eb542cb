"""Documents on the real database: numbers without gaps, versions, hashes that fit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from tests.integration.contract_desk import NOW
from tests.pdf import text_of
from workers import documents
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput


def keep(session: Session, content: bytes, number: str = "HT-2026-0001") -> documents.Document:
    """File a document."""
    return documents.file(
        session,
        number=number,
        kind="HT",
        case_no="SB-2026-0001",
        content=content,
        media_type="application/pdf",
        filename=f"{number}.pdf",
        at=NOW,
    )


@pytest.mark.rule("C3")
def test_numbers_follow_each_other_per_kind_and_year(session: Session) -> None:
    assert [documents.next_number(session, "HT", 2026) for _ in range(2)] == ["HT-2026-0001", "HT-2026-0002"]
    assert documents.next_number(session, "HT", 2027) == "HT-2027-0001"
    assert documents.next_number(session, "TZ", 2026) == "TZ-2026-0001"


@pytest.mark.rule("C3", "X6")
def test_numbers_have_no_gap_when_many_ask_at_once_and_some_fail(
    session_factory: sessionmaker[Session],
) -> None:
    def take(turn: int) -> str | None:
        try:
            with UnitOfWork(session_factory) as uow:
                number = documents.next_number(uow.session, "XX", 1999)
                if turn % 3 == 0:
                    raise InvalidInput("changed my mind")  # noqa: TRY301 - the transaction has to fail here
                return number
        except InvalidInput:
            return None

    with ThreadPoolExecutor(4) as pool:
        taken = sorted(number for number in pool.map(take, range(30)) if number)
    assert taken == [f"XX-1999-{number:04d}" for number in range(1, 21)]


@pytest.mark.rule("C3")
def test_a_new_version_supersedes_the_one_before_and_both_are_kept(session: Session) -> None:
    first, second = keep(session, b"one"), keep(session, b"two")
    assert (first.version, first.state, second.version, second.state) == (1, "superseded", 2, "valid")
    assert documents.find(session, "HT-2026-0001").content == b"two"
    assert documents.find(session, "HT-2026-0001", 1).content == b"one"
    documents.void(session, "HT-2026-0001")
    assert documents.find(session, "HT-2026-0001").state == "void"


@pytest.mark.rule("C3")
def test_a_document_that_nobody_filed_is_named(session: Session) -> None:
    with pytest.raises(InvalidInput, match="HT-2026-0404"):
        documents.find(session, "HT-2026-0404")


@pytest.mark.rule("C3", "X6")
def test_the_database_refuses_a_hash_that_is_not_the_contents(session: Session) -> None:
    with pytest.raises(IntegrityError, match="sha256_is_of_the_content"):
        session.execute(
            text(
                "INSERT INTO documents (number, version, kind, case_no, sha256, content, media_type, filename,"
                " state, created_at) VALUES ('HT-1', 1, 'HT', 'SB-1', repeat('0', 64), 'x', 'a', 'b', 'valid', now())"
            )
        )


@pytest.mark.rule("C3")
def test_a_document_is_exported_as_it_was_filed(session: Session, tmp_path: Path) -> None:
    keep(session, b"%PDF-1.7")
    path = documents.export(session, "HT-2026-0001", tmp_path / "documents")
    assert path.name == "HT-2026-0001.pdf"
    assert path.read_bytes() == b"%PDF-1.7"


COMPANY = documents.Company(name="示例公司")
PAPER = documents.Paper("FH", facts=[("客户", "北方矿业")])


@pytest.mark.rule("C3", "C8")
def test_a_paper_takes_the_next_number_of_its_kind_and_is_filed_as_pdf(session: Session) -> None:
    first, second = (
        documents.issue(session, PAPER, COMPANY, case_no="HT-2026-0001", at=NOW) for _ in range(2)
    )
    assert (first.number, second.number) == ("FH-2026-0001", "FH-2026-0002")
    assert (first.kind, first.case_no, first.media_type) == ("FH", "HT-2026-0001", "application/pdf")
    assert first.filename == "FH-2026-0001-v1.pdf"
    assert "北方矿业" in text_of(first.content)


@pytest.mark.rule("C3", "C8")
def test_a_paper_issued_again_under_its_number_is_its_next_version(session: Session) -> None:
    first = documents.issue(session, PAPER, COMPANY, case_no="HT-2026-0001", at=NOW)
    signed = documents.Paper("FH", facts=PAPER.facts, signatures=[("审批", "张伟", NOW)])
    second = documents.issue(session, signed, COMPANY, case_no="HT-2026-0001", at=NOW, number=first.number)
    assert (second.number, second.version, first.state) == (first.number, 2, "superseded")
    assert "第2版" in text_of(second.content)
    assert documents.next_number(session, "FH", 2026) == "FH-2026-0002", "a version takes no number"


def test_a_contract_is_no_paper_of_this_template(session: Session) -> None:
    with pytest.raises(ValueError, match="HT"):
        documents.issue(session, documents.Paper("HT"), COMPANY, case_no="SB-2026-0001", at=NOW)
