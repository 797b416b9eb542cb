"""Books of the first release are taken over: accounts, goods and terms for what is there, old hashes valid (C4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import NOW, Desk
from workers import ledger
from workers.database.migrate import upgrade
from workers.ledger import EntryKind, LedgerEntry
from workers.ledger.chain import GENESIS, hash_of

NUMBER = "HT-2026-0001"
CONTENT = b"%PDF-1.7 the first release"
DIGEST = sha256(CONTENT).hexdigest()
OF_THE_FIRST_RELEASE = """
INSERT INTO customers VALUES ('K0001', '北岭煤业', '', '', '', '');
INSERT INTO products VALUES ('P001', '输送带', '米', '');
INSERT INTO cases VALUES ('SB-2026-0001', 'declaration', 'x', 'x', 'sealed', '', NULL, NULL, :at, :at);
INSERT INTO policy_versions (version_no, title, reason, valid_from, document, state, case_no, drafted_by, drafted_at)
    VALUES (3, '政策', '', '2026-01-01', '{"commission_permille": 12, "invoice_gate_percent": "60"}', 'issued',
        'ZC-2026-0001', 'x', :at);
INSERT INTO declarations VALUES ('SB-2026-0001', 1, 'x', 'x', :at, '', 'K0001', 'zhaolei', '2026-05-01', 'T30-70',
    '', '', 3, 1000, 'filed');
INSERT INTO contracts_drawn VALUES ('HT-2026-0001', 'SB-2026-0001', 'sealed');
INSERT INTO documents VALUES ('HT-2026-0001', 1, 'HT', 'SB-2026-0001', :sha, :content, 'application/pdf', 'x.pdf',
    'valid', :at);
INSERT INTO contract_versions VALUES ('HT-2026-0001', 1, 1, 'K0001', '北岭煤业', 'zhaolei', '2026-05-01', 'T30-70',
    '', '', 1000, :sha, :at, 'sealed');
INSERT INTO contract_lines VALUES ('HT-2026-0001', 1, 1, 'P001', '输送带', '米', 'ST1250', 100, 10, 1000);
INSERT INTO seal_register (contract_no, contract_version, document_sha256, sealed_by, sealed_at, copies, remark)
    VALUES ('HT-2026-0001', 1, :sha, 'x', :at, 4, '');
INSERT INTO contracts VALUES ('HT-2026-0001', 1, 'SB-2026-0001', 'K0001', '北岭煤业', 'zhaolei', 1000, '2026-05-01',
    :sha, 'in_force', :at)
"""


@pytest.fixture
def older(database_url: str) -> Iterator[str]:
    """A database of the first release with a contract in both books; its address."""
    server = create_engine(make_url(database_url), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS older CASCADE"))
        connection.execute(text("CREATE SCHEMA older"))
        place = make_url(database_url).update_query_dict({"options": "-c search_path=older"})
        address = place.render_as_string(hide_password=False)
        upgrade(address, "0003")
        engine = create_engine(place)
        with engine.begin() as inside:
            fill(inside)
        engine.dispose()
        yield address
        connection.execute(text("DROP SCHEMA older CASCADE"))
    server.dispose()


def fill(connection: Connection) -> None:
    values = {"at": NOW, "sha": DIGEST, "content": CONTENT}
    for statement in OF_THE_FIRST_RELEASE.split(";\n"):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), used)
    for book in ("sales", "finance"):
        entry = LedgerEntry(
            book=book,
            seq=1,
            contract_no=NUMBER,
            kind="contract",
            amount=Decimal(1000),
            posted_at=NOW,
            value_date=NOW.date(),
            reference=f"{NUMBER} 第1版",
            reference_sha256=DIGEST,
            reverses=None,
            reason="",
            prev_hash=GENESIS,
        )
        written = {name: value for name, value in vars(entry).items() if not name.startswith("_")}
        written["hash"] = hash_of(entry)
        connection.execute(
            text("INSERT INTO ledger_books VALUES (:book, 1, :hash)"),
            {"book": book, "hash": written["hash"]},
        )
        columns = ", ".join(written)
        marks = ", ".join(f":{name}" for name in written)
        connection.execute(text(f"INSERT INTO ledger_entries ({columns}) VALUES ({marks})"), written)


@pytest.mark.rule("C4", "C12")
def test_what_is_there_gets_accounts_goods_and_terms(older: str) -> None:
    upgrade(older)
    engine = create_engine(older)
    with Session(engine) as session:
        assert ledger.verify(session) == []
        row = ledger.contract(session, NUMBER)
        assert (row.origin, row.payment_terms, row.policy_version) == ("approval", "T30-70", 3)
        account = ledger.account(session, NUMBER)
        assert (account.amount, account.commission_permille, account.invoice_gate_percent) == (1000, 12, 60)
        (line,) = ledger.goods(session, NUMBER)
        assert (line.ordered, line.unit_price, line.specification) == (100, 10, "ST1250")
        (first, _) = ledger.entries(session, NUMBER)
        assert (first.period, first.month) == (None, date(2026, 3, 1))
        Desk(session, NUMBER).delivered("40")
        assert Desk(session, NUMBER).finance(EntryKind.RECEIPT, "650").month == date(2026, 3, 1)
        with pytest.raises(ledger.MonthNotOpen, match="2026-03 is open"):
            ledger.close_month(session, date(2026, 4, 1), "x", NOW.replace(month=4))
        ledger.close_month(session, date(2026, 3, 1), "x", NOW.replace(month=4))
        assert ledger.verify(session) == []
    engine.dispose()
