"""The ledgers' words as staff read them."""

from __future__ import annotations

from workers.ledger.store import COMPLETED, IN_FORCE, OPENING, SEALED, TERMINATED, VEHICLE, EntryKind

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


def kind_name(kind: str, *, reversal: bool = False) -> str:
    """An entry's kind as staff call it."""
    name = KINDS[EntryKind(kind)]
    return f"冲销：{name}" if reversal else name
