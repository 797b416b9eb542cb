"""The list of contracts: newest first, page by page, by customer and status; `show` tells goods and money (C4)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from tests.integration.ledger_desk import CUSTOMER, NOW, Desk, in_force
from workers import ledger
from workers.ledger import EntryKind
from workers.ledger.commands import make_ledger_commands
from workers.ledger.words import KINDS, STATUSES

NUMBERS = [f"HT-2026-710{number}" for number in range(5)]
Run = Callable[..., Result]


@pytest.fixture
def run(session: Session) -> Run:
    """Five contracts of one customer, sealed at one moment; the last one is completed and paid."""
    for number in NUMBERS:
        in_force(session, number)
    Desk(session, NUMBERS[4]).finance(EntryKind.RECEIPT, "1000")
    ledger.set_status(session, NUMBERS[4], ledger.COMPLETED)
    session.flush()
    sessions = sessionmaker(session.connection(), join_transaction_mode="create_savepoint")
    commands = make_ledger_commands(lambda: sessions)
    return lambda *words: CliRunner().invoke(commands, [*words])


def numbers(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [one["contract_no"] for one in json.loads(result.stdout)]


@pytest.mark.rule("C4")
def test_contracts_are_listed_page_by_page_newest_first(run: Run) -> None:
    first = run("list", "--limit", "2", "--json")
    assert numbers(first) == [NUMBERS[4], NUMBERS[3]]
    assert first.stderr == f"2 of 5 contracts; go on with --after {NUMBERS[3]}\n"
    second = run("list", "--limit", "2", "--after", NUMBERS[3], "--json")
    assert numbers(second) == [NUMBERS[2], NUMBERS[1]]
    last = run("list", "--limit", "2", "--after", NUMBERS[1], "--json")
    assert (numbers(last), last.stderr) == ([NUMBERS[0]], "1 of 5 contracts\n")
    assert numbers(run("list", "--limit", "0", "--json")) == NUMBERS[::-1]
    assert run("list", "--after", "HT-1999-0001").exit_code == 1


@pytest.mark.rule("C4")
def test_the_list_is_narrowed_by_customer_status_and_open_money(run: Run) -> None:
    assert len(numbers(run("list", "--customer", CUSTOMER, "--json"))) == 5
    assert numbers(run("list", "--customer", "K0001", "--json")) == []
    assert numbers(run("list", "--status", "completed", "--json")) == [NUMBERS[4]]
    assert numbers(run("list", "--unpaid", "--json")) == NUMBERS[3::-1]
    assert run("list", "--status", "lost").exit_code == 2
    assert "履行完毕" in run("list").stdout


@pytest.mark.rule("C4")
def test_a_contract_is_shown_with_goods_money_and_words(run: Run, session: Session) -> None:
    desk = Desk(session, NUMBERS[0])
    desk.delivered("40.5")
    entry = desk.finance(EntryKind.RECEIPT, "599.99")
    ledger.reverse(session, ledger.Book.FINANCE, entry.seq, reason="退汇", posted_at=NOW)
    desk.finance(EntryKind.RECEIPT, "600.00", reference="回单-更正")
    shown = json.loads(run("show", NUMBERS[0], "--json").stdout)
    (goods,) = shown["goods"]
    assert (goods["ordered"], goods["delivered"], goods["in_stock"]) == ("100.000", "40.500", "0.000")
    assert (shown["money"]["outstanding"], shown["money"]["percent_received"]) == ("400.00", "60.00")
    assert shown["money"]["commission_earned"] == "7.20"
    words = [one["kind_name"] for one in shown["books"]["finance"]]
    assert words == ["合同", "客户签收", "收款", "冲销：收款", "收款"]
    printed = run("show", NUMBERS[0]).stdout
    for word in ("已收款 ¥600.00（60.00%）", "未收款 ¥400.00", "应得 ¥7.20", "货物", "40.5", "回单-更"):
        assert word in printed


def test_every_kind_and_status_has_its_word() -> None:
    assert set(KINDS) == set(EntryKind)
    assert set(STATUSES) == {ledger.SEALED, ledger.IN_FORCE, ledger.COMPLETED, ledger.TERMINATED}
