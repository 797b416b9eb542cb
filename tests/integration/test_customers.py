"""One record per person, on PostgreSQL (M5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from workers import catalog, customers
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI)
ID = "11010119900307123X"


def met(session: Session, phone: str = "13911110001", name: str = "钱多多", source: str = "walk-in") -> str:
    return customers.meet(session, phone=phone, name=name, at=NOW, source=source).no


@pytest.mark.rule("M5")
def test_a_walk_in_a_lead_and_a_car_owner_with_one_phone_are_one_customer(session: Session) -> None:
    first = met(session)
    assert first.startswith("KH-2026-")
    assert met(session, "+86 139-1111-0001", "钱先生", "lead") == first
    assert met(session, "139 1111 0001", "", "service") == first
    assert met(session, "13911110002") != first
    customer = customers.find(session, first)
    assert (customer.name, customer.phone, customer.kind, customer.source) == (
        *("钱多多", "13911110001", "person", "walk-in"),
    )


@pytest.mark.rule("M5", "X3")
def test_nobody_is_met_without_a_phone(session: Session) -> None:
    with pytest.raises(InvalidInput):
        met(session, "not a phone")
    with pytest.raises(InvalidInput):
        customers.find(session, "KH-1999-0001")


@pytest.mark.rule("M5", "X6")
def test_two_who_meet_the_same_person_at_once_open_one_record(session_factory: sessionmaker[Session]) -> None:
    barrier = Barrier(4)

    def one(number: int) -> str:
        barrier.wait(10)
        with UnitOfWork(session_factory) as uow:
            return met(uow.session, "13911110003", f"客户{number}")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(one, range(4)))) == 1
    with session_factory() as session:
        count = select(func.count()).where(catalog.Customer.phone_key == "+8613911110003")
        assert session.scalar(count) == 1


@pytest.mark.rule("M5", "V9")
def test_the_way_that_a_customer_chose_is_kept_with_the_moment(session: Session) -> None:
    no = met(session)
    customers.set_channel(session, no, "wechat", NOW)
    customer = customers.find(session, no)
    assert (customer.channel, customer.channel_confirmed_at) == ("wechat", NOW)
    customers.set_channel(session, no, "email", NOW, email="qian@example.org")
    customers.set_channel(session, no, "phone", NOW)
    customers.set_channel(session, no, "email", NOW)
    assert customer.email == "qian@example.org"


@pytest.mark.rule("V9", "X3")
def test_a_way_that_leads_nowhere_is_refused(session: Session) -> None:
    no = met(session)
    for way in ("pigeon", "email"):
        with pytest.raises(InvalidInput):
            customers.set_channel(session, no, way, NOW)


@pytest.mark.rule("M5")
def test_the_history_has_each_event_once_in_the_order_of_time(session: Session) -> None:
    no = met(session)
    customers.remember(session, no, NOW + timedelta(hours=1), "试车", "试驾凌云SUV", "XS-2026-0001")
    customers.remember(session, no, NOW, "到店", "看车", "XS-2026-0001")
    customers.remember(session, no, NOW + timedelta(minutes=5), "到店", "看车", "XS-2026-0001")  # said again
    customers.remember(session, no, NOW + timedelta(minutes=9), "到店", "改期再来", "XS-2026-0001")
    customers.remember(session, no, NOW + timedelta(days=9), "到店", "保养", "WX-2026-0001")
    lines = customers.history(session, no)
    assert [(line.time, line.kind, line.text) for line in lines] == [
        ("2026-03-10 09:00", "到店", "看车"),
        ("2026-03-10 09:09", "到店", "改期再来"),
        ("2026-03-10 10:00", "试车", "试驾凌云SUV"),
        ("2026-03-19 09:00", "到店", "保养"),
    ]


@pytest.mark.rule("M5")
def test_posts_that_need_not_call_see_neither_phone_nor_id_number(session: Session) -> None:
    no = met(session)
    customers.remember(session, no, NOW, "到店", f"证件{ID},回电13911110001", "XS-2026-0001")
    full = customers.CustomerView(**customers.view(session, no, full=True))
    assert (full.customer_phone, full.customer_name) == ("13911110001", "钱多多")
    assert ID in full.customer_history[0].text
    masked = customers.CustomerView(**customers.view(session, no, full=False))
    assert masked.customer_phone == "139****0001"
    assert masked.customer_history[0].text == "证件110101********123X,回电139****0001"
    assert ID not in masked.model_dump_json()
