"""What a sales policy says: every number that managers decide (C1)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from workers.money import LARGEST

STEPS: dict[str, str] = {
    "draft_policy": "起草销售政策",
    "decide_policy": "联席会决定销售政策",
    "issue_policy": "总经理签发",
    "fill_declaration": "填写合同申报单",
    "approve_declaration": "审批合同申报",
    "customer_signature": "登记客户签署",
    "countersign": "会签合同",
    "seal": "用印登记",
    "fill_amendment": "填写合同变更",
    "approve_termination": "审批合同终止",
    "sign_termination": "签订终止协议",
    "prepare_production_notice": "编制生产通知单",
    "issue_production_notice": "签发生产通知单",
    "report_production": "报告完工",
    "inspect_goods": "质量检验",
    "store_goods": "办理入库",
    "fill_delivery_note": "填写发货单",
    "approve_delivery_note": "审批发货单",
    "release_goods": "仓库放行",
    "log_exit": "登记出门",
    "customer_receipt": "登记客户签收",
    "inspect_return": "检验退货",
    "fill_goods_return": "填写退货单",
    "sign_goods_return": "审批退货",
    "receive_return": "点收退货",
    "book_return": "退货入帐",
    "dispatch_jointing": "填写接续派工单",
    "approve_jointing": "审批接续派工",
    "accept_jointing": "登记接续验收",
    "request_invoice": "申请开票",
    "sign_invoice": "签批开票",
    "issue_invoice": "登记开票",
    "issue_credit_note": "办理红字发票",
    "sign_credit_note": "签批红字发票",
    "enter_receipts": "登记收款",
    "match_receipt": "认领收款",
    "fill_refund": "填写退款单",
    "sign_refund": "审批退款",
    "pay_refund": "办理退款付款",
    "read_receivables": "阅读应收分析",
    "send_reminder": "发催款函",
    "call_debtor": "电话催收",
    "release_hold": "解除停止签约发货",
    "approve_litigation": "审批诉讼",
    "litigate": "办理诉讼",
    "fill_commission": "填写业务提成单",
    "audit_commission": "审批业务提成",
    "pay_commission": "发放业务提成",
    "count_stock": "盘点库存",
    "resolve_difference": "处理对账差异",
    "confirm_close": "确认月结",
    "develop_prospect": "客户开发",
    "receive_visitor": "接待来店客户",
    "record_needs": "记录客户需求",
    "present_car": "产品介绍",
    "test_drive": "试车",
    "hear_demands": "听取客户条件",
    "make_proposal": "提出销售议案",
    "record_decision": "登记客户决定",
    "sign_vehicle_contract": "客户签署购车合同",
    "countersign_vehicle": "会签购车合同",
    "receive_deposit": "收取定金",
    "find_car": "落实车源",
    "check_incoming": "到店检查车辆",
    "warn_of_delay": "告知客户延期",
    "prepare_car": "交车前准备",
    "receive_balance": "收取车款余额",
    "hand_over_car": "交车",
    "decide_cancellation": "处理购车合同解除",
    "contact_customer": "回访客户",
    "settle_concern": "处理客户关切",
    "book_service": "预约维修",
    "receive_car": "接车",
    "write_work_order": "填写维修工单",
    "confirm_estimate": "客户确认估价",
    "dispatch_work": "派工",
    "diagnose": "诊断",
    "agree_extra_work": "客户认可追加项目",
    "repair": "维修",
    "check_quality": "维修质检",
    "explain_bill": "说明结算单",
    "return_car": "维修交车",
    "take_complaint": "受理投诉",
    "solve_complaint": "处理投诉",
    "confirm_solution": "与客户确认投诉解决",
}
"""The human steps that have a deadline, as staff call them."""

UNSAID_HOURS = 16
"""Working hours for a step that a policy issued earlier did not know yet."""

STARTS = {"seal": "签订", "delivery": "交货", "acceptance": "验收"}
"""What an instalment's days are counted from."""

WHOLE = Decimal(100)

