"""The settlement of a contract that ends: goods, money and commission to date (C13). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from workers import money
from workers.cases import FormError, FormReader
from workers.ledger import Account, GoodsLine
from workers.money import plain

ZERO = Decimal("0.00")
COLUMNS = ("行", "产品", "规格", "单位", "订购数量", "签收数量", "单价", "结算金额")


@dataclass(frozen=True)
class Settlement:
    """What a contract comes to when it ends with what the customer has signed for. Yuan."""

    account: Account
    lines: Sequence[GoodsLine]

    @property
    def amount(self) -> Decimal:
        """The contract's amount from now on: the goods that the customer has signed for."""
        return sum((line.value_of(line.delivered) for line in self.lines), ZERO)

    @property
    def surplus(self) -> Decimal:
        """What the customer has paid beyond it: it becomes the customer's balance."""
        paid = self.account.received
        return max(ZERO, min(paid, paid + self.account.written_off - self.amount))

    @property
    def owed(self) -> Decimal:
        """What the customer still has to pay for the goods."""
        return max(ZERO, self.amount - self.account.received - self.account.written_off)

    @property
    def interest_owed(self) -> Decimal:
        """Interest that was booked and is not paid yet."""
        return max(ZERO, self.account.interest - self.account.interest_paid)

    @property
    def commission(self) -> Decimal:
        """Commission that what the customer pays in the end has earned so far."""
        kept = self.account.received - self.surplus
        earned = (kept * self.account.commission_permille / 1000).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return min(self.account.accrued, earned)

    @property
    def figures(self) -> dict[str, str]:
        """What has to be the same still when the agreement is signed: goods and money, as texts."""
        sums = {
            "received": format(self.account.received, ".2f"),
            "invoiced": format(self.account.invoiced, ".2f"),
            "written_off": format(self.account.written_off, ".2f"),
            "amount": format(self.amount, ".2f"),
        }
        return sums | {f"line {line.line_no}": plain(line.delivered) for line in self.lines}


def findings(settlement: Settlement) -> list[FormError]:
    """What has to happen before the contract can end; empty when nothing has to."""
    reader, account, amount = FormReader(), settlement.account, settlement.amount
    for line in settlement.lines:
        under_way = line.dispatched - line.returned - line.delivered
        if under_way:
            goods = f"{line.product_name}({line.specification})有{plain(under_way)}{line.unit}"
            reader.wrong(
                "contractNo", f"第{line.line_no}行：{goods}已发出，客户还没有签收，请先登记签收或退货"
            )
    if account.invoiced > amount:
        said = f"已开票{money.figures(account.invoiced)}，超过已签收货物的金额{money.figures(amount)}"
        reader.wrong("contractNo", f"{said}，请先办理红字发票")
    elif account.written_off > amount:
        reader.wrong(
            "contractNo", f"已核销{money.figures(account.written_off)}，超过结算金额{money.figures(amount)}"
        )
    kept, gate = account.received - settlement.surplus, account.invoice_gate_percent
    if ZERO < account.invoiced <= amount and kept * 100 < gate * amount:
        said = f"已开票，而收款{money.figures(kept)}不足结算金额{money.figures(amount)}的{plain(gate)}%"
        reader.wrong("contractNo", f"{said}，请先收款或办理红字发票")
    return reader.errors


def rows(settlement: Settlement) -> list[tuple[str, ...]]:
    """The goods, line by line."""
    return [
        (
            *(str(line.line_no), line.product_name, line.specification, line.unit),
            *(plain(line.ordered), plain(line.delivered), money.figures(line.unit_price)),
            money.figures(line.value_of(line.delivered)),
        )
        for line in settlement.lines
    ]


def of_customer(settlement: Settlement) -> list[tuple[str, str]]:
    """What the agreement says of the money."""
    account = settlement.account
    said = [
        ("终止前合同金额", money.figures(account.amount)),
        ("结算金额(已签收货物)", money.figures(settlement.amount)),
        ("已收货款", money.figures(account.received)),
        ("已开发票", money.figures(account.invoiced)),
    ]
    if account.written_off:
        said.append(("已核销", money.figures(account.written_off)))
    if settlement.surplus:
        said.append(("多收货款", f"{money.figures(settlement.surplus)}，转为客户余额，抵作其他合同货款"))
    if settlement.owed:
        said.append(("客户尚欠货款", money.figures(settlement.owed)))
    if settlement.interest_owed:
        said.append(("客户尚欠利息", money.figures(settlement.interest_owed)))
    return said


def of_commission(settlement: Settlement) -> list[tuple[str, str]]:
    """What only our own signers read: the salesperson's commission."""
    account = settlement.account
    said = [
        ("已计提成", money.figures(account.accrued)),
        ("已发提成", money.figures(account.paid_out)),
        ("结算后提成", money.figures(settlement.commission)),
    ]
    back = account.accrued - settlement.commission
    return [*said, ("冲回提成", money.figures(back))] if back else said
