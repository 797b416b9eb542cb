"""The steps of both processes, as the staff do them in Tasklist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from tests.process.office import Office
from workers.database.unit_of_work import UnitOfWork
from workers.signals import Signal

BEGINS, CLOSE, PAYOUT = "MonthBeginsProcess", "MonthlyCloseProcess", "CommissionPayoutProcess"


def start_close(office: Office, month: date | str, reason: str = "") -> str:
    """Finance starts a closing from Tasklist; the instance's id."""
    written = month if isinstance(month, str) else f"{month:%Y-%m}"
    return office.desk("finance").start(CLOSE, {"month": written, "earlyReason": reason})


def count(
    office: Office, case: str, off: Mapping[str, str] | None = None, beyond: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The warehouse counts what the books say, except `off`: by contract and line; `beyond`: rows that it adds.

    Returns what the form showed.
    """
    desk = office.desk("warehouse")
    task = desk.await_task(case, "Task_CountStock")
    shown = desk.form(task)
    rows = [
        {**row, "counted": (off or {}).get(row["item"], row["bookStock"].split(" ")[0])}
        for row in shown["counts"]
    ]
    added = [{"item": item, "counted": quantity} for item, quantity in (beyond or {}).items()]
    desk.complete(task, {"counts": rows, "surplusRows": added, "countRemark": ""})
    return shown


def check_sales_book(office: Office, case: str, confirmed: bool = True) -> dict[str, Any]:
    """Sales operations confirms its ledger."""
    form = {"salesBookConfirmed": confirmed, "salesRemark": ""}
    return office.desk("sales_operations").do(case, "Task_CheckSalesBook", form)


def resolve(office: Office, case: str, **fields: Any) -> dict[str, Any]:
    """Finance resolves every difference the same way; what the form showed."""
    desk = office.desk("finance")
    task = desk.await_task(case, "Task_ResolveDifferences")
    shown = desk.form(task)
    decided = {
        "resolution": "in_transit",
        "responsible": office.user("sales_operations"),
        "reason": "单据在途，下月补登",
        **fields,
    }
    desk.complete(task, {"differences": [{**row, **decided} for row in shown["differences"]]})
    return shown


def confirm_close(office: Office, case: str, confirmed: bool = True) -> dict[str, Any]:
    """Finance confirms."""
    form = {"closeConfirmed": confirmed, "closeRemark": ""}
    return office.desk("finance").do(case, "Task_ConfirmClose", form)


def close(office: Office, case: str) -> None:
    """From the stock-take to the lock, whatever differs."""
    count(office, case)
    check_sales_book(office, case)
    if office.await_any(case, "Task_ResolveDifferences", "Task_ConfirmClose") == "Task_ResolveDifferences":
        resolve(office, case)
    confirm_close(office, case)
    office.await_end(case, "Event_MonthClosed")


def payout_of(office: Office, salesperson: str) -> str:
    """The newest payout that a closed month has started for somebody: the case's number."""
    with UnitOfWork(office.app.sessions) as uow:
        query = select(Signal.business_key).where(
            Signal.message == "Msg_CommissionDue", Signal.variables["salesperson"].astext == salesperson
        )
        return uow.session.scalars(query.order_by(Signal.id.desc())).first() or ""


def fill(office: Office, case: str, clerk: int = 0, **fields: Any) -> dict[str, Any]:
    """Sales operations sends the commission form as it is prefilled; `fields` replace. What the form showed."""
    desk = office.desk("sales_operations", clerk)
    task = desk.await_task(case, "Task_FillCommission")
    shown = desk.form(task)
    form = {name: shown.get(name) for name in ("salesperson", "payouts", "payoutNote")}
    desk.complete(task, {**form, **fields})
    return shown


def sign(office: Office, number: str) -> None:
    """Finance, the deputy GM for finance and the general manager sign."""
    for post in ("finance", "deputy_gm_finance", "general_manager"):
        office.sign_paper(number, post)


def pay(office: Office, case: str, **fields: Any) -> dict[str, Any]:
    """Finance registers the payment."""
    form = {"paidOn": office.today.isoformat(), "bankReference": f"B-{case[:20]}", **fields}
    return office.desk("finance").do(case, "Task_RegisterPayout", form)
