"""Every kind of document: its prefix, its Chinese title, its sheet, and the copies that are printed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Sheet = Literal["a4", "a5", "a6"]


@dataclass(frozen=True)
class Kind:
    """How a kind of document looks. `copies` are printed one after the other, each on pages of its own."""

    title: str
    copies: tuple[str, ...] = ("",)
    sheet: Sheet = "a4"
    """a4 upright; a5 and a6 lie on their side."""
    template: Literal["paper", "contract"] = "paper"


KINDS: Mapping[str, Kind] = {
    "HT": Kind("产品销售合同", template="contract"),
    "SB": Kind("合同申报单"),
    "SC": Kind("生产通知单"),
    "RK": Kind("入库单"),
    "HG": Kind("产品合格证", sheet="a5"),
    "FH": Kind("发货单", copies=("存根联", "客户联")),
    "CM": Kind("出门证", sheet="a6"),
    "TH": Kind("退货单"),
    "JX": Kind("接续派工单"),
    "YS": Kind("接续验收报告"),
    "FP": Kind("开票申请单"),
    "HZ": Kind("红字发票申请单"),
    "TC": Kind("业务提成单"),
    "CS": Kind("催款函"),
    "BG": Kind("合同变更(终止)申请单"),
    "LS": Kind("收款登记单"),
    "TK": Kind("退款单"),
    "AR": Kind("应收账款分析表"),
    "YJ": Kind("月结确认单"),
    "DJ": Kind("定金收据", sheet="a5", copies=("存根联", "客户联")),
    "JC": Kind("交车确认单", copies=("存根联", "客户联")),
    "WX": Kind("维修工单"),
    "JS": Kind("维修结算单"),
}
"""By the prefix of its numbers."""
