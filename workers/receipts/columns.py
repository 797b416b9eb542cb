"""Which column of a bank's table is what, by the names that Chinese banks give them (A6). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workers.receipts import cells
from workers.receipts.cells import Cell

DATE = (
    *("交易日期", "交易日", "入账日期", "记账日期", "到账日期", "收款日期", "交易时间", "入账时间", "记账日"),
    *("日期", "起息日", "起息日期", "发生日期"),
)
CREDIT = (
    *("贷方金额", "贷方发生额", "收入金额", "收入", "存入金额", "转入金额", "收款金额", "来账金额", "贷方"),
    *("贷方发生金额", "收入发生额", "存入", "入账金额", "到账金额"),
)
DEBIT = (
    *("借方金额", "借方发生额", "支出金额", "支出", "支取金额", "转出金额", "付款金额", "往账金额", "借方"),
    *("借方发生金额", "支出发生额", "支取"),
)
AMOUNT = ("交易金额", "发生额", "金额", "发生金额", "交易额")
DIRECTION = (
    *("借贷标志", "借贷标识", "借贷", "借/贷", "借贷方向", "收支标志", "收支方向", "收支", "收/支", "方向"),
    *("借贷标记", "来往账标志", "来往标志", "收付标志", "收付方向", "交易方向", "交易类型"),
)
PAYER = (
    *(
        "对方户名",
        "对方账户名称",
        "对方账户名",
        "对方单位名称",
        "对方单位",
        "对方名称",
        "付款人名称",
        "付款人",
    ),
    *("付款人户名", "付款方户名", "付款方名称", "付款方", "付款单位", "付款单位名称", "付款账户名称"),
    *(
        "收付方名称",
        "收付方户名",
        "交易对手",
        "交易对手名称",
        "交易对方",
        "交易对方名称",
        "汇款人",
        "汇款人名称",
    ),
    *("对手户名", "对方账号名称"),
)
PAYER_ACCOUNT = (
    *("对方账号", "对方账户", "对方卡号", "付款人账号", "付款账号", "付款方账号", "收付方账号", "汇款人账号"),
    *("交易对手账号", "对手账号", "对方银行账号"),
)
REMARK = (
    *("摘要", "附言", "用途", "备注", "交易附言", "交易用途", "交易摘要", "业务摘要", "其它摘要", "其他摘要"),
    *("客户附言", "汇款用途", "汇款附言", "个性化信息", "说明", "交易说明", "交易备注", "附加信息", "注释"),
)
"""Every one that the table has is read: the contract's number may stand in any of them."""
REFERENCE = (
    *(
        "交易流水号",
        "银行流水号",
        "账户明细编号-交易流水号",
        "流水号",
        "核心流水号",
        "主机流水号",
        "交易参考号",
    ),
    *("业务参考号", "银行交易流水号", "交易编号", "交易序号", "日志号", "交易日志号", "明细编号", "回单编号"),
)
ACCOUNT = (
    "本方账号",
    "我方账号",
    "账号",
    "账户",
    "收款人账号",
    "收款账号",
    "查询账号",
    "银行账号",
    "本方账户",
)
CURRENCY = ("币种", "货币", "币别", "交易货币", "交易币种", "币种名称", "货币代码")

_IN_BRACKETS = re.compile(r"[(\[【<〔].*?[)\]】>〕]")
_BETWEEN = re.compile(r"[\s()\[\]【】<>〔〕:*_]")
_SPOKEN_OTHERWISE = str.maketrans({"帐": "账", "戶": "户"})


@dataclass(frozen=True)
class Columns:
    """Where each thing stands in a row; dates and amounts may stand in one of several places."""

    dates: tuple[int, ...]
    credit: int | None
    debit: int | None
    amount: int | None
    direction: int | None
    payer: int | None
    payer_account: int | None
    remarks: tuple[int, ...]
    reference: int | None
    account: int | None
    currency: int | None


def names(cell: Cell) -> tuple[str, ...]:
    """The ways in which a header may be read: `收(付)方名称` with its bracket, `贷方发生额(收入)` without it."""
    written = cells.text(cell).translate(_SPOKEN_OTHERWISE)
    if len(written) > 60:
        return ()
    return tuple(dict.fromkeys((_BETWEEN.sub("", written), _BETWEEN.sub("", _IN_BRACKETS.sub("", written)))))


def recognize(row: Sequence[Cell]) -> Columns | None:
    """The columns when the row is the header of a statement; None when it is anything else."""
    at: dict[str, int] = {}
    for number, cell in enumerate(row):
        for name in names(cell):
            at.setdefault(name, number)

    def places(known: Sequence[str]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(at[name] for name in known if name in at))

    def place(known: Sequence[str]) -> int | None:
        return next(iter(places(known)), None)

    columns = Columns(
        dates=places(DATE),
        credit=place(CREDIT),
        debit=place(DEBIT),
        amount=place(AMOUNT),
        direction=place(DIRECTION),
        payer=place(PAYER),
        payer_account=place(PAYER_ACCOUNT),
        remarks=places(REMARK),
        reference=place(REFERENCE),
        account=place(ACCOUNT),
        currency=place(CURRENCY),
    )
    tells_amount = columns.credit is not None or columns.amount is not None
    tells_whose = columns.payer is not None or columns.remarks or columns.reference is not None
    return columns if columns.dates and tells_amount and tells_whose else None
