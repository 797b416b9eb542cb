"""The sums that the database keeps, against what the entries add up to, and against the invariants (C4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from workers.ledger.effects import ACCOUNT, GOODS, Effect
from workers.ledger.findings import Finding
from workers.ledger.invariants import RULES
from workers.ledger.store import (
    Book,
    ContractRow,
    EntryKind,
    LedgerAccount,
    LedgerCustomer,
    LedgerEntry,
    LedgerGoods,
)


def sum_findings(session: Session) -> Iterator[Finding]:
    """Everything that is wrong with accounts, goods and balances."""
    yield from _accounts(session)
    yield from _terms(session)
    yield from _goods(session)
    yield from _lines(session)
    yield from _balances(session)
    yield from _broken_rules(session)


def _totals(
    effects: dict[tuple[Book, EntryKind], Effect], of: InstrumentedAttribute[Any]
) -> dict[str, ColumnElement[Decimal]]:
    """By field: the SQL that adds up what the entries did to it."""
    ways: defaultdict[str, list[tuple[ColumnElement[bool], ColumnElement[Any]]]] = defaultdict(list)
    for (book, kind), (field, sign) in effects.items():
        moved = and_(LedgerEntry.book == str(book), LedgerEntry.kind == str(kind))
        ways[field].append((moved, of * sign))
    return {field: func.coalesce(func.sum(case(*some, else_=0)), 0) for field, some in ways.items()}


@cache
def _account_query() -> tuple[tuple[str, ...], Select[Any]]:
    totals = _totals(ACCOUNT, LedgerEntry.amount)
    actual = (
        select(LedgerEntry.contract_no, *(total.label(field) for field, total in totals.items()))
        .where(LedgerEntry.contract_no.is_not(None))
        .group_by(LedgerEntry.contract_no)
        .subquery()
    )
    kept = {field: getattr(LedgerAccount, field) for field in totals}
    entered = {field: func.coalesce(actual.c[field], 0) for field in totals}
    query = (
        select(ContractRow.contract_no, LedgerAccount.contract_no.is_(None).label("missing"))
        .add_columns(*(kept[field].label(f"kept_{field}") for field in totals))
        .add_columns(*(entered[field].label(f"entered_{field}") for field in totals))
        .outerjoin(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        .outerjoin(actual, actual.c.contract_no == ContractRow.contract_no)
        .where(or_(*(kept[field].is_distinct_from(entered[field]) for field in totals)))
        .order_by(ContractRow.contract_no)
    )
    return tuple(totals), query


def _accounts(session: Session) -> Iterator[Finding]:
    fields, query = _account_query()
    for row in session.execute(query).mappings():
        if row["missing"]:
            yield Finding(code="account_missing", message="it has no account", contract_no=row["contract_no"])
            continue
        for field in fields:
            account, entries = row[f"kept_{field}"], row[f"entered_{field}"]
            if account != entries:
                message = f"{field}: the account says {account}, the entries add up to {entries}"
                yield Finding(code="account_differs", message=message, contract_no=row["contract_no"])


def _terms(session: Session) -> Iterator[Finding]:
    query = (
        select(ContractRow.contract_no)
        .join(LedgerAccount, LedgerAccount.contract_no == ContractRow.contract_no)
        .where(
            or_(
                LedgerAccount.commission_permille != ContractRow.commission_permille,
                LedgerAccount.invoice_gate_percent != ContractRow.invoice_gate_percent,
            )
        )
    )
    for number in session.scalars(query.order_by(ContractRow.contract_no)):
        message = "the account's commission or invoice gate is not the contract's"
        yield Finding(code="terms_differ", message=message, contract_no=number)


@cache
def _goods_query() -> tuple[tuple[str, ...], Select[Any]]:
    totals = _totals(GOODS, LedgerEntry.quantity)
    actual = (
        select(
            LedgerEntry.contract_no,
            LedgerEntry.line_no,
            *(total.label(field) for field, total in totals.items()),
        )
        .where(LedgerEntry.line_no.is_not(None))
        .group_by(LedgerEntry.contract_no, LedgerEntry.line_no)
        .subquery()
    )
    same = and_(actual.c.contract_no == LedgerGoods.contract_no, actual.c.line_no == LedgerGoods.line_no)
    number = func.coalesce(LedgerGoods.contract_no, actual.c.contract_no)
    line = func.coalesce(LedgerGoods.line_no, actual.c.line_no)
    kept = {field: getattr(LedgerGoods, field) for field in totals}
    entered = {field: func.coalesce(actual.c[field], 0) for field in totals}
    query = (
        select(number.label("contract_no"), line.label("line_no"))
        .add_columns(*(kept[field].label(f"kept_{field}") for field in totals))
        .add_columns(*(entered[field].label(f"entered_{field}") for field in totals))
        .select_from(LedgerGoods)
        .join(actual, same, full=True)
        .where(or_(*(kept[field].is_distinct_from(entered[field]) for field in totals)))
        .order_by(number, line)
    )
    return tuple(totals), query


def _goods(session: Session) -> Iterator[Finding]:
    fields, query = _goods_query()
    for row in session.execute(query).mappings():
        for field in fields:
            goods, entries = row[f"kept_{field}"], row[f"entered_{field}"]
            if goods != entries:
                message = f"line {row['line_no']} {field}: kept {goods}, the entries add up to {entries}"
                yield Finding(code="goods_differ", message=message, contract_no=row["contract_no"])


def _lines(session: Session) -> Iterator[Finding]:
    """Lines must add up to the contract, as it is after its amendments."""
    total = func.sum(func.round(LedgerGoods.ordered * LedgerGoods.unit_price, 2))
    query = (
        select(ContractRow.contract_no, ContractRow.amount, total)
        .join(LedgerGoods, LedgerGoods.contract_no == ContractRow.contract_no)
        .group_by(ContractRow.contract_no)
        .having(total != ContractRow.amount)
        .order_by(ContractRow.contract_no)
    )
    for number, amount, lines in session.execute(query):
        message = f"its lines add up to {lines}, the contract says {amount}"
        yield Finding(code="lines_differ", message=message, contract_no=number)


def _balances(session: Session) -> Iterator[Finding]:
    actual = (
        select(LedgerEntry.customer_no, func.sum(LedgerEntry.amount).label("balance"))
        .where(LedgerEntry.customer_no.is_not(None), LedgerEntry.kind == str(EntryKind.BALANCE))
        .group_by(LedgerEntry.customer_no)
        .subquery()
    )
    customer = func.coalesce(LedgerCustomer.customer_no, actual.c.customer_no)
    query = (
        select(customer, LedgerCustomer.balance, actual.c.balance)
        .select_from(LedgerCustomer)
        .join(actual, actual.c.customer_no == LedgerCustomer.customer_no, full=True)
        .where(func.coalesce(LedgerCustomer.balance, 0) != func.coalesce(actual.c.balance, 0))
        .order_by(customer)
    )
    for number, kept, entered in session.execute(query):
        message = f"balance of {number}: kept {kept}, the entries add up to {entered}"
        yield Finding(code="balance_differs", message=message)


def _broken_rules(session: Session) -> Iterator[Finding]:
    """Rows that break an invariant although the database should refuse them, and CHECKs that are gone."""
    checks = set(
        session.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'c' AND convalidated"))
    )
    for table, rules in RULES.items():
        key = "customer_no" if table == "ledger_customers" else "contract_no"
        for rule in rules:
            if f"ck_{table}_{rule.name}" not in checks:
                yield Finding(code="check_missing", message=f"{table} does not check {rule.name}")
        flags = ", ".join(f"({rule.sql}) AS {rule.name}" for rule in rules)
        all_hold = " AND ".join(rule.name for rule in rules)
        flagged = f"SELECT {key}, {flags} FROM {table}"  # noqa: S608 - names of this room
        query = text(f"SELECT * FROM ({flagged}) one WHERE NOT ({all_hold}) ORDER BY 1")  # noqa: S608 - the same
        for row in session.execute(query).mappings():
            for rule in rules:
                if not row[rule.name]:
                    message = f"{row[key]}: {', '.join(rule.ids)}: {rule.name} does not hold"
                    number = row[key] if key == "contract_no" else None
                    yield Finding(code="invariant_broken", message=message, contract_no=number)
