"""Check a drafted policy: pure, in Chinese, field by field (C1, X3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workers.cases import FormError, FormReader
from workers.policy.document import (
    STARTS,
    STEPS,
    WHOLE,
    Instalment,
    PaymentTerm,
    PolicyDocument,
    ProductPrice,
    percents,
)
from workers.policy.messages import DraftForm

TITLE_LIMIT = 100
REASON_LIMIT = 2000
MOST_ROWS = 500
CODE_LIMIT = 32
LABEL_LIMIT = 100


@dataclass(frozen=True)
class Span:
    """When an issued version is in force; `last` is None while its end is open."""

    version_no: int
    first: date
    last: date | None


@dataclass(frozen=True)
class Draft:
    """A draft in which nothing is wrong."""

    title: str
    reason: str
    valid_from: date
    valid_to: date | None
    document: PolicyDocument


def validate_draft(
    form: DraftForm, products: Mapping[str, str], issued: Sequence[Span], today: date
) -> tuple[Draft | None, list[FormError]]:
    """Read a draft as it was sent: the draft, or what is wrong. `products`: number -> name."""
    reader = FormReader()
    title = reader.text("title", "政策名称", form.title, TITLE_LIMIT)
    reason = reader.text("reason", "制定说明", form.reason, REASON_LIMIT, required=False, lines=True)
    first = reader.day("validFrom", "生效日期", form.valid_from)
    last = reader.day("validTo", "失效日期", form.valid_to, required=False)
    reader.errors += period_errors(first, last, issued, today)
    content = {
        "prices": _prices(reader, form.prices, products),
        "payment_terms": (terms := _terms(reader, form.payment_terms)),
        "instalments": _instalments(reader, form.instalments, {term.code for term in terms}),
        "deadlines": _deadlines(reader, form.deadlines),
        **_numbers(reader, form),
    }
    if reader.errors or first is None:
        return None, reader.errors
    document = PolicyDocument.model_validate(content)
    return Draft(title=title, reason=reason, valid_from=first, valid_to=last, document=document), []


def period_errors(
    first: date | None, last: date | None, issued: Sequence[Span], today: date
) -> list[FormError]:
    """Whether `first` to `last` fits behind the issued versions, so that one is in force on a date."""
    if first is None:
        return []
    reader = FormReader()
    if first < today:
        reader.wrong("validFrom", f"生效日期:不得早于今天({today})")
    if last is not None and last < first:
        reader.wrong("validTo", "失效日期:不得早于生效日期")
    newest = max(issued, key=lambda span: span.first, default=None)
    if newest is None:
        return reader.errors
    if first <= newest.first:
        reader.wrong(
            "validFrom",
            f"生效日期:第{newest.version_no}版政策已签发,自{newest.first}起生效,新政策须晚于该日生效",
        )
    # a gap that has begun already cannot be closed any more, so it does not stand in the way of a new policy
    if newest.last is not None and newest.last >= today and first > newest.last + timedelta(days=1):
        reader.wrong(
            "validFrom",
            f"生效日期:第{newest.version_no}版政策于{newest.last}失效,新政策最迟须于次日生效,否则中间无政策可依",
        )
    return reader.errors


def earliest(issued: Sequence[Span], today: date) -> date:
    """The first day on which a new version may begin."""
    newest = max((span.first for span in issued), default=None)
    return today if newest is None else max(today, newest + timedelta(days=1))


def _prices(reader: FormReader, value: object, products: Mapping[str, str]) -> list[ProductPrice]:
    prices: dict[str, ProductPrice] = {}
    for number, row in reader.rows("prices", "价格表", value, MOST_ROWS):
        place, label = f"prices[{number - 1}]", f"价格表第{number}行"
        before = len(reader.errors)
        product = reader.text(f"{place}.productNo", f"{label}产品", row.get("productNo"), CODE_LIMIT)
        if product and product not in products:
            reader.wrong(f"{place}.productNo", f"{label}产品:没有编号为“{product}”的产品")
        elif product in prices:
            reader.wrong(f"{place}.productNo", f"{label}产品:{products[product]}重复")
        listed = reader.amount(f"{place}.listPrice", f"{label}标准价", row.get("listPrice"))
        floor = reader.amount(f"{place}.floorPrice", f"{label}底价", row.get("floorPrice"))
        if listed is not None and floor is not None and floor > listed:
            reader.wrong(f"{place}.floorPrice", f"{label}底价:不得高于标准价")
        if len(reader.errors) == before and listed is not None and floor is not None:
            prices[product] = ProductPrice(
                product_no=product, product_name=products[product], list_price=listed, floor_price=floor
            )
    return list(prices.values())


def _terms(reader: FormReader, value: object) -> list[PaymentTerm]:
    terms: dict[str, PaymentTerm] = {}
    for number, row in reader.rows("paymentTerms", "付款方式", value, MOST_ROWS):
        place, title = f"paymentTerms[{number - 1}]", f"付款方式第{number}行"
        code = reader.text(f"{place}.code", f"{title}代码", row.get("code"), CODE_LIMIT)
        label = reader.text(f"{place}.label", f"{title}说明", row.get("label"), LABEL_LIMIT)
        if code in terms:
            reader.wrong(f"{place}.code", f"{title}代码:{code}重复")
        elif code and not (code.isascii() and code[0].isalnum() and set(code[1:]) <= _CODE):
            reader.wrong(f"{place}.code", f"{title}代码:只能用字母、数字和 . _ -")
        elif code and label:
            terms[code] = PaymentTerm(code=code, label=label)
    return list(terms.values())


def _instalments(reader: FormReader, value: object, terms: Collection[str]) -> list[Instalment]:
    found: list[Instalment] = []
    before = len(reader.errors)
    for number, row in reader.rows("instalments", "分期付款", value, MOST_ROWS, required=False):
        place, title = f"instalments[{number - 1}]", f"分期付款第{number}行"
        code = reader.text(f"{place}.code", f"{title}付款方式代码", row.get("code"), CODE_LIMIT)
        if code and code not in terms:
            reader.wrong(f"{place}.code", f"{title}付款方式代码:没有代码为“{code}”的付款方式")
        percent = reader.decimal(f"{place}.percent", f"{title}比例(%)", row.get("percent"), 0, 100)
        if percent == 0:
            reader.wrong(f"{place}.percent", f"{title}比例(%):必须大于0")
        after = row.get("after")
        if not isinstance(after, str) or after not in STARTS:
            reader.wrong(f"{place}.after", f"{title}起算:请选择{'、'.join(STARTS.values())}")
        days = reader.whole(f"{place}.days", f"{title}天数", row.get("days"), 0, 3650)
        if len(reader.errors) == before:
            found.append(
                Instalment.model_validate({"code": code, "percent": percent, "after": after, "days": days})
            )
    if len(reader.errors) == before:
        for code, percent in percents(found).items():
            if percent != WHOLE:
                reader.wrong("instalments", f"分期付款:付款方式{code}各期比例合计为{percent}%,应为100%")
    return found


_CODE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def _deadlines(reader: FormReader, value: object) -> dict[str, int]:
    hours: dict[str, int] = {}
    for number, row in reader.rows("deadlines", "办理时限", value, MOST_ROWS):
        step = row.get("step")
        name = STEPS.get(step) if isinstance(step, str) else None
        if name is None or not isinstance(step, str):
            reader.wrong(f"deadlines[{number - 1}].step", f"办理时限第{number}行:没有这个环节")
        elif step in hours:
            reader.wrong(f"deadlines[{number - 1}].step", f"办理时限第{number}行:{name}重复")
        else:
            place = f"deadlines[{number - 1}].hours"
            hours[step] = reader.whole(place, f"{name}时限(工作小时)", row.get("hours"), 1, 2000) or 1
    missing = [name for step, name in STEPS.items() if step not in hours]
    if missing and value:
        reader.wrong("deadlines", f"办理时限:缺少{'、'.join(missing)}")
    return hours


def _numbers(reader: FormReader, form: DraftForm) -> dict[str, object]:
    block = reader.whole("overdueBlockDays", "逾期停止签约发货(天)", form.overdue_block_days, 0, 3650)
    withhold = reader.whole("withholdDays", "逾期扣发提成(天)", form.withhold_days, 0, 3650)
    litigation = reader.whole("litigationDays", "逾期提起诉讼(天)", form.litigation_days, 0, 3650)
    if block is not None and withhold is not None and withhold < block:
        reader.wrong("withholdDays", "逾期扣发提成(天):不得少于停止签约发货的天数")
    if withhold is not None and litigation is not None and litigation < withhold:
        reader.wrong("litigationDays", "逾期提起诉讼(天):不得少于扣发提成的天数")
    if form.interest_first not in ("principal", "interest"):
        reader.wrong("interestFirst", "部分回款先抵充:请选择先本金或先利息")
    grades = [
        reader.whole(f"grade{grade}Days", f"信用{grade}级起点(逾期天数)", value, 1, 3650)
        for grade, value in zip("BCD", (form.grade_b_days, form.grade_c_days, form.grade_d_days), strict=True)
    ]
    said = [days for days in grades if days is not None]
    if len(said) == len(grades) and said != sorted(set(said)):
        reader.wrong("gradeDDays", "信用等级:B、C、D级的逾期天数必须逐级递增")
    return {
        "grade_b_days": grades[0],
        "grade_c_days": grades[1],
        "grade_d_days": grades[2],
        "other_terms_days": reader.whole(
            "otherTermsDays", "未约定分期的付款期限(天)", form.other_terms_days, 0, 3650
        ),
        "tax_rate_percent": reader.decimal("taxRatePercent", "增值税率(%)", form.tax_rate_percent, 0, 100),
        "commission_permille": reader.whole(
            "commissionPermille", "业务提成比例(‰)", form.commission_permille, 0, 1000
        ),
        "first_payment_percent": reader.decimal(
            "firstPaymentPercent", "首期付款比例(%)", form.first_payment_percent, 0, 100
        ),
        "invoice_gate_percent": reader.decimal(
            "invoiceGatePercent", "开票回款比例(%)", form.invoice_gate_percent, 0, 100
        ),
        "interest_per_day": reader.decimal(
            "interestPerDay", "逾期日利率(万分之)", form.interest_per_day, 0, 100
        ),
        "interest_first": form.interest_first,
        "deposit_percent": reader.decimal("depositPercent", "定金上限(%)", form.deposit_percent, 0, 20),
        "large_contract": reader.amount("largeContract", "大额合同起点(元)", form.large_contract),
        "serious_deviation_permille": reader.whole(
            "seriousDeviationPermille", "严重偏离起点(‰)", form.serious_deviation_permille, 0, 1000
        ),
        "overdue_block_days": block,
        "withhold_days": withhold,
        "litigation_days": litigation,
        "follow_up_days": reader.whole("followUpDays", "回访时限(自然日)", form.follow_up_days, 0, 3650),
        "follow_up_tries": reader.whole("followUpTries", "回访联系次数", form.follow_up_tries, 1, 20),
        "delay_warning_hours": reader.whole(
            "delayWarningHours", "延期提前告知(工作小时)", form.delay_warning_hours, 1, 2000
        ),
        "greeting_minutes": reader.whole("greetingMinutes", "来店迎接(分钟)", form.greeting_minutes, 1, 120),
        "ask_again_hours": reader.whole(
            "askAgainHours", "投诉客户未联系上再联系(工作小时)", form.ask_again_hours, 1, 2000
        ),
        "reminder_hours": reader.whole("reminderHours", "提前提醒(工作小时)", form.reminder_hours, 1, 2000),
    }
