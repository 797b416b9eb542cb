"""Declarations of cars below the policy's floor: asked for by the order, filled from the agreed deal (V6, V7, C2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import catalog, customers, policy, vehicles
from workers.calendar import SHANGHAI
from workers.cases import FormError, FormReader
from workers.contract.rules import Price, ValidDeclaration
from workers.contract.store import OPEN, CarDeclaration
from workers.errors import InvalidInput
from workers.money import figures

WITHDRAW = "须撤回本申报，与客户重新协商"


@dataclass(frozen=True)
class Deal:
    """The deal that a declaration is to approve: what it says of customer, car and money is agreed already."""

    asked: CarDeclaration
    sale: vehicles.Sale
    ruling: policy.PolicyVersion
    """By which the price was judged."""
    customer_name: str
    specification: str
    """Colour and equipment, as the declaration's line begins with it."""

    more_products = False
    kept_date: date | None = None

    @property
    def customer_no(self) -> str:
        """Whom the car is sold to."""
        return self.sale.customer_no

    @property
    def salesperson(self) -> str:
        """Whose customer it is."""
        return self.sale.salesperson

    @property
    def prices(self) -> Mapping[str, Price]:
        """The car's price, also when a later policy does not know the model any more."""
        return {self.sale.model_no: self.ruling.prices[self.sale.model_no]}

    @property
    def payment_terms(self) -> Mapping[str, str]:
        """The one way in which a car is paid; it is the policy's, so it is no deviation."""
        rest = figures(self.sale.price - self.asked.deposit)
        return {
            vehicles.PAYMENT_TERMS: f"签订合同时支付定金{figures(self.asked.deposit)}，交车前付清余款{rest}"
        }

    def findings(self, declaration: ValidDeclaration) -> list[FormError]:
        """Where the declaration leaves the deal; date and words are free, everything else was agreed."""
        reader, sale = FormReader(), self.sale
        line = declaration.lines[0]
        if len(declaration.lines) > 1 or line.product_no != sale.model_no or line.quantity != 1:
            reader.wrong("lines", f"产品明细：只能是客户所购的车辆一辆({sale.model_no})")
        elif line.unit_price != sale.price:
            reader.wrong("lines[0].unitPrice", f"单价：与客户谈定{figures(sale.price)}，改价{WITHDRAW}")
        elif sale.colour not in line.specification:
            reader.wrong("lines[0].specification", f"规格：客户选定的颜色是{sale.colour}，应写在规格里")
        if declaration.payment_terms != vehicles.PAYMENT_TERMS:
            reader.wrong("paymentTerms", f"付款条件：定金和余款已与客户谈定，变更{WITHDRAW}")
        return reader.errors


def ask(
    session: Session, sale_no: str, *, applicant: str, deposit: Decimal, promised_at: datetime, remarks: str
) -> CarDeclaration:
    """The order asks for the approval of its deal; asked again before a declaration carries it, the last words count.

    `deposit`: yuan. Raises InvalidInput while a declaration of the sale is under way.
    """
    asked = latest(session, sale_no)
    if asked is None or asked.state != OPEN:
        asked = CarDeclaration(sale_no=sale_no, state=OPEN)
        session.add(asked)
    elif asked.declaration_no is not None:
        raise InvalidInput(f"the declaration {asked.declaration_no} of sale {sale_no} is under way")
    asked.applicant, asked.deposit = applicant, deposit
    asked.promised_at, asked.remarks = promised_at, remarks
    session.flush()
    return asked


def promised(asked: CarDeclaration, day: date) -> datetime:
    """The moment for which the car is promised: the declaration may have moved the day, the time of day stays."""
    return datetime.combine(day, asked.promised_at.astimezone(SHANGHAI).time(), SHANGHAI)


def latest(session: Session, sale_no: str) -> CarDeclaration | None:
    """What the sale's order has asked for last."""
    query = select(CarDeclaration).where(CarDeclaration.sale_no == sale_no).order_by(CarDeclaration.id.desc())
    return session.scalars(query.limit(1).execution_options(populate_existing=True)).one_or_none()


def waiting(session: Session, sale_no: object) -> CarDeclaration | None:
    """What waits for a declaration to carry it, locked; the variable that names the sale is believed no further."""
    if not isinstance(sale_no, str):
        return None
    query = select(CarDeclaration).where(
        CarDeclaration.sale_no == sale_no,
        CarDeclaration.state == OPEN,
        CarDeclaration.declaration_no.is_(None),
    )
    return session.scalars(query.with_for_update()).one_or_none()


def deal(session: Session, declaration_no: str) -> Deal | None:
    """The deal that this declaration is to approve; None for a declaration that is no car's."""
    query = select(CarDeclaration).where(CarDeclaration.declaration_no == declaration_no)
    asked = session.scalars(query).one_or_none()
    if asked is None:
        return None
    sale = vehicles.sale(session, asked.sale_no)
    product = catalog.product(session, sale.model_no)
    equipment = product.specification if product is not None else ""
    return Deal(
        asked,
        sale,
        policy.version(session, sale.policy_version),
        customers.find(session, sale.customer_no).name,
        "，".join(filter(None, (sale.colour, equipment))),
    )


def prefilled(found: Deal) -> dict[str, Any]:
    """The declaration's form as the deal was agreed."""
    sale, asked = found.sale, found.asked
    floor = found.ruling.prices[sale.model_no].floor_price
    return {
        "order_intent": (
            f"车辆销售{sale.sale_no}：客户已同意的车价{figures(sale.price)}低于底价{figures(floor)}，申请审批。"
        ),
        "customer_no": sale.customer_no,
        "salesperson": sale.salesperson,
        "delivery_date": asked.promised_at.astimezone(SHANGHAI).date().isoformat(),
        "payment_terms": vehicles.PAYMENT_TERMS,
        "special_terms": None,
        "remarks": asked.remarks,
        "lines": [
            {
                "productNo": sale.model_no,
                "specification": found.specification,
                "quantity": "1",
                "unitPrice": format(sale.price, ".2f"),
            }
        ],
    }
