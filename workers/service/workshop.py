"""The workshop as `config/service.yaml` states it: opening hours on China's calendar, capacity, skills (W1, W4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workers.calendar import SHANGHAI, is_public_holiday, is_working_day
from workers.errors import UserError

HORIZON_DAYS = 400
"""No workshop is closed for longer; a search beyond it would go on for ever."""

Count = Annotated[int, Field(ge=1, le=1000)]
Hours = Annotated[Decimal, Field(ge=0, le=100)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Opening(_Entry):
    """From when to when on a day; the workshop works through."""

    open: time
    close: time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.open >= self.close:
            raise ValueError("the workshop closes before it opens")
        return self


class OpeningHours(_Entry):
    """By kind of day; None: closed."""

    working_day: Opening
    weekend: Opening | None = None
    public_holiday: Opening | None = None


class Labour(_Entry):
    """What a labour product needs."""

    skill: str
    hours: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(1)
    """Of one unit."""


class Workshop(_Entry):
    """Every question is pure; moments are aware, hours are hours in which the workshop is open."""

    hours: OpeningHours
    closed_on: frozenset[date] = frozenset()
    slot_minutes: Annotated[int, Field(ge=15, le=240)] = 60
    bays: Count
    arrivals: Count
    booking_days: Annotated[int, Field(ge=1, le=120)] = 21
    offers: Count = 12
    offers_per_day: Count = 3
    no_show_minutes: Annotated[int, Field(ge=0, le=600)] = 60
    quality_hours: Hours = Decimal("0.5")
    promise_buffer_hours: Hours = Decimal(1)
    skills: dict[str, frozenset[str]] = Field(default_factory=dict)
    default_skill: str = "保养"
    labour: dict[str, Labour] = Field(default_factory=dict)

    # -- opening hours -----------------------------------------------------------------------------------------

    def opening(self, day: date) -> Opening | None:
        """When it is open that day; make-up working days count as working days, None: closed."""
        if day in self.closed_on:
            return None
        if is_working_day(day):
            return self.hours.working_day
        return self.hours.public_holiday if is_public_holiday(day) else self.hours.weekend

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of that day as moments."""
        opening = self.opening(day)
        if opening is None:
            return None
        return datetime.combine(day, opening.open, SHANGHAI), datetime.combine(day, opening.close, SHANGHAI)

    def forward(self, moment: datetime, hours: Decimal) -> datetime:
        """The moment when the workshop has been open for `hours` since `moment`."""
        local, left = moment.astimezone(SHANGHAI), _delta(hours)
        for day in _days(local.date(), 1):
            if (span := self.span(day)) is None:
                continue
            begins = max(span[0], local)
            if begins < span[1]:
                if left <= span[1] - begins:
                    return begins + left
                left -= span[1] - begins
        raise UserError(f"the workshop is closed for {HORIZON_DAYS} days from {local.date()}")

    def back(self, moment: datetime, hours: Decimal) -> datetime:
        """The moment from which the workshop is open for `hours` until `moment`."""
        local, left = moment.astimezone(SHANGHAI), _delta(hours)
        for day in _days(local.date(), -1):
            if (span := self.span(day)) is None:
                continue
            ends = min(span[1], local)
            if span[0] < ends:
                if left <= ends - span[0]:
                    return ends - left
                left -= ends - span[0]
        raise UserError(f"the workshop was closed for {HORIZON_DAYS} days before {local.date()}")

    def between(self, start: datetime, end: datetime) -> Decimal:
        """Hours that the workshop is open from `start` to `end`; zero when `end` is not later."""
        first, last = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
        total, day = timedelta(), first.date()
        while day <= last.date():
            if span := self.span(day):
                total += max(timedelta(), min(span[1], last) - max(span[0], first))
            day += timedelta(days=1)
        return Decimal(int(total.total_seconds())) / 3600

    # -- slots -------------------------------------------------------------------------------------------------

    @property
    def slot(self) -> timedelta:
        """How long a slot is."""
        return timedelta(minutes=self.slot_minutes)

    def slots_of(self, day: date) -> list[datetime]:
        """The beginnings of the day's slots, whole ones only."""
        span = self.span(day)
        if span is None:
            return []
        count = (span[1] - span[0]) // self.slot
        return [span[0] + number * self.slot for number in range(count)]

    def slots_needed(self, hours: Decimal) -> int:
        """How many slots a job of so many hours takes up; at least one."""
        return max(1, -int(-hours * 60 // self.slot_minutes))

    def slots_from(self, start: datetime, count: int) -> list[datetime]:
        """`count` slots from the one that begins at `start`; a long job goes on when the workshop opens again.

        Empty when no slot begins there.
        """
        local, found = start.astimezone(SHANGHAI), list[datetime]()
        if local not in self.slots_of(local.date()):
            return []
        for day in _days(local.date(), 1):
            found += [one for one in self.slots_of(day) if one >= local]
            if len(found) >= count:
                return found[:count]
        return []

    # -- labour ------------------------------------------------------------------------------------------------

    def labour_of(self, product_no: str) -> Labour:
        """What a labour product needs."""
        return self.labour.get(product_no) or Labour(skill=self.default_skill)


def _delta(hours: Decimal) -> timedelta:
    return timedelta(seconds=round(hours * 3600))


def _days(first: date, step: int) -> Iterator[date]:
    return (first + timedelta(days=number * step) for number in range(HORIZON_DAYS))


def load_workshop(path: Path) -> Workshop:
    """Read the file. Raises UserError, which names what is wrong."""
    try:
        return Workshop.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path}: {error}") from error
