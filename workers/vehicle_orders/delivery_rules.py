"""Rules of finding, checking and handing over a car, and of its delay (V8): pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workers import customers
from workers.calendar import WorkingHours
from workers.cases import FormReader
from workers.vehicle_orders.forms import (
    ArrivalForm,
    CarForm,
    CheckForm,
    ChecklistForm,
    DelayForm,
    HandoverForm,
)
from workers.vehicle_orders.rules import LATEST_PROMISE, MOST_NAME, MOST_TEXT
from workers.vehicles import read_vin

FACTORY = "factory"
ARRIVED, GONE = "arrived", "gone"
PASSED, AGAIN, REJECTED = "passed", "again", "rejected"
DELIVERED, REFUSED = "delivered", "refused"
NEW_DATE, ON_TIME = "new_date", "on_time"
LONGEST_ODOMETER = 500
"""Kilometres: a car with more on it is no new one."""
CHECKLIST = {
    "outside_clean": ("outsideClean", "外观洁净"),
    "inside_clean": ("insideClean", "内饰洁净"),
    "free_of_defects": ("freeOfDefects", "车身、漆面、玻璃无缺陷"),
    "functions_tested": ("functionsTested", "灯光、电器、制动等功能正常"),
    "energy_filled": ("energyFilled", "油液、电量充足"),
    "papers_ready": ("papersReady", "随车文件、钥匙、工具齐全"),
}


@dataclass(frozen=True)
class Choice:
    """A car of ours, or (vin empty) one that is ordered from the factory."""

    vin: str
    factory_order: str = ""
    expected_on: date | None = None


@dataclass(frozen=True)
class Arrival:
    """The car is here (`vin` where it had none yet), or will not come."""

    arrived: bool
    vin: str
    remark: str


@dataclass(frozen=True)
class Handover:
    """What the service person says of the handover; of a refusal only reason and the new promise."""

    delivered: bool
    at: datetime
    receiver: str = ""
    mileage: int = 0
    channel: str = ""
    email: str = ""
    questions: str = ""
    reason: str = ""
    promise: datetime | None = None


@dataclass(frozen=True)
class Delay:
    """The new moment that the customer agreed to."""

    promised_at: datetime
    reason: str
    contact: str


def warning_at(promised_at: datetime, hours: int, now: datetime, office: WorkingHours) -> datetime:
    """By when a delay must be told: `hours` working hours before the promised moment.

    Where that has passed already, half of the time that is left: always before the promise, never at once.
    """
    planned = office.before(promised_at, hours)
    return planned if planned > now else now + max(promised_at - now, timedelta()) / 2


def read_choice(form: CarForm, reader: FormReader, today: date) -> Choice | None:
    """One of our cars, or an order to the factory with number and expected day."""
    if form.car_choice == FACTORY:
        number = reader.text("factoryOrder", "厂家订单号", form.factory_order, 64)
        day = reader.day("expectedOn", "预计到店日期", form.expected_on)
        if day is not None and day < today:
            reader.wrong("expectedOn", "预计到店日期：不得早于今天")
        return None if reader.errors else Choice("", number, day)
    vin = read_vin(form.car_choice)
    if vin is None:
        reader.wrong("carChoice", "车辆：请从列表中选择一辆，或选择“向厂家订购”")
        return None
    return Choice(vin)


def read_arrival(form: ArrivalForm, reader: FormReader, known_vin: str) -> Arrival | None:
    """Whether the car came; `known_vin` is empty where the factory had to name it."""
    outcomes = {ARRIVED: "车辆已到店", GONE: "车辆不能到店"}
    outcome = reader.choice("arrivalOutcome", "到店情况", form.arrival_outcome, outcomes)
    vin = known_vin
    if outcome == ARRIVED and not known_vin:
        vin = read_vin(form.arrival_vin) or ""
        if not vin:
            reader.wrong("arrivalVin", "车架号：应为17位字母和数字（不含I、O、Q）")
    needed = outcome == GONE
    remark = reader.text("arrivalRemark", "说明", form.arrival_remark, MOST_TEXT, required=needed, lines=True)
    return None if reader.errors else Arrival(outcome == ARRIVED, vin, remark)


def read_check(form: CheckForm, reader: FormReader) -> tuple[str, str] | None:
    """passed, again (mended here, then checked anew) or rejected; with what was found."""
    outcomes = {PASSED: "合格", AGAIN: "整改后复检", REJECTED: "退回，另找车源"}
    outcome = reader.choice("checkOutcome", "检查结论", form.check_outcome, outcomes)
    findings = reader.text(
        "checkFindings", "发现的问题", form.check_findings, MOST_TEXT, required=outcome != PASSED, lines=True
    )
    return None if reader.errors or outcome is None else (outcome, findings)


def read_checklist(form: ChecklistForm, reader: FormReader) -> tuple[bool, str] | None:
    """Whether every point is fulfilled; if not, which ones are open and what is wrong."""
    missing = [label for field, (_, label) in CHECKLIST.items() if getattr(form, field) is not True]
    findings = reader.text(
        "checklistFindings",
        "未达到的，请写明问题",
        form.checklist_findings,
        MOST_TEXT,
        required=bool(missing),
        lines=True,
    )
    if reader.errors:
        return None
    return not missing, f"{'、'.join(missing)}：{findings}" if missing else findings


def read_handover(
    form: HandoverForm,
    reader: FormReader,
    prepared_at: datetime,
    now: datetime,
    *,
    known_email: str | None = None,
) -> Handover | None:
    """V8: the customer took the car, everything was explained and the channel confirmed; or they refuse it.

    `known_email`: the address in the customer's record.
    """
    outcomes = {DELIVERED: "已交车", REFUSED: "客户未接收"}
    outcome = reader.choice("handoverOutcome", "交车结果", form.handover_outcome, outcomes)
    if outcome == REFUSED:
        reason = reader.text("refusalReason", "未接收的原因", form.refusal_reason, MOST_TEXT, lines=True)
        promise = reader.moment(
            "refusalPromise", "与客户重新约定的交车时间", form.refusal_promise, now, now + LATEST_PROMISE
        )
        return None if reader.errors else Handover(False, now, reason=reason, promise=promise)
    earliest = prepared_at.replace(second=0, microsecond=0)  # forms know minutes only
    at = reader.moment("handedOverOn", "交车时间", form.handed_over_on, earliest, now)
    receiver = reader.text("receiver", "客户签收人", form.receiver, MOST_NAME)
    mileage = reader.whole("mileage", "里程（公里）", form.mileage, 0, LONGEST_ODOMETER)
    if form.operation_explained is not True:
        reader.wrong("operationExplained", "交车：请先向客户讲解车辆操作")
    if form.maintenance_explained is not True:
        reader.wrong("maintenanceExplained", "交车：请先向客户讲解维护保养")
    questions = reader.text(
        "questionsAnswered",
        "客户的问题及解答",
        form.questions_answered,
        MOST_TEXT,
        required=False,
        lines=True,
    )
    channel = reader.choice("contactChannel", "客户选择的联系方式", form.contact_channel, customers.CHANNELS)
    if form.channel_confirmed is not True:
        reader.wrong("channelConfirmed", "联系方式：请与客户当面核实后勾选")
    email = ""
    if channel == "email":
        email = reader.text("contactEmail", "电子邮箱", form.contact_email, 200, required=not known_email)
        if email and not customers.is_email(email):
            reader.wrong("contactEmail", "电子邮箱：格式不正确")
    if reader.errors or at is None or mileage is None or channel is None:
        return None
    return Handover(True, at, receiver, mileage, channel, email, questions)


def read_delay(
    form: DelayForm, reader: FormReader, now: datetime, promised: datetime, *, ready: bool
) -> Delay | str | None:
    """The new moment and how it was agreed; ON_TIME for a car that is ready after all, before the promised moment."""
    decisions = {NEW_DATE: "已与客户另约时间", ON_TIME: "车辆已备妥，按时交车"}
    decision = reader.choice("delayDecision", "处理结果", form.delay_decision, decisions)
    if decision == ON_TIME:
        if ready and now <= promised:
            return ON_TIME
        why = "约定的交车时间已过" if ready else "车辆还没有备妥"
        reader.wrong("delayDecision", f"处理结果：{why}，请与客户联系并另约时间")
        return None
    reason = reader.text("delayReason", "延期原因", form.delay_reason, MOST_TEXT, lines=True)
    contact = reader.text("delayContact", "联系方式和客户的答复", form.delay_contact, MOST_TEXT, lines=True)
    promise = reader.moment(
        "newPromise", "与客户重新约定的交车时间", form.new_promise, now, now + LATEST_PROMISE
    )
    return None if reader.errors or promise is None else Delay(promise, reason, contact)
