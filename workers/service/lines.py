"""The lines of an order: priced from the policy in force, summed, and counted in hours (W3, W9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import catalog, money, policy
from workers.service.rules import Item
from workers.service.store import AGREED, DECLINED, PROPOSED, ServiceLine
from workers.service.workshop import Workshop

MOST_HOURS = 400
"""Work of one order; a car that needs more needs an order after the other."""
KIND_WORDS = {"labour": "工时", "part": "配件"}


def of(session: Session, case_no: str) -> list[ServiceLine]:
    """The order's lines by number."""
    query = select(ServiceLine).where(ServiceLine.case_no == case_no).order_by(ServiceLine.line_no)
    return list(session.scalars(query))


def amount(line: ServiceLine) -> Decimal:
    """The line in yuan: what was really done of it, else what is offered."""
    quantity = line.quantity if line.actual is None else line.actual
    return (quantity * line.unit_price).quantize(Decimal("0.01"), ROUND_HALF_UP)


def total(rows: Iterable[ServiceLine], kind: str | None = None) -> Decimal:
    """What the lines of a kind come to; what the customer refused does not count."""
    wanted = (one for one in rows if one.state != DECLINED and kind in (None, one.kind))
    return sum((amount(one) for one in wanted), Decimal("0.00"))


def hours(rows: Iterable[ServiceLine], *states: str) -> Decimal:
    """Hours of work of the lines in these states."""
    return sum((one.hours for one in rows if one.state in (states or (PROPOSED, AGREED))), Decimal(0))


def hours_text(hours: Decimal) -> str:
    """Hours of work as people read them; nothing for a part, which takes none."""
    return f"{money.plain(hours)}小时" if hours else ""


def price_list(session: Session, on: date) -> dict[str, policy.ProductPrice]:
    """Labour and parts that the policy of that day has a price for."""
    kinds = {no: product.kind for no, product in catalog.products(session).items()}
    prices = policy.document_on(session, on).prices
    return {one.product_no: one for one in prices if kinds.get(one.product_no) in KIND_WORDS}


def options(session: Session, on: date) -> list[dict[str, str]]:
    """The price list as a form's choices."""
    products = catalog.products(session)
    return [
        {
            "label": f"{KIND_WORDS[products[no].kind]}：{products[no].name}"
            f"（{money.figures(price.list_price)}/{products[no].unit}）",
            "value": no,
        }
        for no, price in price_list(session, on).items()
    ]


def work_hours(session: Session, items: Iterable[Item], shop: Workshop) -> Decimal:
    """Hours of work that the proposed lines take."""
    products = catalog.products(session)
    return sum((_hours(products[item.product_no], item, shop) for item in items), Decimal(0))


def _hours(product: catalog.Product, item: Item, shop: Workshop) -> Decimal:
    return item.quantity * shop.labour_of(product.no).hours if product.kind == "labour" else Decimal(0)


def add(
    session: Session, case_no: str, items: Iterable[Item], origin: str, shop: Workshop, on: date
) -> list[ServiceLine]:
    """Propose lines at the list price of that day."""
    products, prices = catalog.products(session), price_list(session, on)
    last = max((one.line_no for one in of(session, case_no)), default=0)
    added: list[ServiceLine] = []
    for number, item in enumerate(items, last + 1):
        product = products[item.product_no]
        labour = shop.labour_of(item.product_no) if product.kind == "labour" else None
        added.append(
            ServiceLine(
                case_no=case_no,
                line_no=number,
                kind=product.kind,
                product_no=product.no,
                name=product.name,
                unit=product.unit,
                quantity=item.quantity,
                unit_price=prices[item.product_no].list_price,
                hours=_hours(product, item, shop),
                skill=labour.skill if labour else "",
                origin=origin,
                state=PROPOSED,
                reason=item.reason,
            )
        )
    session.add_all(added)
    session.flush()
    return added


def drop_proposed(session: Session, case_no: str) -> None:
    """Take back what was proposed and not agreed yet: the work order is written anew."""
    for line in of(session, case_no):
        if line.state == PROPOSED:
            session.delete(line)
    session.flush()
