"""A contract's goods on the real engine: production and delivery, straight and with everything that can go wrong."""

from __future__ import annotations

import pytest

from tests.process.office import Office
from workers.demo.goods import Goods


def contract(office: Office, *quantities: str) -> Goods:
    """A contract in force over a line for each quantity."""
    lines = [office.line(number, quantity=quantity) for number, quantity in enumerate(quantities)]
    return Goods(office, office.sealed_contract(lines=lines))


@pytest.mark.rule("C4", "C6", "C7", "C8", "X2")
def test_goods_go_from_the_notice_to_the_customers_signature(office: Office) -> None:
    goods = contract(office, "100", "10")
    fulfilment = office.instance("ContractFulfilmentProcess", goods.number)
    goods.order_production({1: "100", 2: "10"})
    goods.make({1: "100", 2: "10"})
    goods.deliver({1: "100", 2: "10"})
    office.await_end(office.instance("ProductionProcess", goods.number), "Event_ProductionDone")
    office.await_end(office.instance("DeliveryProcess", goods.number), "Event_DeliveryDone")
    office.assert_no_incident(fulfilment)
