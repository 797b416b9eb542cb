"""What a collection does next, and when it looks again. Pure (A3–A5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from workers.cases import FormReader
from workers.ledger.periods import following

Stage = Literal["settled", "hold", "withhold", "remind", "litigation", "litigate", "wait", "call"]
Litigation = Literal["none", "proposed", "approved", "refused"]
DAY = timedelta(days=1)
LATEST_DATE = timedelta(days=90)
"""How far ahead a customer's promise may lie: beyond it the date is a slip of the pen."""
OUTCOMES = {
    "promised": "承诺付款",
    "disputed": "有异议",
    "refused": "拒绝付款",
    "unreachable": "未联系上",
}
"""Of a call, as staff read them."""
LITIGATION_OUTCOMES = {
    "pending": "诉讼进行中",
    "recovered": "已追回，待到账",
    "written_off": "无法收回，核销",
}
MOST_NOTE = 500


@dataclass(frozen=True)
class Limits:
    """Days overdue beyond which something happens, from the policy of the day."""

    hold: int
    withhold: int
    litigation: int


@dataclass(frozen=True)
class Situation:
    """What is known of a collection at a moment."""

    today: date
    settled: bool
    overdue_days: int
    limits: Limits
    held_by_us: bool = False
    """This case has placed or taken over a hold, in force or released."""
    held: bool = False
    hold_is_orphaned: bool = False
    """The hold in force was placed by a case that has ended."""
    withholdable: Decimal = Decimal(0)
    """Commission of the contract that could still be withheld, in yuan."""
    reminded: bool = False
    called: bool = False
    litigation: Litigation = "none"
    refused_on: date | None = None
    next_on: date | None = None
    """The day that the customer has promised, or that was agreed for the next contact."""


def stage_of(now: Situation) -> Stage:
    """What is to be done now. What needs nobody comes first; litigation comes after a letter and a call (A3)."""
    waits = now.next_on is not None and now.next_on > now.today
    to_hold = _beyond(now, now.limits.hold) and not now.held_by_us and not now.held
    to_sue = _beyond(now, now.limits.litigation) and now.called and _may_propose(now)
    sued = now.litigation == "approved"
    steps: tuple[tuple[bool, Stage], ...] = (
        (now.settled, "settled"),
        (to_hold or now.hold_is_orphaned, "hold"),
        (_beyond(now, now.limits.withhold) and now.withholdable > 0, "withhold"),
        (sued and waits, "wait"),
        (sued, "litigate"),
        (not now.reminded, "remind"),
        (to_sue, "litigation"),
        (waits, "wait"),
    )
    return next((stage for applies, stage in steps if applies), "call")


def _beyond(now: Situation, days: int) -> bool:
    return now.overdue_days > days


def _may_propose(now: Situation) -> bool:
    """Once; refused, it is proposed again when as many days have passed as lead to a hold."""
    if now.litigation == "refused" and now.refused_on is not None:
        return (now.today - now.refused_on).days > now.limits.hold
    return now.litigation == "none"


def next_stage_on(today: date, oldest_due_on: date | None, limits: Limits) -> date:
    """The first day after today on which another limit is passed, at the latest the first of the next month.

    Commission accrues with a month's close, so what could be withheld is looked at every month.
    """
    days = [following(today.replace(day=1))]
    if oldest_due_on is not None:
        passed = (limits.hold, limits.withhold, limits.litigation)
        days += [oldest_due_on + timedelta(days=limit + 1) for limit in passed]
    return min(day for day in days if day > today)


def look_again_on(today: date, next_on: date | None, stage_on: date) -> date:
    """The day on which a waiting case looks at the debt again."""
    return min(next_on, stage_on) if next_on is not None and next_on > today else stage_on


@dataclass(frozen=True)
class Call:
    """What came of a call."""

    outcome: str
    promised_on: date | None
    next_on: date
    note: str


def read_call(
    reader: FormReader, outcome: object, promised: object, contact: object, note: object, today: date
) -> Call | None:
    """The call as the form states it; None when something is wrong with it."""
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        reader.wrong("callOutcome", "催收结果：请选择")
        outcome = ""
    if outcome == "promised":
        next_on = _ahead(reader, "promisedOn", "承诺付款日期", promised, today)
    else:
        next_on = _ahead(reader, "nextContactOn", "下次联系日期", contact, today)
    text = reader.text("callNote", "通话记录", note, MOST_NOTE, lines=True)
    if reader.errors or next_on is None:
        return None
    return Call(outcome, next_on if outcome == "promised" else None, next_on, text)


@dataclass(frozen=True)
class Progress:
    """Where litigation stands."""

    outcome: str
    next_on: date | None
    note: str


def read_progress(
    reader: FormReader, outcome: object, next_on: object, note: object, today: date
) -> Progress | None:
    """The form of legal; None when something is wrong with it."""
    if not isinstance(outcome, str) or outcome not in LITIGATION_OUTCOMES:
        reader.wrong("litigationOutcome", "诉讼结果：请选择")
        outcome = ""
    day = None
    if outcome != "written_off":
        day = _ahead(reader, "litigationNextOn", "下次跟进日期", next_on, today)
    text = reader.text("litigationNote", "诉讼情况", note, MOST_NOTE, lines=True)
    return None if reader.errors else Progress(outcome, day, text)


def _ahead(reader: FormReader, field: str, label: str, value: object, today: date) -> date | None:
    day = reader.day(field, label, value)
    if day is not None and day <= today:
        reader.wrong(field, f"{label}：须在今天({today})以后")
    elif day is not None and day > today + LATEST_DATE:
        reader.wrong(field, f"{label}：{day}距今超过{LATEST_DATE.days}天，请核对")
    return day
