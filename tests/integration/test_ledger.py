"""The ledgers on the real database: entered once in both books, chained, and every forgery found (C4, X6)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner

from tests.integration.ledger_desk import clear, unguarded
from workers import cases, documents, ledger
from workers.calendar import SHANGHAI
from workers.contract.store import SEALED, SIGNED, ContractLine, ContractVersion, DrawnContract, SealUse
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.ledger import Book, ContractRow, EntryKind, LedgerEntry, books, tasks
from workers.ledger.chain import hash_of
from workers.ledger.commands import make_ledger_commands
from workers.ledger.messages import ContractRegistered, RegisterContract
from workers.ledger.views import UnknownContract
from workers.runtime import TaskContext

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
AMOUNT = Decimal("1234567.89")
NUMBER = "HT-2026-7001"
CASE = "SB-2026-7001"


def task_of(case_no: str, task_id: str = "task") -> TaskContext:
    return TaskContext(task_id, "ledger.register_contract", case_no, "instance", "process", "step", None, NOW)


def seal(session: Session, number: str = NUMBER, case_no: str = CASE, amount: Decimal = AMOUNT) -> None:
    """A case with a contract that has just been sealed, with its papers."""
    cases.open_case(session, case_no, "declaration", "chenxiaoyan", "陈晓燕", NOW)
    document = documents.file(
        session,
        number=number,
        kind="HT",
        case_no=case_no,
        content=b"%PDF-1.7 " + number.encode(),
        media_type="application/pdf",
        filename=f"{number}.pdf",
        at=NOW,
    )
    session.add(DrawnContract(contract_no=number, case_no=case_no))
    session.flush()
    version = ContractVersion(
        contract_no=number,
        version=1,
        declaration_no=case_no,
        declaration_revision=1,
        customer_no="C001",
        customer_name="华东机械有限公司",
        salesperson="liuyang",
        delivery_date=date(2026, 5, 1),
        payment_terms="prepaid",
        payment_terms_text="款到发货",
        remarks="",
        total=amount,
        document_sha256=document.sha256,
        drawn_at=NOW,
        state=SIGNED,
        lines=[
            ContractLine(
                line_no=1,
                product_no="P001",
                product_name="输送带",
                unit="条",
                specification="",
                quantity=1,
                unit_price=amount,
                amount=amount,
            )
        ],
    )
    session.add(version)
    session.flush()
    session.add(
        SealUse(
            contract_no=number,
            contract_version=1,
            document_sha256=document.sha256,
            sealed_by="chenxiaoyan",
            sealed_at=NOW,
            copies=4,
            remark="",
        )
    )
    version.state = SEALED
    contract = ContractRow(
        contract_no=number,
        version=1,
        case_no=case_no,
        customer_no="C001",
        customer_name="华东机械有限公司",
        salesperson="liuyang",
        amount=amount,
        delivery_date=date(2026, 5, 1),
        document_sha256=document.sha256,
        sealed_at=NOW,
        payment_terms="prepaid",
        policy_version=1,
        commission_permille=12,
        invoice_gate_percent=Decimal(60),
    )
    ledger.enrol(session, contract, [goods_line(amount)])


def goods_line(amount: Decimal, **fields: Any) -> ledger.GoodsLine:
    """A line of one piece, whatever it costs."""
    known = {
        "line_no": 1,
        "product_no": "P001",
        "product_name": "输送带",
        "unit": "条",
        "specification": "",
        "unit_price": amount,
        "ordered": Decimal(1),
    }
    return ledger.GoodsLine(**{**known, **fields})


def register(session: Session, case_no: str = CASE, task_id: str = "task") -> ContractRegistered:
    """What the process's last step does."""
    uow = UnitOfWork(lambda: session)
    uow.session = session
    return tasks.register_contract(RegisterContract(), uow, task_of(case_no, task_id))


def entries(session: Session, number: str = NUMBER) -> list[LedgerEntry]:
    query = select(LedgerEntry).where(LedgerEntry.contract_no == number).order_by(LedgerEntry.book)
    return list(session.scalars(query))


def found(session: Session) -> set[tuple[str, str | None]]:
    """What the verification complains of: code and contract."""
    session.expire_all()
    return {(one.code, one.contract_no) for one in ledger.verify(session)}


@pytest.fixture
def registered(session: Session) -> ContractRegistered:
    seal(session)
    return register(session)


@pytest.mark.rule("C4", "X6")
def test_a_sealed_contract_stands_once_in_each_book(session: Session, registered: ContractRegistered) -> None:
    finance, sales = entries(session)
    assert (finance.book, sales.book) == ("finance", "sales")
    assert (finance.seq, sales.seq) == (registered.finance_seq, registered.sales_seq)
    for entry in (finance, sales):
        assert (entry.kind, entry.amount, entry.value_date) == ("contract", AMOUNT, NOW.date())
    assert registered.contract_no == NUMBER
    assert "已生效" in registered.case_status
    assert [line.action for line in registered.case_history] == ["提出", "登记台帐"]
    assert found(session) == set()


