"""Cars that come into our stock by a list (CSV), and the record of what came and went (V8, X6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from workers import catalog
from workers.errors import UserError
from workers.vehicles import rules, stock
from workers.vehicles.store import IN_STOCK, STATES

COLUMNS = {
    "vin": "车架号",
    "model": "车型",
    "colour": "颜色",
    "state": "状态",
    "place": "地点",
    "expected_on": "预计到店",
}
"""A list's columns; each may be headed by either name. The last three may be left out."""
NEEDED, MOST_ROWS = ("vin", "model", "colour"), 5_000
_STATES = {**{STATES[one]: one for one in stock.FREE}, **{one: one for one in stock.FREE}, "": IN_STOCK}


@dataclass(frozen=True)
class Listed:
    """A car of the list."""

    vin: str
    model_no: str
    colour: str
    state: str
    place: str
    expected_on: date | None


class ListRefused(UserError):
    """Something in the list is wrong and nothing of it was entered; `findings` says line by line what, in Chinese."""

    def __init__(self, findings: list[str]) -> None:
        self.findings = findings
        super().__init__("\n".join(findings))


def enter_list(session: Session, content: bytes, *, by: str, at: datetime) -> list[str]:
    """Enter the list's cars, all or none; returns their VINs. A car that had left our stock comes back.

    Raises ListRefused. The caller commits.
    """
    findings: list[str] = []
    cars = [car for line, row in _rows(content) if (car := _read(session, line, row, findings)) is not None]
    for vin in sorted({one.vin for one in cars if [two.vin for two in cars].count(one.vin) > 1}):
        findings.append(f"车架号{vin}在清单中出现多次")
    for car in cars if not findings else ():
        try:
            stock.enter(
                session,
                car.vin,
                car.model_no,
                car.colour,
                state=car.state,
                place=car.place,
                expected_on=car.expected_on,
            )
        except stock.VehicleTaken as taken:
            findings.append(str(taken))
            continue
        stock.record(session, car.vin, car.state, "登记入库", by=by, at=at)
    if findings:
        raise ListRefused(findings)
    return [car.vin for car in cars]


def _rows(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The list's lines by their number; written by Excel in China or anything else that writes CSV."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    reader = csv.reader(io.StringIO(text))
    try:
        heads = [_column(head) for head in next(reader, [])]
        missing = [COLUMNS[one] for one in NEEDED if one not in heads]
        if missing:
            raise ListRefused([f"清单缺少列：{'、'.join(missing)}"])
        for number, cells in enumerate(reader, 2):
            if number > MOST_ROWS:
                raise ListRefused([f"清单超过{MOST_ROWS}行，请分开登记"])
            row = {head: cell.strip() for head, cell in zip(heads, cells, strict=False) if head}
            if any(row.values()):
                yield number, row
    except csv.Error as error:
        raise ListRefused([f"清单无法读取：{error}"]) from error


def _column(head: str) -> str:
    named = head.strip().lower()
    return next((key for key, word in COLUMNS.items() if named in (key, word)), "")


def _read(session: Session, line: int, row: Mapping[str, str], findings: list[str]) -> Listed | None:
    wrong: list[str] = []
    vin = rules.read_vin(row.get("vin"))
    if vin is None:
        wrong.append("车架号应为17位字母和数字（不含I、O、Q）")
    model = catalog.product(session, row.get("model", ""))
    if model is None or model.kind != catalog.VEHICLE:
        wrong.append(f"没有车型{row.get('model') or '（空）'}，请填产品目录中的编号")
    colour, place = row.get("colour", ""), row.get("place", "")
    if not 0 < len(colour) <= 40:
        wrong.append("颜色：请填写，最多40字")
    if len(place) > 200:
        wrong.append("地点：最多200字")
    state = _STATES.get(row.get("state", ""))
    if state is None:
        wrong.append(f"状态应为{'、'.join(STATES[one] for one in stock.FREE)}")
    expected = None
    try:
        expected = date.fromisoformat(row["expected_on"]) if row.get("expected_on") else None
    except ValueError:
        wrong.append("预计到店应为日期，例如2026-03-20")
    findings += [f"第{line}行：{one}" for one in wrong]
    if wrong or vin is None or model is None or state is None:
        return None
    return Listed(vin, model.no, colour, state, place, expected)