Price = Annotated[Decimal, Field(gt=0, le=LARGEST, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Days = Annotated[int, Field(ge=0, le=3650)]
GradeDays = Annotated[int, Field(ge=1, le=3650)]
Tries = Annotated[int, Field(ge=1, le=20)]
Hours = Annotated[int, Field(ge=1, le=2000)]
Minutes = Annotated[int, Field(ge=1, le=120)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProductPrice(_Part):
    """Prices of one product, in yuan per unit."""

    product_no: Code
    product_name: Text
    list_price: Price
    floor_price: Price

    @model_validator(mode="after")
    def _floor_is_no_ceiling(self) -> Self:
        if self.floor_price > self.list_price:
            raise ValueError(f"the floor price of {self.product_no} is above its list price")
        return self


class PaymentTerm(_Part):
    """Terms of payment that a contract may name."""

    code: Code
    label: Text


class Instalment(_Part):
    """One part of the price that terms of payment ask for: due `days` calendar days after an event."""

    code: Code
    """The payment terms that it belongs to."""
    percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
    after: Literal["seal", "delivery", "acceptance"]
    days: Days


class PolicyDocument(_Part):
    """A whole policy. A field that has a default came later: the default is for versions issued before it.

    `interest_per_day` is per ten thousand and day, `*_hours` and deadlines are working hours, `*_days`
    calendar days, `*_minutes` minutes by the clock.
    """

    prices: Annotated[tuple[ProductPrice, ...], Field(min_length=1)]
    payment_terms: Annotated[tuple[PaymentTerm, ...], Field(min_length=1)]
    commission_permille: Annotated[int, Field(ge=0, le=1000)]
    first_payment_percent: Percent
    invoice_gate_percent: Percent
    interest_per_day: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    interest_first: Literal["principal", "interest"]
    deposit_percent: Annotated[Decimal, Field(ge=0, le=20, decimal_places=2)]
    """At most 20: the limit of the law (民法典 586), not a manager's."""
    large_contract: Price
    serious_deviation_permille: Annotated[int, Field(ge=0, le=1000)]
    overdue_block_days: Days
    withhold_days: Days
    litigation_days: Days
    follow_up_days: Days
    reminder_hours: Hours
    deadlines: dict[str, Hours]
    instalments: tuple[Instalment, ...] = ()
    """Terms of payment without any: the whole price, `other_terms_days` after delivery."""
    other_terms_days: Days = 30
    tax_rate_percent: Percent = Decimal(13)
    grade_b_days: GradeDays = 1
    """The longest overdue of the last 365 days from which a customer is graded B; below it: A."""
    grade_c_days: GradeDays = 31
    grade_d_days: GradeDays = 91
    follow_up_tries: Tries = 3
    """Attempts to reach a customer before they count as unreachable (V9, W10)."""
    delay_warning_hours: Hours = 4
    """Before the promised moment: by then a delay must have been told (V8, W9)."""
    greeting_minutes: Minutes = 5
    """Within these after coming in, a visitor counts as greeted at once (V2)."""
    ask_again_hours: Hours = 4
    """Until who complained and was not reached is asked again: the other half of the day, or the next day (K1)."""

    @field_validator("deadlines")
    @classmethod
    def _steps_are_known(cls, deadlines: dict[str, int]) -> dict[str, int]:
        if unknown := sorted(set(deadlines) - set(STEPS)):
            raise ValueError(f"unknown steps: {', '.join(unknown)}")
        return {step: deadlines.get(step, UNSAID_HOURS) for step in STEPS}

    @model_validator(mode="after")
    def _instalments_add_up(self) -> Self:
        if unknown := {part.code for part in self.instalments} - {term.code for term in self.payment_terms}:
            raise ValueError(f"instalments: no payment terms {', '.join(sorted(unknown))}")
        for code, percent in percents(self.instalments).items():
            if percent != WHOLE:
                raise ValueError(f"instalments: those of {code} add up to {percent} %, not to 100 %")
        return self

    @model_validator(mode="after")
    def _grades_get_worse(self) -> Self:
        if not self.grade_b_days < self.grade_c_days < self.grade_d_days:
            raise ValueError("the days of grade B, C and D must grow")
        return self


def percents(instalments: Iterable[Instalment]) -> dict[str, Decimal]:
    """What the instalments of each payment terms add up to."""
    sums: dict[str, Decimal] = {}
    for part in instalments:
        sums[part.code] = sums.get(part.code, Decimal(0)) + part.percent
    return sums
