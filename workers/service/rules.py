"""What the workshop's forms must say (X3). Pure; the clock and what the database holds are passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from workers import vehicles
from workers.calendar import SHANGHAI
from workers.cases import FormReader, read_number
from workers.customers import normalise
from workers.service.messages import AppointmentForm, ReceiveForm

MOST_TEXT = 1000
MOST_HOURS = 40
MOST_LINES = 40
MOST_KM = 2_000_000
MOST_OF_A_LINE = 1000
DOCUMENTS = {"bill": "维修结算单", "licence": "行驶证", "keys": "车钥匙", "old_parts": "旧件(或客户不要)"}
"""What goes back with a repaired car; a car that was not repaired has no bill."""


@dataclass(frozen=True)
class Caller:
    """Who wants the appointment, and for which car."""

    phone: str
    name: str
    plate: str
    vin: str | None
    model: str
    wish: str
    hours: Decimal
    wished_on: date


def read_caller(form: AppointmentForm, reader: FormReader, today: date) -> Caller | None:
    """The customer and the car as the advisor noted them; None with findings."""
    name = reader.text("callerName", "客户姓名", form.caller_name, 100)
    phone = reader.text("callerPhone", "客户电话", form.caller_phone, 40)
    if phone and normalise(phone) is None:
        reader.wrong("callerPhone", f"客户电话：“{phone}”不是有效的电话号码")
    plate = read_plate(form.plate, reader)
    vin = read_vin(form.vin, reader, required=False)
    model = reader.text("carModel", "车型", form.car_model, 100, required=False)
    wish = reader.text("wish", "客户要求", form.wish, MOST_TEXT, lines=True)
    hours = reader.decimal("plannedHours", "预计工时", form.planned_hours, 0, MOST_HOURS)
    if hours is not None and hours <= 0:
        reader.wrong("plannedHours", "预计工时：应大于0")
    wished = reader.day("wishedOn", "希望的日期", form.wished_on, required=False)
    if wished is not None and wished < today:
        reader.wrong("wishedOn", "希望的日期：已经过去，请另选")
    if reader.errors or hours is None:
        return None
    return Caller(phone, name, plate, vin, model, wish, hours, wished or today)


def read_plate(value: object, reader: FormReader) -> str:
    """A number plate as the register of vehicles writes it; nothing for anything else."""
    written = reader.text("plate", "车牌号", value, 40)
    if written and vehicles.read_plate(written) is None:
        reader.wrong("plate", f"车牌号：“{written}”不是有效车牌")
    return vehicles.read_plate(written) or ""


def read_vin(value: object, reader: FormReader, *, required: bool) -> str | None:
    """A VIN of 17 characters; None when there is none."""
    written = reader.text("vin", "车辆识别代号(VIN)", value, 40, required=required)
    if written and vehicles.read_vin(written) is None:
        reader.wrong("vin", "车辆识别代号(VIN)：应为17位字母和数字，不含I、O、Q")
    return vehicles.read_vin(written)


def read_promise(
    reader: FormReader, field: str, label: str, value: object, earliest: datetime
) -> datetime | None:
    """A time by which the car is promised: not before the work can be done."""
    moment = reader.moment(field, label, value)
    if moment is None:
        return None
    if moment < earliest.replace(second=0, microsecond=0):
        when = earliest.astimezone(SHANGHAI)
        reader.wrong(field, f"{label}：按工时推算，最早{when:%Y-%m-%d %H:%M}才能完工")
        return None
    if moment > earliest + timedelta(days=180):
        reader.wrong(field, f"{label}：不应晚于半年以后")
        return None
    return moment


@dataclass(frozen=True)
class Arrival:
    """A car as it was received."""

    vin: str
    plate: str
    model: str
    mileage: int
    note: str
    sold_on: bool
    """The car has another owner than before: who brings it."""


def read_arrival(form: ReceiveForm, reader: FormReader) -> Arrival | None:
    """The received car; None with findings."""
    vin = read_vin(form.vin, reader, required=True)
    plate = read_plate(form.plate, reader)
    model = reader.text("carModel", "车型", form.car_model, 100)
    mileage = reader.whole("mileage", "里程(公里)", form.mileage, 0, MOST_KM)
    note = reader.text("receiveNote", "来访目的与车况", form.receive_note, MOST_TEXT, lines=True)
    if reader.errors or vin is None or mileage is None:
        return None
    return Arrival(vin, plate, model, mileage, note, form.owner_changed is True)


@dataclass(frozen=True)
class Item:
    """A line that is proposed: a product of the price list, how much of it, and why."""

    product_no: str
    quantity: Decimal
    reason: str


def read_items(
    reader: FormReader, field: str, label: str, value: object, known: Collection[str], *, required: bool
) -> list[Item]:
    """The lines of a work order or of additional work; each product of the price list at most once."""
    items: list[Item] = []
    for number, row in reader.rows(field, label, value, MOST_LINES, required=required):
        line = f"{label}第{number}行"
        product = row.get("productNo")
        if not isinstance(product, str) or product not in known:
            reader.wrong(f"{field}[{number - 1}].productNo", f"{line}：请从价目表选择项目")
            continue
        if any(one.product_no == product for one in items):
            reader.wrong(f"{field}[{number - 1}].productNo", f"{line}：同一项目请合并为一行")
            continue
        quantity = reader.quantity(f"{field}[{number - 1}].quantity", f"{line}数量", row.get("quantity"))
        if quantity is not None and not 0 < quantity <= MOST_OF_A_LINE:
            reader.wrong(f"{field}[{number - 1}].quantity", f"{line}数量：应大于0，不超过{MOST_OF_A_LINE}")
        reason = reader.text(
            f"{field}[{number - 1}].reason", f"{line}理由", row.get("reason"), 200, required=False
        )
        if quantity is not None and 0 < quantity <= MOST_OF_A_LINE:
            items.append(Item(product, quantity, reason))
    return items


def read_answers(reader: FormReader, value: object, wanted: Collection[int]) -> dict[int, bool]:
    """Which of the additional lines the customer agreed to; each of them must be answered (W6)."""
    answers: dict[int, bool] = {}
    for number, row in reader.rows("extraRows", "追加项目", value, MOST_LINES):
        line = _line_no(row)
        if line not in wanted:
            reader.wrong(f"extraRows[{number - 1}]", f"追加项目第{number}行：不在待确认的项目之内")
        elif row.get("answer") not in ("agreed", "declined"):
            reader.wrong(f"extraRows[{number - 1}].answer", f"追加项目第{number}行：请选择客户同意还是不同意")
        else:
            answers[line] = row["answer"] == "agreed"
    if not reader.errors and set(answers) != set(wanted):
        reader.wrong("extraRows", "追加项目：每一项都要有客户的答复")
    return answers


@dataclass(frozen=True)
class Work:
    """What was really done of a line."""

    line_no: int
    actual: Decimal
    reason: str


def read_work(reader: FormReader, value: object, agreed: Mapping[int, Decimal]) -> list[Work]:
    """What was done of the agreed lines: never more, and less only with the reason (W7)."""
    found: list[Work] = []
    for number, row in reader.rows("repairRows", "维修项目", value, len(agreed)):
        line, place = _line_no(row), f"repairRows[{number - 1}]"
        if line not in agreed:
            reader.wrong(place, f"维修项目第{number}行：客户没有同意这一项，不得施工")
            continue
        actual = reader.quantity(f"{place}.actual", f"维修项目第{number}行实际数量", row.get("actual"))
        less = actual is not None and actual < agreed[line]
        reason = reader.text(
            f"{place}.reason", f"维修项目第{number}行少做的原因", row.get("reason"), 200, required=less
        )
        if actual is not None and actual > agreed[line]:
            most = agreed[line].normalize()
            reader.wrong(
                f"{place}.actual", f"维修项目第{number}行：客户只同意{most:f}，超出的请作为追加项目提出"
            )
        elif actual is not None:
            found.append(Work(line, actual, reason))
    if not reader.errors and {one.line_no for one in found} != set(agreed):
        reader.wrong("repairRows", "维修项目：每一项都要登记实际数量")
    return found


def _line_no(row: Mapping[str, object]) -> int:
    number = read_number(row.get("lineNo"), 0)
    return int(number) if number is not None else 0


def read_documents(reader: FormReader, value: object, wanted: Collection[str]) -> list[str]:
    """What was handed back; everything that belongs to it must be ticked (W9)."""
    ticked = [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
    missing = [DOCUMENTS[one] for one in DOCUMENTS if one in wanted and one not in ticked]
    if missing:
        reader.wrong("returnChecks", f"交还清单：还没有交还{'、'.join(missing)}")
    return [one for one in DOCUMENTS if one in wanted]
