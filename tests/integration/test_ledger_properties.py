"""Random events against a simple model: the books take what the rules allow, and nothing else (C4, C7–C13, X6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.orm import Session

from tests.integration.ledger_desk import CUSTOMER, NUMBER, Desk, draw, in_force, line
from tests.integration.ledger_model import MONEY, SALES_GOODS, Event, Model
from workers import debts, ledger
from workers.calendar import SHANGHAI
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind, LedgerEntry, invariants
from workers.ledger.account import Account, GoodsLine

SLOW = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}

YUAN = [Decimal(one) for one in ("0.01", "1", "7.20", "100", "399.99", "400", "599.99", "600", "1000")]
UNITS = [Decimal(one) for one in ("0.001", "0.5", "33.333", "50", "66.667", "100", "100.001")]
COMMISSION = [Decimal(one) for one in ("0.01", "4.80", "7.20", "12", "12.01")]
KINDS = {**dict.fromkeys(MONEY, YUAN), "credit_note": YUAN, "balance": YUAN} | {
    **dict.fromkeys(SALES_GOODS, UNITS),
    "delivery": UNITS,
    "take_back": UNITS,
    **dict.fromkeys(("commission", "payout", "offset"), COMMISSION),
}


def events() -> st.SearchStrategy[Event]:
    """Entries at the limits and around them, reversals, amendments, months that end."""
    entries = [
        st.builds(Event, st.just(what), st.sampled_from([*numbers, -numbers[0], -numbers[-1]]))
        for what, numbers in KINDS.items()
    ]
    goods = [st.builds(Event, st.just(what), st.sampled_from(UNITS)) for what in SALES_GOODS]
    others = [
        st.builds(Event, st.just("reverse"), st.integers(0, 12).map(Decimal)),
        st.builds(Event, st.just("amend"), st.sampled_from([Decimal(one) for one in (50, 100, 150)])),
        st.builds(Event, st.just("refund"), st.sampled_from([Decimal(50), Decimal("55.5")])),
        st.just(Event("close")),
    ]
    return st.one_of(*entries, *goods, *(others * 4))


ROUTE = [
    Event(what, Decimal(number))
    for what, number in (
        *(("production", "100"), ("inbound", "100"), ("dispatch", "50"), ("delivery", "50")),
        *(("receipt", "100"), ("receipt", "500"), ("invoice", "500"), ("credit_note", "400")),
        *(("commission", "3.60"), ("payout", "2.40"), ("offset", "0.01")),
    )
]
"""A contract's usual way: a start from it lets random events go further."""


class Books:
    """The real books of one contract, driven by the model's events."""

    def __init__(self, session: Session) -> None:
        self.desk = Desk(session, in_force(session))
        self.session = session
        self.entries: list[LedgerEntry] = []
        self.month = date(2026, 3, 1)
        self.version = 1

    def do(self, event: Event) -> bool:
        """Try the event; False when the ledger refuses it."""
        with self.session.begin_nested() as savepoint:
            try:
                self._do(event)
            except ledger.InvariantBroken:
                savepoint.rollback()
                return False
            except ledger.AlreadyBooked:
                raise
            except InvalidInput:
                savepoint.rollback()
                return False
        return True

    def _do(self, event: Event) -> None:
        if event.what == "reverse":
            self._reverse(int(event.number))
        elif event.what in ("amend", "refund"):
            self._amend(event.number, back=event.what == "refund")
        elif event.what == "close":
            self._close()
        elif event.what in ("delivery", "take_back"):
            kind = EntryKind.DELIVERY if event.what == "delivery" else EntryKind.RETURN
            self._enter(Book.FINANCE, kind, quantity=event.number)
        elif event.what in SALES_GOODS:
            self._enter(Book.SALES, EntryKind(event.what), quantity=event.number)
        else:
            book = Book.SALES if event.what == "commission" else Book.FINANCE
            self._enter(book, EntryKind(event.what), amount=event.number)

    def _enter(
        self, book: Book, kind: EntryKind, amount: Decimal | None = None, quantity: Decimal | None = None
    ) -> None:
        line_no = None if quantity is None else 1
        self.entries.append(self.desk.post(book, kind, amount, line_no=line_no, quantity=quantity))

    def _reverse(self, place: int) -> None:
        if place >= len(self.entries):
            raise InvalidInput("there is none")
        wrong = self.entries[place]
        ledger.reverse(self.session, Book(wrong.book), wrong.seq, reason="误登", posted_at=self.desk.at)

    def _amend(self, ordered: Decimal, *, back: bool) -> None:
        lines = [line(ordered=str(ordered))]
        drawn = draw(self.session, NUMBER, self.version + 1, lines, f"BG-{self.version}")
        account = self.desk.account
        too_much = max(Decimal(0), account.received + account.written_off - drawn.total)
        paper = ledger.reference(NUMBER, self.version + 1)
        day = self.month
        given_back = (
            debts.give_back(
                self.session, NUMBER, too_much, reference=paper, value_date=day, reason="合同变更"
            )
            if back and too_much
            else ()
        )
        finance = ledger.amend(
            self.session,
            NUMBER,
            version=self.version + 1,
            amount=drawn.total,
            delivery_date=drawn.delivery_date,
            document_sha256=drawn.document_sha256,
            lines=lines,
            value_date=day,
            posted_at=self.desk.at,
            with_it=given_back,
        )[Book.FINANCE]
        self.version += 1
        followed = ledger.standing(ledger.entries(self.session, NUMBER, book=Book.FINANCE))
        self.entries += [one for one in followed if one.seq > finance.seq]

    def _close(self) -> None:
        """The month ends: it is closed on the first of the next one."""
        after = self.month.replace(month=self.month.month + 1)
        self.desk.at = datetime(after.year, after.month, 1, 9, 0, tzinfo=SHANGHAI)
        ledger.close_month(self.session, self.month, "xuhong", self.desk.at)
        self.month = after


