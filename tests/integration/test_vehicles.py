"""Single cars on PostgreSQL: sold once, whoever wants them (V8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from workers import catalog, customers, vehicles
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput, UserError
from workers.settings import SETTINGS_FILE
from workers.vehicles import VehicleTaken

CONFIG = Path(SETTINGS_FILE).parent
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI)
VIN = "LTEST{:012d}".format
SALE, OTHER = "XS-2026-9001", "XS-2026-9002"


@pytest.fixture
def shop(session: Session) -> Session:
    """A catalog with car models."""
    catalog.load_sample(session, CONFIG / "catalog.yaml")
    return session


def owner(session: Session, phone: str = "13911120001") -> str:
    return customers.meet(session, phone=phone, name="车主", at=NOW, source="walk-in").no


@pytest.mark.rule("V8")
def test_cars_that_can_be_had_soonest_are_offered_first(shop: Session) -> None:
    ways = [("in_transit", date(2026, 4, 2)), ("other_shop", None), ("in_stock", None), ("ordered", None)]
    for number, (state, day) in enumerate(ways):
        vehicles.enter(shop, VIN(number), "QC01", "测试红", state=state, expected_on=day)
    vehicles.enter(shop, VIN(9), "QC01", "测试蓝")
    found = vehicles.available(shop, "QC01", "测试红")
    assert [car.state for car in found] == ["in_stock", "other_shop", "in_transit", "ordered"]
    vehicles.reserve(shop, VIN(2), SALE)
    assert VIN(2) not in [car.vin for car in vehicles.available(shop, "QC01")]


@pytest.mark.rule("V8")
def test_a_car_is_kept_for_one_sale_until_it_is_released(shop: Session) -> None:
    vehicles.enter(shop, VIN(1), "QC01", "测试红")
    assert vehicles.reserve(shop, VIN(1), SALE).state == "reserved"
    assert vehicles.reserve(shop, VIN(1), SALE).sale_no == SALE
    with pytest.raises(VehicleTaken, match=f"已被{SALE}预订,请另选一辆"):
        vehicles.reserve(shop, VIN(1), OTHER)
    vehicles.release(shop, SALE)
    vehicles.release(shop, SALE)
    assert vehicles.reserve(shop, VIN(1), OTHER).sale_no == OTHER


@pytest.mark.rule("V8", "X3")
def test_what_cannot_be_sold_is_said_in_chinese(shop: Session) -> None:
    with pytest.raises(VehicleTaken, match="没有车架号为"):
        vehicles.reserve(shop, VIN(1), SALE)
    vehicles.register(shop, VIN(2), None, "QC01", owner(shop))
    with pytest.raises(VehicleTaken, match="不在可售库存中"):
        vehicles.reserve(shop, VIN(2), SALE)
    for number in (3, 4):
        vehicles.enter(shop, VIN(number), "QC01", "测试红")
    vehicles.reserve(shop, VIN(3), SALE)
    with pytest.raises(VehicleTaken, match=f"{SALE}已预订车辆{VIN(3)}"):
        vehicles.reserve(shop, VIN(4), SALE)
    with pytest.raises(VehicleTaken, match="已登记过"):
        vehicles.enter(shop, VIN(3), "QC01", "测试红")


@pytest.mark.rule("V8", "X6")
def test_two_sales_of_one_vin_in_the_same_second_have_one_winner(
    session_factory: sessionmaker[Session],
) -> None:
    with UnitOfWork(session_factory) as uow:
        catalog.load_sample(uow.session, CONFIG / "catalog.yaml")
        for number in range(20, 25):
            vehicles.enter(uow.session, VIN(number), "QC01", "测试红")
    barrier = Barrier(2)

    def one(vin: str, sale_no: str) -> str:
        barrier.wait(10)
        try:
            with UnitOfWork(session_factory) as uow:
                vehicles.reserve(uow.session, vin, sale_no)
        except VehicleTaken as taken:
            return str(taken)
        return "won"

    for number in range(20, 25):
        vin, sales = VIN(number), (f"XS-2026-{number}A", f"XS-2026-{number}B")
        with ThreadPoolExecutor(2) as pool:
            said = dict(zip(sales, pool.map(lambda sale_no, vin=vin: one(vin, sale_no), sales), strict=True))
        winner = next(sale_no for sale_no, word in said.items() if word == "won")
        loser = next(sale_no for sale_no in sales if sale_no != winner)
        assert said[loser] == f"车辆{vin}已被{winner}预订,请另选一辆"
        with session_factory() as session:
            found = vehicles.find(session, vin)
            assert found is not None
            assert found.sale_no == winner


@pytest.mark.rule("V8", "X6")
def test_a_car_leaves_the_stock_with_its_reason_and_comes_back_by_a_list(shop: Session) -> None:
    def gone(vin: str) -> None:
        vehicles.withdraw(shop, vin, reason="展车报废", by="zhangwei", at=NOW)

    vehicles.enter(shop, VIN(1), "QC01", "测试红")
    vehicles.reserve(shop, VIN(1), SALE)
    with pytest.raises(VehicleTaken, match=f"已被{SALE}预订,不能移出库存"):
        gone(VIN(1))
    vehicles.release(shop, SALE)
    gone(VIN(1))
    assert vehicles.available(shop, "QC01", "测试红") == []
    assert VIN(1) in [car.vin for car in vehicles.ours(shop, "QC01")]
    with pytest.raises(VehicleTaken, match="不在本店库存中"):
        gone(VIN(1))
    listed = f"车架号,车型,颜色,状态,地点\n{VIN(1)},QC01,测试红,本店现车,展厅\n{VIN(2)},QC01,测试红,,\n"
    content = listed.encode("gb18030")  # as Excel in China writes it
    assert vehicles.enter_list(shop, content, by="zhangwei", at=NOW) == [VIN(1), VIN(2)]
    assert [car.vin for car in vehicles.available(shop, "QC01", "测试红")] == [VIN(1), VIN(2)]
    assert [one.reason for one in vehicles.changes(shop, VIN(1))] == ["展车报废", "登记入库"]


@pytest.mark.rule("V8", "X3")
def test_a_list_with_a_mistake_enters_nothing_and_says_line_by_line_what(shop: Session) -> None:
    vehicles.enter(shop, VIN(1), "QC01", "测试红")
    lines = [
        "vin,model,colour,state,expected_on",
        "kurz,QC01,红,in_stock,",
        f"{VIN(2)},GS01,红,sold,morgen",
        f"{VIN(3)},QC01,红,,",
        "",
    ]
    with pytest.raises(vehicles.ListRefused) as refused:
        vehicles.enter_list(shop, "\n".join(lines).encode(), by="zhangwei", at=NOW)
    assert refused.value.findings == [
        "第2行：车架号应为17位字母和数字（不含I、O、Q）",
        "第3行：没有车型GS01，请填产品目录中的编号",
        "第3行：状态应为本店现车、他店现车、到店待检、运输途中、已向厂家订购",
        "第3行：预计到店应为日期，例如2026-03-20",
    ]
    assert vehicles.find(shop, VIN(3)) is None
    with pytest.raises(vehicles.ListRefused, match="缺少列：车架号、颜色"):
        vehicles.enter_list(shop, b"model\nQC01\n", by="zhangwei", at=NOW)
    with pytest.raises(vehicles.ListRefused, match="已登记过"):
        vehicles.enter_list(shop, f"vin,model,colour\n{VIN(1)},QC01,红".encode(), by="zhangwei", at=NOW)


@pytest.mark.rule("V8")
def test_a_car_on_its_way_is_kept_for_its_sale_when_it_arrives(shop: Session) -> None:
    vehicles.enter(shop, VIN(1), "QC01", "测试红", state="in_transit", expected_on=date(2026, 4, 2))
    assert vehicles.reserve(shop, VIN(1), SALE).state == "in_transit"
    with pytest.raises(InvalidInput, match="cannot be handed over"):
        vehicles.hand_over(shop, VIN(1), owner(shop), NOW)
    assert vehicles.move(shop, VIN(1), "checking", place="车库").state == "checking"
    assert vehicles.move(shop, VIN(1), "in_stock").state == "reserved"
    assert vehicles.reserved_for(shop, SALE) is vehicles.find(shop, VIN(1))


@pytest.mark.rule("V8")
def test_a_handed_over_car_is_the_customers_for_good(shop: Session) -> None:
    vehicles.enter(shop, VIN(1), "QC01", "测试红")
    vehicles.reserve(shop, VIN(1), SALE)
    buyer = owner(shop)
    for _ in range(2):
        car = vehicles.hand_over(shop, VIN(1), buyer, NOW)
        assert (car.state, car.owner_no, car.handed_over_at) == ("sold", buyer, NOW)
    vehicles.release(shop, SALE)
    assert car.sale_no == SALE
    with pytest.raises(VehicleTaken):
        vehicles.reserve(shop, VIN(1), OTHER)
    with pytest.raises(InvalidInput):
        vehicles.move(shop, VIN(1), "in_stock")


@pytest.mark.rule("W2")
def test_a_customers_car_is_known_by_its_plate_which_may_move_to_another(shop: Session) -> None:
    first, second = owner(shop), owner(shop, "13911120002")
    vehicles.register(shop, VIN(1), "苏A12345", "别家的车 2019款", first)
    found = vehicles.by_plate(shop, "苏A12345")
    assert found is not None
    assert (found.vin, found.model, found.model_no, found.state) == (
        *(VIN(1), "别家的车 2019款", None, "customer"),
    )
    vehicles.register(shop, VIN(2), "苏A12345", "QC02", second)
    moved = vehicles.by_plate(shop, "苏A12345")
    assert moved is not None
    assert (moved.vin, moved.model_no, moved.owner_no) == (VIN(2), "QC02", second)


@pytest.mark.rule("W2")
def test_who_brings_a_car_for_service_owns_it_only_if_the_form_says_so(shop: Session) -> None:
    first, second = owner(shop), owner(shop, "13911120002")
    vehicles.register(shop, VIN(1), "苏A12345", "QC02", first)
    assert vehicles.register(shop, VIN(1), "苏A54321", "QC02", second).owner_no == first
    assert vehicles.register(shop, VIN(1), None, "QC02", second, sold_on=True).owner_no == second


@pytest.mark.rule("W2", "X3")
def test_a_car_of_our_stock_is_not_a_customers(shop: Session) -> None:
    vehicles.enter(shop, VIN(1), "QC01", "测试红")
    with pytest.raises(VehicleTaken, match="库存车辆"):
        vehicles.register(shop, VIN(1), "苏A12345", "QC01", owner(shop))


@pytest.mark.rule("V7")
def test_the_deal_that_was_said_last_counts(shop: Session) -> None:
    with pytest.raises(InvalidInput):
        vehicles.sale(shop, SALE)
    deal: dict[str, Any] = {
        "customer_no": owner(shop),
        "salesperson": "zhaolei",
        "service_person": "fengli",
        "model_no": "QC02",
        "colour": "珍珠白",
        "channel": "wechat",
        "promised_at": None,
        "policy_version": 1,
        "below_floor": False,
    }
    vehicles.agree(shop, SALE, price=Decimal("219800.00"), **deal)
    vehicles.agree(shop, SALE, price=Decimal("215000.00"), **deal)
    assert vehicles.sale(shop, SALE).price == Decimal("215000.00")


def test_the_sample_is_entered_once_and_never_undone(shop: Session) -> None:
    vehicles.load_sample(shop, CONFIG / "vehicles.yaml")
    vin = "LSVSAMPLE00000001"
    vehicles.reserve(shop, vin, SALE)
    vehicles.load_sample(shop, CONFIG / "vehicles.yaml")
    car = vehicles.find(shop, vin)
    assert car is not None
    assert (car.state, car.sale_no) == ("reserved", SALE)


@pytest.mark.parametrize(
    "text", ["vehicles: [{vin: X}]", f"vehicles: [{{vin: {VIN(1)}, model: P001, colour: 红}}]", "vehicles: {"]
)
def test_a_file_that_is_wrong_is_named(shop: Session, tmp_path: Path, text: str) -> None:
    wrong = tmp_path / "vehicles.yaml"
    wrong.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"vehicles\.yaml"):
        vehicles.load_sample(shop, wrong)
    vehicles.load_sample(shop, tmp_path / "none.yaml")
