"""The ledgers' words as staff read them."""

from __future__ import annotations

from workers import money
from workers.ledger.store import (
    COMPLETED,
    IN_FORCE,
    OPENING,
    SEALED,
    TERMINATED,
    VEHICLE,
    EntryKind,
    LedgerEntry,
)

BOOKS = {"sales": "销售台帐", "finance": "财务台帐"}
KINDS = {
    EntryKind.CONTRACT: "合同",
    EntryKind.AMENDMENT: "合同变更",
    EntryKind.PRODUCTION: "生产完工",
    EntryKind.INBOUND: "成品入库",
    EntryKind.SCRAP: "报废",
    EntryKind.DISPATCH: "发货",
    EntryKind.RETURN: "退货",
    EntryKind.INVOICE_REQUEST: "发票申请",
    EntryKind.COMMISSION: "计提提成",
    EntryKind.DELIVERY: "客户签收",
    EntryKind.RECEIPT: "收款",
    EntryKind.INTEREST_PAID: "收利息",
    EntryKind.INVOICE: "开票",
    EntryKind.CREDIT_NOTE: "红字发票",
    EntryKind.INTEREST: "逾期利息",
    EntryKind.OFFSET: "扣发提成",
    EntryKind.PAYOUT: "发放提成",
    EntryKind.WRITE_OFF: "核销",
    EntryKind.BALANCE: "客户余额",
}
STATUSES = {
    SEALED: "已用印，待入台帐",
    IN_FORCE: "生效",
    COMPLETED: "履行完毕",
    TERMINATED: "已终止",
}
ORIGINS = {OPENING: "期初合同", VEHICLE: "购车合同"}
DECISIONS = {"approve": "同意", "return": "退回修改", "reject": "否决"}
"""What signers decided, as the approval room's papers say it."""
RULES = {
    "received_within_amount": "收款与核销之和将超过合同金额",
    "invoiced_within_amount": "开票将超过合同金额",
    "invoiced_behind_the_gate": "收款将低于开票条件，而发票已经开出",
    "commission_within_earned": "已计提的提成将超过收款应得的提成",
    "commission_paid_within_accrued": "已发放和扣发的提成将超过已计提的提成",
    "sums_not_negative": "台帐合计将成为负数",
    "stored_within_produced": "入库数量将超过完工数量",
    "dispatched_within_stored": "发货数量将超过库存",
    "dispatched_within_ordered": "发货数量将超过订购数量",
    "delivered_within_dispatched": "签收数量将超过发货数量",
    "goods_not_negative": "货物数量将成为负数",
    "balance_not_negative": "客户余额不足",
}
"""What an entry would do that an invariant forbids, by the invariant's name."""


def booked_already(entry: LedgerEntry) -> str:
    """That a paper stands in the book already."""
    whose = f"合同{entry.contract_no}" if entry.contract_no else f"客户{entry.customer_no}"
    amount = money.figures(entry.amount)
    return f"凭据{entry.reference}已在{BOOKS[entry.book]}登记为{whose}的{kind_name(entry.kind)}{amount}，不能重复登记"


def kind_name(kind: str, *, reversal: bool = False) -> str:
    """An entry's kind as staff call it."""
    name = KINDS[EntryKind(kind)]
    return f"冲销：{name}" if reversal else name