@pytest.mark.rule("C4", "X6")
def test_registering_again_enters_nothing_twice(session: Session, registered: ContractRegistered) -> None:
    assert register(session, task_id="another") == registered
    assert len(entries(session)) == 2


def test_a_case_without_a_sealed_contract_is_an_incident(session: Session) -> None:
    cases.open_case(session, CASE, "declaration", "chenxiaoyan", "陈晓燕", NOW)
    with pytest.raises(InvalidInput, match="no sealed contract"):
        register(session)


@pytest.mark.rule("C4")
@pytest.mark.usefixtures("registered")
def test_a_contract_is_shown_with_its_figures_and_both_books(session: Session) -> None:
    booked: list[tuple[Book, EntryKind, str, str]] = [
        (Book.FINANCE, EntryKind.RECEIPT, "500", "收据-1"),
        (Book.SALES, EntryKind.INVOICE_REQUEST, "300", "发票申请-1"),
    ]
    for book, kind, amount, paper in booked:
        on = date(2026, 4, 1)
        ledger.post(
            session, book, kind, NUMBER, Decimal(amount), value_date=on, reference=paper, posted_at=NOW
        )
    shown = ledger.show(session, NUMBER).model_dump(mode="json")
    assert (shown["amount"], shown["received"], shown["delivered"]) == ("1234567.89", "500.00", "0.00")
    assert (shown["customer"], shown["status"]) == ("华东机械有限公司", "in_force")
    assert [one["kind"] for one in shown["books"]["sales"]] == ["contract", "invoice_request"]
    assert [one["kind"] for one in shown["books"]["finance"]] == ["contract", "receipt"]
    assert NUMBER in [one.contract_no for one in ledger.list_contracts(session).contracts]
    assert ledger.find(session, "HT-1999-0001") is None
    with pytest.raises(UnknownContract):
        ledger.show(session, "HT-1999-0001")


@pytest.mark.rule("C4")
@pytest.mark.usefixtures("registered")
def test_a_paper_is_booked_once_and_reversed_once_with_a_reason(session: Session) -> None:
    def receive(reference: str) -> LedgerEntry:
        return ledger.post(
            session,
            Book.FINANCE,
            EntryKind.RECEIPT,
            NUMBER,
            Decimal("500.00"),
            value_date=NOW.date(),
            reference=reference,
            posted_at=NOW,
        )

    seq = receive("收据-1").seq
    with pytest.raises(ledger.AlreadyBooked) as refused:
        receive("收据-1")
    assert refused.value.entry.seq == seq
    back = books.reverse(session, Book.FINANCE, seq, reason="重复入账", posted_at=NOW)
    assert (back.amount, back.reverses, back.seq) == (Decimal("-500.00"), seq, seq + 1)
    with pytest.raises(InvalidInput, match="already"):
        books.reverse(session, Book.FINANCE, seq, reason="重复入账", posted_at=NOW)
    with pytest.raises(InvalidInput):
        books.reverse(session, Book.FINANCE, back.seq, reason="冲销的冲销", posted_at=NOW)
    receive("收据-1 更正")
    assert ledger.show(session, NUMBER).received == Decimal("500.00")
    assert found(session) == set()


FORGERIES = {
    "contract_no": "'HT-2026-7002'",
    "customer_no": "'C002'",
    "line_no": "7",
    "quantity": "1",
    "period": "period - interval '1 month'",
    "kind": "'receipt'",
    "amount": "amount - 0.01",
    "posted_at": "posted_at - interval '1 day'",
    "value_date": "value_date - 1",
    "reference": "'另一份合同'",
    "reference_sha256": "repeat('0', 64)",
    "reverses": "1",
    "reason": "'补记'",
    "prev_hash": "repeat('1', 64)",
    "hash": "repeat('2', 64)",
}


def test_every_column_of_an_entry_is_tried_below() -> None:
    assert {column.name for column in LedgerEntry.__table__.columns} == {*FORGERIES, "book", "seq"}


