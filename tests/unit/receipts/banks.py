"""Statements as Chinese banks hand them out, made by the tests: headers and habits are real, the figures are not."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook

Table = Sequence[Sequence[object]]


def written(text: str) -> Table:
    """A table written with | between its cells."""
    return [[cell.strip(" ") for cell in line.split("|")] for line in text.strip("\n").splitlines()]


CONSTRUCTION = written("""
中国建设银行账户明细信息
账号|6200 0000 1234 5678|账户名称|示例胶带股份公司|币种|人民币
起始日期|20260301|结束日期|20260331

交易时间|借方发生额(支取)|贷方发生额（收入）|余额|币种|对方户名|对方账号|记账日期|摘要|备注|账户明细编号-交易流水号
20260302 10:15:22||196,650.00|500,000.00|人民币|北岭煤业有限公司（示例）|1|20260302|ＨＴ－２０２６－０００１||1021-88001
20260303 08:00:01|1,280.50||498,719.50|人民币元|示例市供电局|14002|20260303|电费||10212-88002
20260305 16:40:00||50,000.00|548,719.50|人民币元|海风港务集团(示例)|37001|20260305|转账|货款|10213-88003
合计|1,280.50|246,650.00
""")
INDUSTRIAL = written("""
[HISTORYDETAIL]
凭证号|本方账号|对方账号|交易时间|借/贷|借方发生额|贷方发生额|对方行号|摘要|用途|对方单位名称|余额|个性化信息
000001\t|0200001\t|14001\t|2026-03-02 10:15:22|贷|0.00|196650.00|102|货款|ht2026 0001|北岭煤业有限公司(示例)|500000.00|
000002\t|0200001\t|14002\t|2026-03-03 08:00:01|借|1280.50|0.00|102|电费||示例市供电局|498719.50|
000003\t|0200001\t|37001\t|2026-03-05 16:40:00|贷|0.00|50000.00|103|货款||海风港务集团(示例)|548719.50|
""")
MERCHANTS = written("""
招商银行交易查询|账号：[755900001]|币种：人民币

交易日|交易时间|起息日|交易类型|借方金额|贷方金额|余额|摘要|流水号|业务名称|用途|业务参考号|收(付)方名称|收(付)方账号
2026/3/2|10:15:22|2026/3/2|转账||￥196,650.00|500,000.00|货款|C0588JV|汇款|HT-2026-0001|REF1|北岭煤业有限公司(示例)|14001
2026/3/3|08:00:01|2026/3/3|代扣|1,280.50||498,719.50|电费|C0588JW|扣款||REF2|示例市供电局|14002
2026/3/5|16:40:00|2026/3/5|转账||50,000.00|548,719.50|货款|C0588JX|汇款||REF3|海风港务集团(示例)|37001
总笔数：3
""")
CHINA = written("""
查询账号[ Inquirer account number ]|3456

交易类型[ Type ]|付款人名称[ Payer ]|付款人账号|交易日期[ Date ]|交易货币|交易金额[ Amount ]|交易流水号|摘要|交易附言
来账|北岭煤业有限公司(示例)|14001|20260302|CNY|196,650.00|201883001|货款|HT-2026-0001
往账|示例胶带股份公司|3456|20260303|CNY|1,280.50|201883002|电费|
来账|海风港务集团(示例)|37001|20260305|CNY|50,000.00|201883003|货款|
""")
AGRICULTURAL = written("""
账户明细|户名：示例胶带股份公司
账号：1033 3000 4004
记账日期|收入金额|支出金额|账户余额|对方户名|对方帐号|交易用途|日志号|币种
2026年3月2日|196650||500000|北岭煤业有限公司(示例)|14001|HT-2026-0001|911|人民币
2026年3月3日||1280.5|498719.5|示例市供电局|14002|电费|912|人民币
2026年3月5日|50000||548719.5|海风港务集团(示例)|37001|货款|913|人民币
本页合计|246650|1280.5
打印时间：2026-04-01 09:00
""")
ALL = {
    "construction": CONSTRUCTION,
    "industrial": INDUSTRIAL,
    "merchants": MERCHANTS,
    "china": CHINA,
    "agricultural": AGRICULTURAL,
}
"""Each holds a payment for HT-2026-0001, a debit, and a payment that names no contract."""


def as_csv(table: Table, encoding: str = "gb18030", separator: str = ",") -> bytes:
    """The table as a CSV file."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(table)
    return out.getvalue().encode(encoding)


def as_xlsx(*tables: Table) -> bytes:
    """The tables as a workbook, a sheet for each."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet()
        for row in table:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def simple(*rows: Sequence[object]) -> Table:
    """A table with the commonest columns."""
    header = ["交易日期", "贷方金额", "借方金额", "对方户名", "摘要", "交易流水号", "币种"]
    return [header, *rows]
