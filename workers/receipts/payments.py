"""A row of a bank's table as a payment that came in, or as none (A6, X3). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256

from workers.receipts import cells
from workers.receipts.cells import Unreadable
from workers.receipts.columns import Columns
from workers.receipts.sheets import Row

CNY = "CNY"
MOST_TEXT = 500
"""Characters kept of a payer's name or a remark."""
MOST_REFERENCE = 80
_YUAN = frozenset({"", "人民币", "人民币元", "CNY", "RMB", "CNH", "¥", "元", "156", "01", "001", "0"})
_IN = frozenset(
    ("贷", "贷方", "贷记", "C", "CR", "CREDIT", "收", "收入", "来账", "转入", "存入", "入账", "入", "+")
)
_OUT = frozenset(
    ("借", "借方", "借记", "D", "DR", "DEBIT", "支", "支出", "付", "往账", "转出", "支取", "出账", "出", "-")
)
_NO_PAYMENT = re.compile(
    r"(本页|累计|借方|贷方|当日|本月|本期|收入|支出|总)?(合计|总计|小计|总额|累计|笔数|总笔数)"
    r"|承前页|过次页|期初余额|期末余额|上期余额|本期余额|余额|打印|制表|说明|以下空白|第\d+页|共\d+页|温馨提示|备注"
)


@dataclass(frozen=True)
class Payment:
    """A credit of the statement."""

    line_no: int
    value_date: date
    amount: Decimal
    currency: str
    payer: str
    payer_account: str
    remark: str
    reference: str
    """As the bank gave it; empty where it gave none."""
    key: str
    """What the payment is known by, in every statement that names it: the reference, or what stands in for one."""


@dataclass
class Context:
    """What the rows share: the account, its currency, and the payments seen so far."""

    account: str = ""
    currency: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    """How many identical payments without a reference have come so far, by what they are made of."""


def payment(context: Context, row: Row, at: Columns, filled: Sequence[str], today: date) -> Payment | None:
    """The payment of a row; None for a debit, a sum, or what stands below the table. Raises Unreadable."""

    def text(place: int | None) -> str:
        return cells.text(row.cells[place]) if place is not None and place < len(row.cells) else ""

    if _is_no_payment(row, at, filled):
        return None
    if any("\ufffd" in one for one in filled):
        raise Unreadable("含有无法识别的字符，请检查文件编码")
    paid = _received(row, at)
    if paid is None:
        return None
    on = next((found for place in at.dates if (found := cells.day(_cell(row, place))) is not None), None)
    if on is None:
        raise Unreadable("没有交易日期")
    if on > today:
        raise Unreadable(f"交易日期{on}还没有到")
    account = text(at.account)[:MOST_REFERENCE] or context.account
    context.account = context.account or account
    payer, remark = text(at.payer)[:MOST_TEXT], _remark(row, at)[:MOST_TEXT]
    reference = cells.number(_cell(row, at.reference))
    if len(reference) > MOST_REFERENCE:
        raise Unreadable(f"流水号超过{MOST_REFERENCE}个字符")
    return Payment(
        line_no=row.line_no,
        value_date=on,
        amount=paid,
        currency=_currency(text(at.currency) or context.currency),
        payer=payer,
        payer_account=text(at.payer_account)[:MOST_REFERENCE],
        remark=remark,
        reference=reference,
        key=reference or _stand_in(context, account, on, paid, payer),
    )


def _cell(row: Row, place: int | None) -> cells.Cell:
    return row.cells[place] if place is not None and place < len(row.cells) else None


def _is_no_payment(row: Row, at: Columns, filled: Sequence[str]) -> bool:
    """Sums, and what stands below the table: such a row has no date."""
    try:
        dated = any(cells.day(_cell(row, place)) is not None for place in at.dates)
    except Unreadable:
        dated = False
    return not dated and (len(filled) == 1 or any(_NO_PAYMENT.match(one) for one in filled[:2]))


def _received(row: Row, at: Columns) -> Decimal | None:
    """What came in with this row, above zero; None for a debit."""
    if at.credit is not None:
        credit, debit = cells.amount(_cell(row, at.credit)), cells.amount(_cell(row, at.debit))
        if credit is None and debit is None:
            raise Unreadable("没有金额")
        if credit and debit:
            raise Unreadable("同时有借方和贷方金额")
        if credit is not None and credit < 0:
            raise Unreadable(f"贷方金额{credit}为负数：银行冲正，请按单笔登记办理退票")
        return credit or None
    amount = cells.amount(_cell(row, at.amount))
    if amount is None:
        raise Unreadable("没有金额")
    flag = re.sub(r"\s", "", cells.text(_cell(row, at.direction))).upper()
    if not flag:
        return amount if amount > 0 else None
    is_in, is_out = _says(flag, _IN), _says(flag, _OUT)
    if is_in == is_out:
        raise Unreadable(f"借贷标志“{flag[:10]}”无法识别")
    if is_in and amount < 0:
        raise Unreadable(f"贷方金额{amount}为负数：银行冲正，请按单笔登记办理退票")
    return amount if is_in else None


def _says(flag: str, words: frozenset[str]) -> bool:
    """Whether the flag is one of the words, or has one of the longer ones in it, such as 转账支出."""
    return flag in words or any(len(word) > 1 and not word.isascii() and word in flag for word in words)


def _remark(row: Row, at: Columns) -> str:
    """All remarks in one text, each once."""
    written = (cells.text(_cell(row, place)) for place in at.remarks)
    return " ".join(dict.fromkeys(one for one in written if one and one not in ("-", "--")))


def _currency(written: str) -> str:
    plain = re.sub(r"\s", "", written).upper()
    return CNY if plain in _YUAN else plain[:16]


def _stand_in(context: Context, account: str, on: date, amount: Decimal, payer: str) -> str:
    """The key of a payment without a reference: the same in every file, and another for each identical payment."""
    made_of = f"{account}|{on}|{amount}|{payer}"
    context.seen[made_of] = context.seen.get(made_of, 0) + 1
    digest = sha256(f"{made_of}|{context.seen[made_of]}".encode()).hexdigest()
    return f"无流水号-{digest[:24]}"
