"""The analysis as one HTML page that needs nothing from anywhere: style and chart stand in it (A1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from workers import money
from workers.calendar import SHANGHAI
from workers.debts import BUCKETS
from workers.receivables.analysis import Analysis, Group

COLOURS = ("#8fb8a0", "#f2cf63", "#eda24a", "#dd6b3d", "#b3273a")
"""Of the classes of age, from not due to the oldest."""
MOST_BARS = 15
"""Customers or salespersons in a chart; the tables name everybody."""
_WIDTH = Decimal(560)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("workers.receivables"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["yuan"] = money.figures
    return environment.get_template("report.html.j2")


def page(analysis: Analysis, number: str, company: str, at: datetime) -> bytes:
    """The report as UTF-8 HTML; everything that comes from people is escaped."""
    return (
        _template()
        .render(
            analysis=analysis,
            number=number,
            company=company,
            made_at=at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            buckets=BUCKETS,
            colours=dict(zip(BUCKETS, COLOURS, strict=True)),
            total_bars=_bars([analysis.total]),
            customer_bars=_bars(analysis.customers),
            salesperson_bars=_bars(analysis.salespersons),
        )
        .encode()
    )


def _bars(groups: Sequence[Group]) -> list[dict[str, object]]:
    """Stacked bars, all on one scale: per group the pieces with place and width in the picture."""
    shown = list(groups)[:MOST_BARS]
    widest = max((group.outstanding for group in shown), default=Decimal(0)) or Decimal(1)
    bars: list[dict[str, object]] = []
    for group in shown:
        x, pieces = Decimal(0), []
        for bucket in BUCKETS:
            width = max(group.buckets[bucket], Decimal(0)) * _WIDTH / widest
            if width > 0:
                pieces.append({"bucket": bucket, "x": f"{x:.1f}", "width": f"{width:.1f}"})
            x += width
        bars.append({"name": group.name, "pieces": pieces, "end": f"{x + 6:.1f}", "sum": group.outstanding})
    return bars
