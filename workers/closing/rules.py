"""Pure rules of the closing: which month may be closed, what a difference is, how it may be resolved (C12, X3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from workers.cases import FormReader

MOST_REASON = 500
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")

CORRECTED, IN_TRANSIT, SCRAPPED, ACCEPTED = "corrected", "in_transit", "scrapped", "accepted"
RESOLUTIONS = {
    CORRECTED: "已更正(冲销或补登)",
    IN_TRANSIT: "下月处理(在途)",
    SCRAPPED: "盘亏报废",
    ACCEPTED: "情况属实，不作调整",
}
"""What staff choose from. `corrected` settles nothing by itself: the difference has to be gone."""

CONTRACT_AMOUNT, UNSIGNED, UNSTORED = "contract_amount", "unsigned", "unstored"
STOCK, ARRIVED = "stock", "arrived"
INVOICE, RECEIPT, BANK_LINE, NO_STATEMENT = "invoice", "receipt", "bank_line", "no_statement"
COMMISSION, LEDGER = "commission", "ledger"
KINDS = {
    CONTRACT_AMOUNT: "合同金额",
    UNSIGNED: "已发货未签收",
    UNSTORED: "已报产未入库",
    STOCK: "盘点",
    ARRIVED: "退货到货待入账",
    INVOICE: "开票申请与发票",
    RECEIPT: "收款无银行流水",
    BANK_LINE: "银行流水未认领",
    NO_STATEMENT: "未导入银行流水",
    COMMISSION: "提成计提与发放",
    LEDGER: "台帐校验",
}
"""By code, as staff read them."""


@dataclass(frozen=True)
class Difference:
    """Something on which two sides do not agree, with the figures of both."""

    code: str
    description: str
    sales: str
    """What sales, the warehouse or the bank says."""
    finance: str
    """What finance, or the book, says."""
    contract_no: str | None = None
    line_no: int | None = None
    quantity: Decimal | None = None
    """Of a stock-take: what was counted less what the book says."""

    @property
    def key(self) -> str:
        """What it is known by; another figure is another difference, which has to be resolved anew."""
        parts = (self.code, self.contract_no, self.line_no, self.description, self.sales, self.finance)
        return sha256(repr(parts).encode()).hexdigest()[:12]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The resolutions that it may have."""
        if self.code == STOCK and self.quantity is not None and self.quantity < 0:
            return (CORRECTED, IN_TRANSIT, SCRAPPED, ACCEPTED)
        return (CORRECTED, IN_TRANSIT, ACCEPTED)


@dataclass(frozen=True)
class Resolved:
    """What a person decided about one difference."""

    difference: Difference
    resolution: str
    responsible: str
    reason: str


def read_month(reader: FormReader, value: object) -> date | None:
    """First day of the month that `2026-01` names."""
    written = reader.text("month", "结账月份", value, 10)
    if not written:
        return None
    found = _MONTH.fullmatch(written)
    if found is None or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 2199:
        reader.wrong("month", f"结账月份：“{written}”请按 2026-12 填写")
        return None
    return date(int(found[1]), int(found[2]), 1)


def check_month(
    reader: FormReader, month: date, early_reason: object, next_open: date | None, today: date
) -> str:
    """Whether that month may be closed now, and the reason for closing the running month early.

    `next_open`: the month that has to be closed next; None while the books are empty.
    """
    running = today.replace(day=1)
    if month > running:
        reader.wrong("month", f"结账月份：{month:%Y-%m}还没有开始")
    elif next_open is not None and month > next_open:
        reader.wrong("month", f"结账月份：{next_open:%Y-%m}还没有结账，要按月份先后逐月结账")
    elif next_open is not None and month < next_open:
        reader.wrong("month", f"结账月份：{month:%Y-%m}已经结账")
    early = month == running
    reason = reader.text(
        "earlyReason",
        "提前结账理由",
        early_reason,
        MOST_REASON,
        required=early and not reader.errors,
        lines=True,
    )
    return reason if early else ""


def read_resolutions(
    reader: FormReader, rows: object, open_differences: Mapping[str, Difference], staff: Collection[str]
) -> list[Resolved]:
    """What the form says about the differences that are open; rows without a resolution stay open."""
    found: dict[str, Resolved] = {}
    for number, row in reader.rows("differences", "差异", rows, 5000):
        if not row.get("resolution"):
            continue
        key = str(row.get("difference") or "").split(" ")[-1]
        difference = open_differences.get(key)
        at = f"differences[{number - 1}]"
        if difference is None or key in found:
            reader.wrong(at, f"第{number}行：差异已变化或已处理，请核对后重新填写")
            continue
        one = _resolution(reader, at, f"第{number}行", row, difference, staff)
        if one is not None:
            found[key] = one
    if not found and not reader.errors:
        reader.wrong("differences", "请至少处理一项差异：选择处理方式、责任人，并写明理由")
    return list(found.values())


def _resolution(
    reader: FormReader,
    at: str,
    label: str,
    row: Mapping[str, Any],
    difference: Difference,
    staff: Collection[str],
) -> Resolved | None:
    before = len(reader.errors)
    resolution = reader.text(f"{at}.resolution", f"{label} 处理", row.get("resolution"), 16)
    if resolution and resolution not in difference.allowed:
        words = "、".join(RESOLUTIONS[one] for one in difference.allowed)
        reader.wrong(f"{at}.resolution", f"{label} 处理：这类差异只能选{words}")
    person = reader.text(f"{at}.responsible", f"{label} 责任人", row.get("responsible"), 64)
    if person and person not in staff:
        reader.wrong(f"{at}.responsible", f"{label} 责任人：不在职工名单内")
    reason = reader.text(f"{at}.reason", f"{label} 理由", row.get("reason"), MOST_REASON, lines=True)
    if len(reader.errors) > before:
        return None
    return Resolved(difference, resolution, person, reason)
