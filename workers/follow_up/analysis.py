"""Where practice falls short of promise, over a day or a month: by step, question and person. Pure (V9, W10)."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from workers.calendar import SHANGHAI

ON_TIME, LATE, MISSED, PENDING = "按时联系", "超期联系", "超期未联系", "期限未到"
STANDINGS = (ON_TIME, LATE, MISSED, PENDING)


@dataclass(frozen=True)
class Period:
    """From `start` to before `end`, both aware."""

    title: str
    start: datetime
    end: datetime

    @property
    def words(self) -> str:
        """As a report's title names it: 2026年3月5日 or 2026年3月."""
        first = self.start.astimezone(SHANGHAI)
        month = f"{first.year}年{first.month}月"
        return f"{month}{first.day}日" if self.is_day else month

    @property
    def is_day(self) -> bool:
        """Whether it is one day, not a month."""
        return self.end - self.start == timedelta(days=1)

    @classmethod
    def of_day(cls, day: date) -> Period:
        """One day in Shanghai."""
        start = datetime.combine(day, time(), SHANGHAI)
        return cls(day.isoformat(), start, start + timedelta(days=1))

    @classmethod
    def of_month(cls, month: date) -> Period:
        """The month that the day belongs to."""
        first = month.replace(day=1)
        start = datetime.combine(first, time(), SHANGHAI)
        days = months.monthrange(first.year, first.month)[1]
        return cls(f"{first:%Y-%m}", start, start + timedelta(days=days))


@dataclass(frozen=True)
class AnswerFact:
    """One answer of one customer; names as staff read them."""

    step: str
    question: str
    person: str
    answer: str
    note: str = ""


@dataclass(frozen=True)
class FollowUpFact:
    """One follow-up: by when contact was promised, and when it was first tried."""

    number: str
    for_case: str
    person: str
    limit_at: datetime
    first_try_at: datetime | None
    outcome: str | None

    def standing(self, now: datetime) -> str:
        """How the promise was kept, as seen at `now`."""
        if self.first_try_at is not None and self.first_try_at < now:
            return ON_TIME if self.first_try_at <= self.limit_at else LATE
        return MISSED if self.limit_at < now else PENDING


@dataclass(frozen=True)
class Tally:
    """How often a promise was kept."""

    name: str
    yes: int
    partly: int
    no: int
    person: str = ""
    """Whose practice it is, where persons are compared."""

    @property
    def total(self) -> int:
        """All answers."""
        return self.yes + self.partly + self.no

    @property
    def kept_percent(self) -> int:
        """The share of customers who say that it was done, rounded down."""
        return self.yes * 100 // self.total if self.total else 0


@dataclass(frozen=True)
class Standing:
    """How a person's follow-ups stand: a count for each of `STANDINGS`."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True)
class Gaps:
    """Promise and practice of a period; the widest gap comes first."""

    answers: int
    by_step: Sequence[Tally]
    by_question: Sequence[Tally]
    by_person: Sequence[Tally]
    remarks: Sequence[AnswerFact]
    """What customers said where something was not (wholly) done."""
    standings: Sequence[Standing]
    total: Standing
    late: Sequence[FollowUpFact]
    outcomes: dict[str, int]


def analyse(answers: Iterable[AnswerFact], follow_ups: Iterable[FollowUpFact], now: datetime) -> Gaps:
    """Count; `now` is the end of the period, or this moment while it runs."""
    answers, follow_ups = list(answers), list(follow_ups)
    people = sorted({one.person for one in follow_ups})
    outcomes: dict[str, int] = {}
    for one in follow_ups:
        if one.outcome is not None:
            outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
    return Gaps(
        answers=len(answers),
        by_step=_tallies(answers, lambda one: one.step),
        by_question=_tallies(answers, lambda one: f"{one.step}：{one.question}"),
        by_person=_tallies(answers, lambda one: f"{one.person} · {one.step}", by_person=True),
        remarks=[one for one in answers if one.answer != "yes" and one.note],
        standings=[
            _standing(name, [one for one in follow_ups if one.person == name], now) for name in people
        ],
        total=_standing("合计", follow_ups, now),
        late=[one for one in follow_ups if one.standing(now) in (LATE, MISSED)],
        outcomes=outcomes,
    )


def _tallies(
    answers: Sequence[AnswerFact], name: Callable[[AnswerFact], str], *, by_person: bool = False
) -> list[Tally]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in answers:
        found.setdefault((name(one), one.person if by_person else ""), []).append(one.answer)
    tallies = [
        Tally(key, said.count("yes"), said.count("partly"), said.count("no"), person)
        for (key, person), said in found.items()
    ]
    return sorted(tallies, key=lambda one: (one.kept_percent, -one.total, one.name))


def _standing(name: str, follow_ups: Sequence[FollowUpFact], now: datetime) -> Standing:
    found = [one.standing(now) for one in follow_ups]
    return Standing(name, tuple(found.count(one) for one in STANDINGS))
