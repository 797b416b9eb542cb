"""What a sales policy says: every number that managers decide (C1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

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
}
"""The human steps that have a deadline, as staff call them."""

Price = Annotated[Decimal, Field(gt=0, le=LARGEST, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Days = Annotated[int, Field(ge=0, le=3650)]
Hours = Annotated[int, Field(ge=1, le=2000)]
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


class PolicyDocument(_Part):
    """A whole policy.

    `interest_per_day` is per ten thousand and day, `*_hours` and deadlines are working hours, `*_days`
    calendar days except `follow_up_days`, which are working days.
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

    @model_validator(mode="after")
    def _steps_are_known(self) -> Self:
        if set(self.deadlines) != set(STEPS):
            wrong = sorted(set(self.deadlines) ^ set(STEPS))
            raise ValueError(f"deadlines: unknown or missing: {', '.join(wrong)}")
        return self
