"""Promise and practice of a day or a month as one HTML page that needs nothing from anywhere (V9, W10, K1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from sqlalchemy.orm import Session

from workers import complaints
from workers.calendar import SHANGHAI
from workers.complaints import ComplaintFigures
from workers.documents import load_company
from workers.follow_up.analysis import STANDINGS, Gaps, Period, Standing, Tally
from workers.follow_up.gathering import gaps
from workers.follow_up.questions import load_questions
from workers.masking import mask
from workers.org import OrgChart

KEPT = {"做到了": "#3f9b6c", "部分做到": "#f2cf63", "没做到": "#b3273a"}
PUNCTUAL = dict(zip(STANDINGS, ("#3f9b6c", "#eda24a", "#b3273a", "#b8bec4"), strict=True))
TROUBLES = {"新投诉": "#eda24a", "已解决": "#3f9b6c", "未结": "#b3273a"}
OUTCOMES = {
    "satisfied": "满意",
    "concern_settled": "疑虑已解决",
    "complaint": "转投诉",
    "unreachable": "联系不上",
}
MOST_BARS = 20
"""Steps, questions or persons in a chart; the widest gaps come first."""
_WIDTH = 480.0
_ROOM_FOR_A_NUMBER = 24.0
_DARK = {"#3f9b6c", "#b3273a"}


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("workers.follow_up"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["moment"] = lambda at: at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if at else "—"
    environment.filters["masked"] = mask
    return environment.get_template("report.html.j2")


def rendered(session: Session, period: Period, org: OrgChart, config: Path, at: datetime) -> bytes:
    """The report of a period from the database; `config` is the folder with the questions and the company's name."""
    found = gaps(session, period, org, load_questions(config / "follow_up.yaml"), at)
    troubles = complaints.figures(session, period.start, period.end)
    return page(period, found, troubles, org, load_company(config / "company.yaml").name, at)


def page(
    period: Period, found: Gaps, troubles: ComplaintFigures, org: OrgChart, company: str, at: datetime
) -> bytes:
    """The report as UTF-8 HTML; everything that comes from people is escaped, numbers of persons masked."""
    names = {user: person.name for user, person in org.people.items()}
    return (
        _template()
        .render(
            period=period,
            gaps=found,
            complaints=troubles,
            names=names,
            company=company,
            made_at=at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            outcomes={OUTCOMES[key]: number for key, number in found.outcomes.items()},
            kept=KEPT,
            punctual=PUNCTUAL,
            step_bars=_kept(found.by_step),
            question_bars=_kept(found.by_question),
            person_bars=_kept(_grouped(found.by_person)),
            complaint_bars=_complaints(troubles),
            standing_bars=_standings(found.standings),
            most_bars=MOST_BARS,
        )
        .encode()
    )


def _grouped(tallies: Sequence[Tally]) -> list[Tally]:
    """The widest gaps, each person's together: who has the widest of all comes first."""
    shown = tallies[:MOST_BARS]
    order = list(dict.fromkeys(one.person for one in shown))
    return sorted(shown, key=lambda one: order.index(one.person))


def _kept(tallies: Sequence[Tally]) -> list[dict[str, object]]:
    """Bars of equal length: what share of the customers said what."""
    return [
        _bar(
            one.name, (one.yes, one.partly, one.no), KEPT, one.total, f"{one.kept_percent}%（{one.total}条）"
        )
        for one in tallies[:MOST_BARS]
    ]


def _standings(standings: Sequence[Standing]) -> list[dict[str, object]]:
    """Bars on one scale: how many follow-ups stand how."""
    widest = max((one.total for one in standings), default=0)
    return [_bar(one.name, one.counts, PUNCTUAL, widest, f"{one.total}件") for one in standings]


def _complaints(found: ComplaintFigures) -> list[dict[str, object]]:
    """Raised, solved and open on one scale."""
    counts = {"新投诉": found.raised, "已解决": found.solved, "未结": len(found.still_open)}
    return [
        _bar(name, (number,), {name: TROUBLES[name]}, max(counts.values()), f"{number}件")
        for name, number in counts.items()
    ]


def _bar(
    name: str, counts: Sequence[int], colours: dict[str, str], whole: int, text: str
) -> dict[str, object]:
    x, pieces = 0.0, []
    for count, (label, colour) in zip(counts, colours.items(), strict=True):
        width = count * _WIDTH / (whole or 1)
        if count:
            pieces.append(
                {
                    "x": f"{x:.1f}",
                    "middle": f"{x + width / 2:.1f}",
                    "width": f"{width:.1f}",
                    "colour": colour,
                    "label": f"{label} {count}",
                    "count": count if width > _ROOM_FOR_A_NUMBER else "",
                    "ink": "#fff" if colour in _DARK else "#222",
                }
            )
        x += width
    return {"name": name, "pieces": pieces, "end": f"{x + 6:.1f}", "text": text}
