"""Time as a Chinese office counts it: Asia/Shanghai, public holidays, make-up working days (X2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

    from workers.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment, aware, in Shanghai."""
    return datetime.now(SHANGHAI)


@cache
def _china(year: int) -> HolidayBase:
    import holidays  # noqa: PLC0415 - 4 MB that whoever only asks for the time does not need

    # Years whose arrangement the State Council has not published yet hold the statutory holidays only.
    return holidays.country_holidays("CN", years=[year])


def is_working_day(day: date) -> bool:
    """Whether offices work that day: weekdays that are no holiday, and weekends worked to make up for one."""
    return _china(day.year).is_working_day(day)


def is_public_holiday(day: date) -> bool:
    """Whether a day off belongs to a public holiday, with the weekends that it takes in.

    The Spring Festival of 2026 is 15 to 23 February, though the 15th, 21st and 22nd are mere weekend days.
    """
    if is_working_day(day):
        return False
    return any(_touches_holiday(day, step) for step in (timedelta(days=-1), timedelta(days=1)))


def _touches_holiday(day: date, step: timedelta) -> bool:
    while not is_working_day(day):
        if day in _china(day.year):
            return True
        day += step
    return False


@dataclass(frozen=True)
class WorkingHours:
    """The hours of an office day, with the lunch break cut out."""

    start: time = time(9, 0)
    lunch_start: time = time(12, 0)
    lunch_end: time = time(13, 30)
    end: time = time(17, 30)

    @classmethod
    def of(cls, settings: Settings) -> WorkingHours:
        """The hours that this installation's settings name."""
        return cls(settings.workday_start, settings.lunch_start, settings.lunch_end, settings.workday_end)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if not is_working_day(day):
            return []
        edges = ((self.start, self.lunch_start), (self.lunch_end, self.end))
        return [
            (datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI))
            for opens, closes in edges
        ]

    def add(self, moment: datetime, hours: float) -> datetime:
        """The moment when `hours` working hours have passed since `moment` (aware); never outside hours."""
        local = moment.astimezone(SHANGHAI)
        left = timedelta(hours=hours)
        day = local.date()
        while True:
            for opens, closes in self._spans(day):
                begins = max(opens, local)
                if begins < closes:
                    if left <= closes - begins:
                        return begins + left
                    left -= closes - begins
            day += timedelta(days=1)

    def before(self, moment: datetime, hours: float) -> datetime:
        """The latest moment from which `hours` working hours pass until `moment` (aware)."""
        local = moment.astimezone(SHANGHAI)
        left = timedelta(hours=hours)
        day = local.date()
        while True:
            for opens, closes in reversed(self._spans(day)):
                ends = min(closes, local)
                if opens < ends:
                    if left <= ends - opens:
                        return ends - left
                    left -= ends - opens
            day -= timedelta(days=1)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end` (both aware); zero when `end` is not later."""
        first, last = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
        total, day = timedelta(), first.date()
        while day <= last.date():
            for opens, closes in self._spans(day):
                total += max(timedelta(), min(closes, last) - max(opens, first))
            day += timedelta(days=1)
        return total


OFFICE = WorkingHours()
"""The default office hours; `config/settings.toml` can name others."""