@pytest.mark.rule("C4")
@pytest.mark.parametrize("column", FORGERIES)
@pytest.mark.parametrize("book", list(Book))
@pytest.mark.tampers("forges an entry")
def test_an_altered_entry_is_found(session: Session, column: str, book: Book) -> None:
    seal(session, "HT-2026-7002", "SB-2026-7002")
    register(session, "SB-2026-7002")
    seal(session)
    seq = {Book.SALES: register(session).sales_seq, Book.FINANCE: register(session).finance_seq}[book]
    with unguarded(session, "ledger_entries"):
        session.execute(
            text("ALTER TABLE ledger_entries DROP CONSTRAINT ck_ledger_entries_a_reversal_says_why")
        )
        session.execute(text("DROP INDEX uq_ledger_entries_one_contract_entry"))
        session.execute(text("DROP INDEX uq_ledger_entries_one_entry_per_paper"))
        session.execute(
            text(
                f"UPDATE ledger_entries SET {column} = {FORGERIES[column]} WHERE book = :book AND seq = :seq"
            ),
            {"book": book, "seq": seq},
        )
    session.expire_all()
    findings = [one for one in ledger.verify(session) if one.code == "entry_altered"]
    assert [(one.book, one.seq) for one in findings] == [(book, seq)]


@pytest.mark.rule("C4")
@pytest.mark.tampers("forges an entry with its hash")
def test_a_forger_who_recomputes_the_hash_still_breaks_the_chain(
    session: Session, registered: ContractRegistered
) -> None:
    seal(session, "HT-2026-7002", "SB-2026-7002")
    register(session, "SB-2026-7002")
    entry = entries(session)[0]
    entry.reference = "另一份合同"
    forged = hash_of(entry)
    session.expire(entry)
    with unguarded(session, "ledger_entries"):
        session.execute(
            text(
                "UPDATE ledger_entries SET reference = '另一份合同', hash = :hash WHERE book = :book AND seq = :seq"
            ),
            {"hash": forged, "book": "finance", "seq": registered.finance_seq},
        )
    assert found(session) == {("chain_broken", "HT-2026-7002")}


@pytest.mark.rule("C4")
@pytest.mark.tampers("removes entries")
def test_a_missing_entry_is_found_in_the_middle_and_at_the_end(session: Session) -> None:
    seal(session)
    first = register(session)
    seal(session, "HT-2026-7002", "SB-2026-7002")
    last = register(session, "SB-2026-7002")
    with unguarded(session, "ledger_entries"):
        remove = text("DELETE FROM ledger_entries WHERE book = :book AND seq = :seq")
        session.execute(remove, {"book": "sales", "seq": first.sales_seq})
        session.execute(remove, {"book": "finance", "seq": last.finance_seq})
    assert found(session) == {
        ("gap", "HT-2026-7002"),
        ("entry_missing", NUMBER),
        ("head_mismatch", None),
        ("entry_missing", "HT-2026-7002"),
        ("account_differs", "HT-2026-7002"),
    }


@pytest.mark.rule("C4")
@pytest.mark.usefixtures("registered")
@pytest.mark.tampers("sets a book's head back")
def test_a_head_that_was_set_back_is_found(session: Session) -> None:
    back = text("UPDATE ledger_books SET last_seq = last_seq - 1 WHERE book = 'sales'")
    with pytest.raises(DBAPIError, match="by one"), session.begin_nested():
        session.execute(back)
    with unguarded(session, "ledger_books"):
        session.execute(back)
    assert found(session) == {("head_mismatch", None)}


@pytest.mark.rule("C4")
@pytest.mark.parametrize(
    ("table", "change", "codes"),
    [
        ("contracts", "UPDATE contracts SET amount = amount + 1", {"amount_differs", "lines_differ"}),
        (
            "contracts",
            "UPDATE contracts SET document_sha256 = repeat('0', 64)",
            {"document_differs", "document_altered", "seal_differs"},
        ),
        ("seal_register", "UPDATE seal_register SET document_sha256 = repeat('0', 64)", {"seal_differs"}),
        ("seal_register", "DELETE FROM seal_register", {"seal_missing"}),
        (
            "documents",
            "UPDATE documents SET content = '\\x00', sha256 = encode(sha256('\\x00'), 'hex')",
            {"document_altered"},
        ),
        ("documents", "UPDATE documents SET state = 'void'", {"document_not_valid"}),
    ],
)
@pytest.mark.usefixtures("registered")
@pytest.mark.tampers("changes a contract or a paper of it")
def test_a_contract_or_paper_that_was_changed_is_found(
    session: Session, table: str, change: str, codes: set[str]
) -> None:
    number = "number" if table == "documents" else "contract_no"
    with unguarded(session, table):
        session.execute(text(f"{change} WHERE {number} = :number"), {"number": NUMBER})
    assert found(session) == {(code, NUMBER) for code in codes}


@pytest.mark.rule("C4")
@pytest.mark.tampers("one side alone reverses a contract")
def test_a_contract_that_one_side_has_reversed_is_a_difference(
    session: Session, registered: ContractRegistered
) -> None:
    books.reverse(session, Book.SALES, registered.sales_seq, reason="误登", posted_at=NOW)
    assert found(session) == {("books_differ", NUMBER)}


