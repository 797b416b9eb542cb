"""The file of opening contracts: read and checked before anything is entered, field by field (X3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from workers import catalog, documents, policy
from workers.cases import FormError, FormReader
from workers.ledger import invariants
from workers.ledger.account import ZERO, GoodsLine
from workers.ledger.opening import Moved, Opening
from workers.org import OrgChart

FIELDS = (
    *("number", "customer", "salesperson", "amount", "sealed_on", "delivery_on", "delivered_on"),
    *("payment_terms", "lines", "received", "invoiced", "commission_paid", "document"),
)
LINE_FIELDS = ("product", "specification", "quantity", "unit_price", "delivered")
MONEY_FIELDS = ("amount", "value_date", "reference")
MOST_ROWS = 500
OTHER_TERMS = "other"


def read(
    session: Session, org: OrgChart, content: object, today: date, folder: Path
) -> tuple[list[Opening], list[FormError]]:
    """The contracts of a file's content (one mapping, or a list of them), or everything that is wrong with it.

    `folder`: where the papers lie that the file names. Amounts are text: the file is read without floats.
    """
    wanted = content.get("contracts") if isinstance(content, Mapping) and "contracts" in content else content
    rows = wanted if isinstance(wanted, list) else [wanted]
    reader = FormReader()
    if not rows:
        reader.wrong("contracts", "文件中没有合同 (the file names no contract)")
    found = [
        _Reading(
            session, org, reader, row, today, folder, f"contracts[{index}]", f"第{index + 1}份合同"
        ).contract()
        for index, row in enumerate(rows)
    ]
    contracts = [one for one in found if one is not None]
    for number in _repeated([one.number for one in contracts]):
        reader.wrong("contracts", f"合同编号{number}在文件中出现多次 (the number stands there twice)")
    references = [one.reference for contract in contracts for one in contract.received]
    for reference in _repeated(references):
        reader.wrong(
            "contracts", f"收款凭据{reference}在文件中出现多次 (the bank reference stands there twice)"
        )
    return ([], reader.errors) if reader.errors else (contracts, [])


def _repeated(values: Sequence[str]) -> list[str]:
    return sorted({one for one in values if values.count(one) > 1})


class _Reading:
    """Reads one contract; `place` and `label` say in findings which."""

    def __init__(
        self,
        session: Session,
        org: OrgChart,
        reader: FormReader,
        row: object,
        today: date,
        folder: Path,
        place: str,
        label: str,
    ) -> None:
        self.session, self.org, self.reader, self.today, self.folder = session, org, reader, today, folder
        self.place, self.label = place, label
        self.row: Mapping[str, Any] = row if isinstance(row, Mapping) else {}

    def contract(self) -> Opening | None:
        """The contract; None when something is wrong with it."""
        before = len(self.reader.errors)
        self._unknown(self.row, FIELDS, self.place)
        number = self._code("number", "合同编号")
        customer = self._customer()
        salesperson = self._salesperson()
        amount = self.reader.amount(f"{self.place}.amount", f"{self.label}金额", self.row.get("amount"))
        sealed = self._day("sealed_on", "签订日期")
        delivery = self._day("delivery_on", "约定交货日期", ahead=True)
        delivered = self._day("delivered_on", "实际交货日期", required=False)
        if sealed and delivered and delivered < sealed:
            self._wrong("delivered_on", "实际交货日期:不得早于签订日期")
        ruling, terms = self._terms(sealed)
        lines = self._lines(amount, delivered)
        received, invoiced = self._moved("received", "收款"), self._moved("invoiced", "发票")
        paid = self._commission()
        paper, paper_type = self._paper()
        if len(self.reader.errors) > before or ruling is None:
            return None
        if customer is None or amount is None or sealed is None or delivery is None:
            return None
        jointing = {product.no for product in catalog.products(self.session).values() if product.jointing}
        opening = Opening(
            number=number,
            customer_no=customer.no,
            customer_name=customer.name,
            salesperson=salesperson,
            amount=amount,
            sealed_on=sealed,
            delivery_on=delivery,
            delivered_on=delivered,
            payment_terms=terms,
            policy_version=ruling.version_no,
            commission_permille=ruling.document.commission_permille,
            invoice_gate_percent=ruling.document.invoice_gate_percent,
            needs_jointing=any(line.to_deliver and line.product_no in jointing for line in lines),
            lines=lines,
            received=received,
            invoiced=invoiced,
            commission_paid=paid,
            paper=paper,
            paper_type=paper_type,
        )
        broken = invariants.of_account(opening.account)
        for one in broken:
            self._wrong("amount", f"与台帐规则不符 ({one})")
        return None if broken else opening

    def _wrong(self, field: str, message: str) -> None:
        self.reader.wrong(f"{self.place}.{field}", f"{self.label}{message}")

    def _unknown(self, row: Mapping[str, Any], known: Sequence[str], place: str) -> None:
        for name in row:
            if name not in known:
                self.reader.wrong(f"{place}.{name}", f"{self.label}:不认识的字段;可用的有:{'、'.join(known)}")

    def _code(self, field: str, label: str) -> str:
        text = self.reader.text(f"{self.place}.{field}", f"{self.label}{label}", self.row.get(field), 32)
        if text and not (text.isascii() and text.replace("-", "").isalnum()):
            self._wrong(field, f"{label}:只能用字母、数字和 -")
        return text

    def _customer(self) -> catalog.Customer | None:
        number = self._code("customer", "客户编号")
        customer = catalog.customer(self.session, number) if number else None
        if number and customer is None:
            self._wrong("customer", f"客户编号:没有编号为“{number}”的客户")
        return customer

    def _salesperson(self) -> str:
        user = self._code("salesperson", "业务员")
        if user and user not in self.org.holders("salesperson", self.today):
            self._wrong("salesperson", f"业务员:“{user}”不是在职业务员")
        return user

    def _day(self, field: str, label: str, *, required: bool = True, ahead: bool = False) -> date | None:
        place, label = f"{self.place}.{field}", f"{self.label}{label}"
        day = self.reader.day(place, label, self.row.get(field), required=required)
        if day is not None and day > self.today and not ahead:
            self.reader.wrong(place, f"{label}:不得晚于今天({self.today})")
        return day

    def _terms(self, sealed: date | None) -> tuple[policy.PolicyVersion | None, str]:
        """The policy that counts for the contract: of its day, or today's when the books know none so old."""
        terms = self._code("payment_terms", "付款方式")
        ruling = None
        for day in (sealed, self.today):
            try:
                ruling = ruling or (policy.in_force(self.session, day) if day else None)
            except policy.NoPolicyInForce:
                continue
        if ruling is None:
            self._wrong("payment_terms", "付款方式:没有生效的销售政策,请先签发 (no policy is in force)")
        elif terms and terms != OTHER_TERMS and terms not in ruling.payment_terms:
            known = "、".join((*ruling.payment_terms, OTHER_TERMS))
            self._wrong(
                "payment_terms", f"付款方式:“{terms}”不在第{ruling.version_no}版政策中;可用的有:{known}"
            )
        return ruling, terms

    def _lines(self, amount: Decimal | None, delivered_on: date | None) -> tuple[GoodsLine, ...]:
        rows = self.reader.rows(
            f"{self.place}.lines", f"{self.label}产品行", self.row.get("lines"), MOST_ROWS, required=False
        )
        if not rows:
            if delivered_on is None:
                self._wrong("lines", "产品行:未交清的合同须列明产品 (goods to deliver need lines)")
            whole = GoodsLine(1, "OPENING", "期初合同货物", "批", "", amount or ZERO, Decimal(1))
            return (replace(whole, delivered=Decimal(1)),)
        lines = [self._line(number, row, delivered_on) for number, row in rows]
        good = tuple(line for line in lines if line is not None)
        total = sum((line.amount for line in good), ZERO)
        if amount is not None and len(good) == len(rows) and total != amount:
            self._wrong("lines", f"产品行:合计{total}与合同金额{amount}不符")
        return good

    def _line(self, number: int, row: Mapping[str, Any], delivered_on: date | None) -> GoodsLine | None:
        place, label = f"{self.place}.lines[{number - 1}]", f"{self.label}产品行第{number}行"
        before = len(self.reader.errors)
        self._unknown(row, LINE_FIELDS, place)
        no = self.reader.text(f"{place}.product", f"{label}产品", row.get("product"), 32)
        product = catalog.product(self.session, no) if no else None
        if no and product is None:
            self.reader.wrong(f"{place}.product", f"{label}产品:没有编号为“{no}”的产品")
        specification = self.reader.text(
            f"{place}.specification", f"{label}规格", row.get("specification"), 200, required=False
        )
        quantity = self.reader.quantity(f"{place}.quantity", f"{label}数量", row.get("quantity"))
        price = self.reader.amount(f"{place}.unit_price", f"{label}单价", row.get("unit_price"))
        stated = row.get("delivered", row.get("quantity") if delivered_on else None)
        delivered = self.reader.quantity(f"{place}.delivered", f"{label}已交数量", stated)
        if quantity == 0:
            self.reader.wrong(f"{place}.quantity", f"{label}数量:必须大于0")
        elif quantity is not None and delivered is not None and delivered > quantity:
            self.reader.wrong(f"{place}.delivered", f"{label}已交数量:不得大于数量")
        elif delivered and delivered_on is None:
            self.reader.wrong(f"{place}.delivered", f"{label}已交数量:须填写合同的实际交货日期")
        if len(self.reader.errors) > before or product is None or price is None:
            return None
        return GoodsLine(
            line_no=number,
            product_no=product.no,
            product_name=product.name,
            unit=product.unit,
            specification=specification or product.specification,
            unit_price=price,
            ordered=quantity or ZERO,
            delivered=delivered or ZERO,
        )

    def _moved(self, field: str, label: str) -> tuple[Moved, ...]:
        rows = self.reader.rows(
            f"{self.place}.{field}", f"{self.label}{label}", self.row.get(field), MOST_ROWS, required=False
        )
        moved = []
        for number, row in rows:
            place, words = f"{self.place}.{field}[{number - 1}]", f"{self.label}{label}第{number}行"
            self._unknown(row, MONEY_FIELDS, place)
            amount = self.reader.amount(f"{place}.amount", f"{words}金额", row.get("amount"))
            day = self.reader.day(f"{place}.value_date", f"{words}日期", row.get("value_date"))
            reference = self.reader.text(f"{place}.reference", f"{words}凭据号", row.get("reference"), 100)
            if day is not None and day > self.today:
                self.reader.wrong(f"{place}.value_date", f"{words}日期:不得晚于今天({self.today})")
            if amount is not None and day is not None and reference:
                moved.append(Moved(amount, day, reference))
        for reference in _repeated([one.reference for one in moved]):
            self._wrong(field, f"{label}:凭据号{reference}重复")
        return tuple(moved)

    def _commission(self) -> Decimal:
        value = self.row.get("commission_paid")
        if value in (None, "", "0", "0.00"):
            return ZERO
        paid = self.reader.amount(f"{self.place}.commission_paid", f"{self.label}已发提成", value)
        return paid or ZERO

    def _paper(self) -> tuple[bytes | None, str]:
        name = self.row.get("document")
        if name in (None, ""):
            return None, ""
        path = self.folder / str(name)
        try:
            content = path.read_bytes()
        except OSError as error:
            self._wrong("document", f"合同扫描件:读不到{path} ({error.strerror})")
            return None, ""
        if fault := documents.scan_fault(content, f"{self.label}合同扫描件", "合同"):
            self.reader.wrong(f"{self.place}.document", fault)
            return None, ""
        return content, documents.media_type(content) or ""
