"""Fill an empty, migrated database with contracts and valid chains, by COPY.

Shortcuts, so that it takes a minute and not an hour: the triggers are off while rows are copied and the sums are
made by one statement each afterwards (`verify` then proves them), a contract's document is a few bytes instead of a
PDF, and every contract has one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, text

from workers.calendar import SHANGHAI
from workers.ledger import Book, EntryKind, LedgerEntry
from workers.ledger.chain import GENESIS, hash_of

FIRST_SEAL = datetime(2024, 1, 2, 9, 0, tzinfo=SHANGHAI)
STEP = timedelta(minutes=9)
CUSTOMERS = 2000
PRICE, QUANTITY = Decimal("600.00"), Decimal(100)
AMOUNT = PRICE * QUANTITY
K = EntryKind
LIFE: tuple[tuple[Book, EntryKind, int, Decimal, Decimal | None], ...] = (
    (Book.SALES, K.CONTRACT, 0, AMOUNT, None),
    (Book.FINANCE, K.CONTRACT, 0, AMOUNT, None),
    (Book.FINANCE, K.RECEIPT, 5, AMOUNT * Decimal("0.3"), None),
    (Book.SALES, K.PRODUCTION, 20, AMOUNT, QUANTITY),
    (Book.SALES, K.INBOUND, 21, AMOUNT, QUANTITY),
    (Book.SALES, K.DISPATCH, 25, AMOUNT, QUANTITY),
    (Book.FINANCE, K.DELIVERY, 27, AMOUNT, QUANTITY),
    (Book.FINANCE, K.RECEIPT, 40, AMOUNT * Decimal("0.5"), None),
    (Book.FINANCE, K.INVOICE, 41, AMOUNT, None),
)
"""What is entered of a contract: book, kind, days after the seal, yuan, quantity. The last fifth stays unpaid."""
TABLES = (
    *("cases", "contracts_drawn", "documents", "contract_versions", "contract_lines", "seal_register"),
    *("contracts", "ledger_books", "ledger_entries", "ledger_accounts", "ledger_goods"),
)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Sealed:
    """One contract of the heap."""

    place: int

    @property
    def number(self) -> str:
        return f"HT-{self.at.year}-{self.place:06d}"

    @property
    def case_no(self) -> str:
        return self.number.replace("HT", "SB")

    @property
    def customer_no(self) -> str:
        return f"K{self.place * 7919 % CUSTOMERS:05d}"

    @property
    def at(self) -> datetime:
        return FIRST_SEAL + STEP * self.place

    @property
    def content(self) -> bytes:
        return f"%PDF-1.7 {self.number}".encode()

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def delivery(self) -> date:
        return (self.at + timedelta(days=30)).date()


def fill(engine: Engine, count: int) -> None:
    """Put `count` contracts in."""
    contracts = [Sealed(place) for place in range(1, count + 1)]
    with engine.begin() as connection, _untriggered(connection):
        _papers(connection, contracts)
        _books(connection, contracts)
        _sums(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _untriggered(connection: Connection) -> Iterator[None]:
    for table in TABLES:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    yield
    for table in TABLES:
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def _copy(connection: Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _papers(connection: Connection, contracts: Sequence[Sealed]) -> None:
    _copy(
        connection,
        "cases",
        "case_no, kind, applicant, applicant_name, state, status_text, opened_at",
        ((one.case_no, "declaration", "x", "x", "sealed", "", one.at) for one in contracts),
    )
    _copy(
        connection,
        "contracts_drawn",
        "contract_no, case_no, state",
        ((one.number, one.case_no, "sealed") for one in contracts),
    )
    _copy(
        connection,
        "documents",
        "number, version, kind, case_no, sha256, content, media_type, filename, state, created_at",
        (
            (
                one.number,
                1,
                "HT",
                one.case_no,
                one.digest,
                one.content,
                "application/pdf",
                "x.pdf",
                "valid",
                one.at,
            )
            for one in contracts
        ),
    )
    _copy(
        connection,
        "contract_versions",
        "contract_no, version, declaration_no, declaration_revision, customer_no, customer_name, salesperson,"
        " delivery_date, payment_terms, payment_terms_text, remarks, total, document_sha256, drawn_at, state",
        (
            (
                *(
                    one.number,
                    1,
                    one.case_no,
                    1,
                    one.customer_no,
                    f"客户{one.customer_no}",
                    "zhaolei",
                    one.delivery,
                ),
                *("T30-70", "预付30%", "", AMOUNT, one.digest, one.at, "sealed"),
            )
            for one in contracts
        ),
    )
    _copy(
        connection,
        "contract_lines",
        "contract_no, version, line_no, product_no, product_name, unit, specification, quantity, unit_price, amount",
        ((one.number, 1, 1, "P001", "输送带", "米", "ST1250", QUANTITY, PRICE, AMOUNT) for one in contracts),
    )
    _copy(
        connection,
        "seal_register",
        "contract_no, contract_version, document_sha256, sealed_by, sealed_at, copies, remark",
        ((one.number, 1, one.digest, "x", one.at, 4, "") for one in contracts),
    )
    _copy(
        connection,
        "contracts",
        "contract_no, version, case_no, customer_no, customer_name, salesperson, amount, delivery_date,"
        " document_sha256, status, sealed_at, origin, payment_terms, policy_version, needs_jointing,"
        " commission_permille, invoice_gate_percent",
        (
            (
                *(one.number, 1, one.case_no, one.customer_no, f"客户{one.customer_no}", "zhaolei", AMOUNT),
                *(one.delivery, one.digest, "in_force" if one.place % 50 else "completed", one.at),
                *("approval", "T30-70", 1, False, 12, Decimal(60)),
            )
            for one in contracts
        ),
    )


def _books(connection: Connection, contracts: Sequence[Sealed]) -> None:
    """Entries in the order of their days, each book with its chain."""
    made = sorted(
        (one.at + timedelta(days=days), one.place, index)
        for one in contracts
        for index, (_, _, days, *_) in enumerate(LIFE)
    )
    heads = dict.fromkeys(Book, (0, GENESIS))
    columns = (
        *("book", "seq", "contract_no", "kind", "line_no", "quantity", "amount", "posted_at", "value_date"),
        *("period", "reference", "reference_sha256", "reason", "prev_hash", "hash"),
    )

    def rows() -> Iterator[Row]:
        for at, place, index in made:
            entry = _entry(contracts[place - 1], at, index)
            seq, before = heads[Book(entry.book)]
            entry.seq, entry.prev_hash = seq + 1, before
            entry.hash = hash_of(entry)
            heads[Book(entry.book)] = (entry.seq, entry.hash)
            yield tuple(getattr(entry, name) for name in columns)

    connection.execute(text("INSERT INTO ledger_books VALUES ('sales', 0, ''), ('finance', 0, '')"))
    _copy(connection, "ledger_entries", ", ".join(columns), rows())
    for book, (seq, head) in heads.items():
        connection.execute(
            text("UPDATE ledger_books SET last_seq = :seq, last_hash = :head WHERE book = :book"),
            {"seq": seq, "head": head, "book": book},
        )


def _entry(contract: Sealed, at: datetime, index: int) -> LedgerEntry:
    book, kind, _, amount, quantity = LIFE[index]
    is_contract = kind is K.CONTRACT
    return LedgerEntry(
        book=str(book),
        contract_no=contract.number,
        kind=str(kind),
        line_no=None if quantity is None else 1,
        quantity=quantity,
        amount=amount,
        posted_at=at,
        value_date=at.date(),
        period=at.date().replace(day=1),
        reference=f"{contract.number} 第1版" if is_contract else f"{contract.number}-{index}",
        reference_sha256=contract.digest if is_contract else None,
        reason="",
    )


def _sums(connection: Connection) -> None:
    connection.execute(
        text(
            "INSERT INTO ledger_accounts (contract_no, amount, received, invoiced, produced, stored, dispatched,"
            " delivered, commission_permille, invoice_gate_percent)"
            " SELECT c.contract_no, c.amount, c.amount * 0.8, c.amount, c.amount, c.amount, c.amount, c.amount,"
            " c.commission_permille, c.invoice_gate_percent FROM contracts c"
        )
    )
    connection.execute(
        text(
            "INSERT INTO ledger_goods SELECT contract_no, line_no, product_no, product_name, unit, specification,"
            " unit_price, quantity, quantity, quantity, quantity, quantity, 0, 0 FROM contract_lines"
        )
    )