@pytest.mark.rule("C4")
@pytest.mark.tampers("a sealed contract stays out of the books")
def test_a_sealed_contract_that_never_reached_the_books_is_found_after_a_while(session: Session) -> None:
    seal(session)
    assert found(session) == {("contract_without_entries", NUMBER)}
    recent = timedelta(days=36500)
    assert ledger.verify(session, recent) == []


@pytest.mark.rule("C4")
@pytest.mark.parametrize("how", ["DISABLE TRIGGER {1}", "ENABLE REPLICA TRIGGER {1}"])
@pytest.mark.parametrize(
    ("table", "trigger"),
    [("ledger_entries", "ledger_entries_append_only"), ("documents", "documents_as_filed")],
)
@pytest.mark.tampers("switches a trigger off")
def test_a_guard_that_is_off_is_found(session: Session, how: str, table: str, trigger: str) -> None:
    session.execute(text(f"ALTER TABLE {table} {how.format(table, trigger)}"))
    messages = [one.message for one in ledger.verify(session) if one.code == "guard_missing"]
    assert messages == [f"trigger {trigger} on {table} is gone or off"]


@pytest.mark.rule("C4")
@pytest.mark.tampers("makes the triggers let everything pass")
def test_a_guard_that_lets_everything_pass_is_found(session: Session) -> None:
    session.execute(
        text(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NULL; END'"
        )
    )
    assert "guard_open" in {code for code, _ in found(session)}


@pytest.mark.rule("C4", "X6")
def test_contracts_registered_at_the_same_moment_leave_no_gap(session_factory: sessionmaker[Session]) -> None:
    cases_of = {f"SB-2026-80{number:02}": f"HT-2026-80{number:02}" for number in range(12)}
    with session_factory.begin() as session:
        for case_no, number in cases_of.items():
            seal(session, number, case_no)

    def enter(case_no: str) -> tuple[str, int, int]:
        with UnitOfWork(session_factory) as uow:
            done = tasks.register_contract(RegisterContract(), uow, task_of(case_no))
        return done.contract_no, done.sales_seq, done.finance_seq

    try:
        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(enter, [*cases_of, *cases_of]))  # each of them twice: deliveries overlap
        with session_factory() as session:
            findings = ledger.verify(session)
    finally:
        with session_factory.begin() as session:
            clear(session, [*cases_of, *cases_of.values()])

    assert findings == []
    assert {number for number, _, _ in done} == set(cases_of.values())
    for seqs in ({sales for _, sales, _ in done}, {finance for _, _, finance in done}):
        assert len(seqs) == len(cases_of)
        assert max(seqs) - min(seqs) == len(cases_of) - 1


@pytest.mark.usefixtures("registered")
@pytest.mark.tampers("changes a contract's amount")
def test_the_command_line_shows_lists_and_verifies(session: Session) -> None:
    sessions = sessionmaker(session.connection(), join_transaction_mode="create_savepoint")
    commands = make_ledger_commands(lambda: sessions)
    run = CliRunner().invoke
    session.flush()

    shown = run(commands, ["show", NUMBER, "--json"])
    assert json.loads(shown.stdout)["books"]["sales"][0]["amount"] == "1234567.89"
    assert "¥1,234,567.89" in run(commands, ["show", NUMBER]).stdout
    assert run(commands, ["show", "HT-1999-0001"]).exit_code == 1
    listed = json.loads(run(commands, ["list", "--json"]).stdout)
    assert NUMBER in [one["contract_no"] for one in listed]
    assert run(commands, ["verify"]).exit_code == 0

    with unguarded(session, "contracts"):
        session.execute(text("UPDATE contracts SET amount = 1 WHERE contract_no = :no"), {"no": NUMBER})
    failed = run(commands, ["verify", "--json"])
    assert failed.exit_code == 1
    assert {one["code"] for one in json.loads(failed.stdout)} == {"amount_differs", "lines_differ"}


@pytest.mark.rule("C4")
@pytest.mark.usefixtures("registered")
def test_what_a_contract_was_sealed_with_cannot_be_changed(session: Session) -> None:
    for table, number in (
        ("contracts", "contract_no"),
        ("contract_versions", "contract_no"),
        ("documents", "number"),
    ):
        column = (
            "filename" if table == "documents" else "customer_no" if table == "contracts" else "salesperson"
        )
        with pytest.raises(DBAPIError, match="stays as it was"), session.begin_nested():
            session.execute(text(f"UPDATE {table} SET {column} = 'X' WHERE {number} = :no"), {"no": NUMBER})
    assert session.get(ContractRow, NUMBER) is not None
