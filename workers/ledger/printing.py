"""Contracts on the terminal, in the words of staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from workers import money
from workers.ledger.views import ContractSummary, ContractView, EntryView
from workers.ledger.words import BOOKS, DECISIONS, ORIGINS, STATUSES
from workers.money import plain

_FIGURES = frozenset(("序号", "行", "数量", "单价", "金额", "起息日"))
DAY_WIDTH = len("2026-11-25")
WIDE = 100
"""Columns in which an entry of a book stands on one line."""


def print_list(console: Console, contracts: Iterable[ContractSummary]) -> None:
    """A table of contracts."""
    rows = Table("合同编号", "客户", "金额", "已收款", "已交付", "已开票", "状态")
    for one in contracts:
        sums = (one.amount, one.received, one.delivered, one.invoiced)
        rows.add_row(one.contract_no, escape(one.customer), *map(money.figures, sums), STATUSES[one.status])
    print_whole(console, rows, frozenset({"合同编号"}))


def print_contract(console: Console, contract: ContractView) -> None:
    """A contract with goods, money, signatures and the entries of both books."""
    origin = ORIGINS.get(contract.origin)
    console.print(
        f"[bold]{contract.contract_no}[/bold]  {escape(contract.customer)}  {money.figures(contract.amount)}"
        f"  {STATUSES[contract.status]}" + (f"  {origin}" if origin else "")
    )
    _print_money(console, contract)
    _print_goods(console, contract)
    signatures = Table("岗位", "签字人", "决定", "意见", "时间", title="签批")
    for one in contract.approvals:
        decision = DECISIONS.get(one.decision, one.decision)
        at = f"{datetime.fromisoformat(one.at):%Y-%m-%d %H:%M}"
        signatures.add_row(*map(escape, (one.post_name, one.signer_name, decision, one.comment, at)))
    if contract.approvals:
        print_whole(console, signatures)
    for book, title in BOOKS.items():
        _print_book(console, title, contract.books[book])


def _print_money(console: Console, contract: ContractView) -> None:
    figures = money.figures
    sums = contract.money
    console.print(
        f"已收款 {figures(contract.received)}（{sums.percent_received}%）  未收款 {figures(sums.outstanding)}"
        f"  已交付 {figures(contract.delivered)}  已开票 {figures(contract.invoiced)}"
    )
    console.print(
        f"逾期利息 {figures(sums.interest)}，已收 {figures(sums.interest_paid)}"
        f"  核销 {figures(sums.written_off)}  客户余额 {figures(sums.customer_balance)}"
    )
    console.print(
        f"提成：应得 {figures(sums.commission_earned)}  计提 {figures(sums.commission_accrued)}"
        f"  扣发 {figures(sums.commission_withheld)}  发放 {figures(sums.commission_paid)}"
    )


def _print_goods(console: Console, contract: ContractView) -> None:
    goods = Table("行", "产品", "单价", "订购", "完工", "在库", "发出", "签收", "单位", title="货物")
    for line in contract.goods:
        out = line.dispatched - line.returned
        quantities = (line.ordered, line.produced, line.in_stock, out, line.delivered)
        goods.add_row(
            *(str(line.line_no), escape(line.product_name), money.figures(line.unit_price)),
            *map(plain, quantities),
            escape(line.unit),
        )
    if contract.goods:
        print_whole(console, goods)


def _print_book(console: Console, title: str, entries: Iterable[EntryView]) -> None:
    rows = Table("序号", "摘要", "行", "数量", "金额", "登记时间", "起息日", "凭据", title=title)
    for entry in entries:
        rows.add_row(
            *(str(entry.seq), entry.kind_name, str(entry.line_no or ""), plain(entry.quantity)),
            *(money.figures(entry.amount), f"{entry.at:%Y-%m-%d %H:%M}", entry.value_date.isoformat()),
            escape(entry.reference + (f"（{entry.reason}）" if entry.reason else "")),
        )
    print_whole(console, rows)


def print_whole(console: Console, rows: Table, whole: frozenset[str] = _FIGURES) -> None:
    """Print a table in a narrow terminal too: no figure is cut off, the words give way and go on in the next line."""
    for column in rows.columns:
        column.overflow = "fold"
        column.no_wrap = column.header in whole
        if column.header == "登记时间" and console.width < WIDE:
            column.width = DAY_WIDTH
    console.print(rows)