@pytest.mark.rule("C4", "C7", "C8", "C9", "C11", "C12", "C13", "A4", "A6", "X6")
@pytest.mark.parametrize("start", [[], ROUTE], ids=["from the seal", "from the middle"])
@settings(max_examples=30, **SLOW)
@given(st.lists(events(), min_size=1, max_size=12))
def test_the_books_take_what_the_model_allows_and_nothing_else(
    session: Session, start: list[Event], tried: list[Event]
) -> None:
    with session.begin_nested() as example:
        books, model = Books(session), Model()
        for one in start:
            assert books.do(one)
            model = model.after(one) or model
        for one in tried:
            wanted = model if one.what == "close" and books.month.month < 12 else model.after(one)
            assert books.do(one) == (wanted is not None), one
            event(f"{one.what} {'taken' if wanted else 'refused'}")
            model = wanted or model
            agree(session, books, model)
        example.rollback()
    session.expire_all()


def agree(session: Session, books: Books, model: Model) -> None:
    """Model and account are the same, every invariant holds, and the verification finds nothing."""
    account, (goods,) = ledger.account(session, NUMBER), ledger.goods(session, NUMBER)
    assert {name: getattr(account, name) for name in model.money} == model.money
    assert {name: getattr(goods, name) for name in model.goods} == model.goods
    assert (account.amount, goods.ordered) == (model.amount, model.ordered)
    assert ledger.customer_balance(session, CUSTOMER) == model.balance
    assert invariants.of_account(account) == invariants.of_goods(goods) == []
    out = goods.dispatched - goods.returned
    values = (account.produced, account.stored, account.dispatched, account.delivered)
    assert values == tuple(
        goods.value_of(one) for one in (goods.produced, goods.stored - goods.scrapped, out, goods.delivered)
    )
    assert {one.month for one in books.entries if one.posted_at == books.desk.at} <= {books.month}
    assert ledger.verify(session) == []


SUMS = st.decimals("-1", "1000", places=2) | st.sampled_from([Decimal(0), Decimal(600), Decimal(1000)])
QUANTITIES = st.decimals("-1", "100", places=3) | st.sampled_from([Decimal(0), Decimal(50), Decimal(100)])
ACCOUNTS = st.builds(
    Account,
    st.just("X"),
    **dict.fromkeys(
        ("amount", "received", "invoiced", "written_off", "accrued", "withheld", "paid_out"), SUMS
    ),
    commission_permille=st.integers(0, 1000),
    invoice_gate_percent=st.sampled_from(
        [Decimal("0.00"), Decimal("60.00"), Decimal("59.99"), Decimal("100.00")]
    ),
)
LINES = st.builds(
    GoodsLine,
    *(st.just(1), st.just("P"), st.just("P"), st.just("米"), st.just(""), SUMS, QUANTITIES),
    **dict.fromkeys(("produced", "stored", "dispatched", "delivered", "returned", "scrapped"), QUANTITIES),
)


@pytest.mark.rule("C4")
@settings(max_examples=300, **SLOW)
@given(ACCOUNTS, LINES, SUMS)
def test_the_database_and_the_code_read_every_rule_alike(
    session: Session, account: Account, goods: GoodsLine, balance: Decimal
) -> None:
    checks: list[tuple[str, object, Callable[[], list[invariants.Broken]]]] = [
        ("ledger_accounts", account, lambda: invariants.of_account(account)),
        ("ledger_goods", goods, lambda: invariants.of_goods(goods)),
        ("ledger_customers", None, lambda: invariants.of_balance(balance)),
    ]
    for table, one, broken in checks:
        values = {"balance": balance} if one is None else vars(one)
        row = database_says(session, table, values)
        assert {name for name, holds in row._mapping.items() if not holds} == {
            found.name for found in broken()
        }


def database_says(session: Session, table: str, values: dict[str, object]) -> Row[tuple[bool, ...]]:
    """What the CHECKs of a table would say of such a row."""
    numbers = {name: value for name, value in values.items() if isinstance(value, Decimal | int)}
    columns = ", ".join(f"CAST(:{name} AS numeric) AS {name}" for name in numbers)
    rules = ", ".join(f"({rule.sql}) AS {rule.name}" for rule in invariants.RULES[table])
    query = text(f"SELECT {rules} FROM (SELECT {columns}) one")
    return session.execute(
        query.bindparams(*(bindparam(name, value) for name, value in numbers.items()))
    ).one()


@pytest.mark.rule("C8")
@settings(max_examples=25, **SLOW)
@given(
    st.lists(st.decimals("0.001", "9.999", places=3), min_size=1, max_size=6),
    st.decimals("0.01", "99.99", places=2),
)
def test_however_a_line_is_divided_its_deliveries_add_up_to_its_amount(
    session: Session, parts: list[Decimal], price: Decimal
) -> None:
    with session.begin_nested() as example:
        whole = line(price=str(price), ordered=str(sum(parts)))
        desk = Desk(session, in_force(session, lines=[whole]))
        for part in parts:
            desk.delivered(str(part))
        assert desk.account.delivered == desk.account.amount == whole.amount
        query = select(LedgerEntry.amount).where(LedgerEntry.kind == EntryKind.DELIVERY)
        assert all(amount >= 0 for amount in session.scalars(query))
        example.rollback()
    session.expire_all()
