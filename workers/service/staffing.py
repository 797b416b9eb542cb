"""Who repairs, by skill and load, and who checks: never the one who repaired (W4, W8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers.errors import InvalidInput
from workers.org import OrgChart
from workers.service.store import AGREED, CONFIRMED, ServiceLine, ServiceOrder
from workers.service.workshop import Workshop

TECHNICIAN, QUALITY, STAND_IN = "technician", "quality", "service_manager"


@dataclass(frozen=True)
class Candidate:
    """A technician who could do the work."""

    user: str
    missing: frozenset[str]
    """Skills that the work needs and they do not have; empty where anybody has them all."""
    hours: Decimal
    """Agreed work that they have on their hands."""


def rank(
    there: Iterable[str],
    needed: frozenset[str],
    skills: Mapping[str, frozenset[str]],
    load: Mapping[str, Decimal],
) -> list[Candidate]:
    """Who is able, the least loaded first; where nobody has every skill, those who lack the fewest (pure)."""
    found = [
        Candidate(one, needed - skills.get(one, frozenset()), load.get(one, Decimal(0))) for one in there
    ]
    least = min((len(one.missing) for one in found), default=0)
    able = [one for one in found if len(one.missing) == least]
    return sorted(able, key=lambda one: (one.hours, one.user))


def candidates(
    session: Session, org: OrgChart, shop: Workshop, rows: Iterable[ServiceLine], on: date
) -> list[Candidate]:
    """The technicians who are there on that day and able to do the agreed work."""
    needed = frozenset(one.skill for one in rows if one.skill and one.state == AGREED)
    there = [one for one in org.holders(TECHNICIAN, on) if org.leave_of(one, on) is None]
    return rank(there or org.holders(TECHNICIAN, on), needed, shop.skills, _load(session))


def _load(session: Session) -> dict[str, Decimal]:
    query = (
        select(ServiceOrder.technician, func.sum(ServiceLine.hours))
        .join(ServiceLine, ServiceLine.case_no == ServiceOrder.case_no)
        .where(ServiceOrder.state == CONFIRMED, ServiceLine.state == AGREED)
        .group_by(ServiceOrder.technician)
    )
    return {user: hours for user, hours in session.execute(query) if user is not None}


def checkers(org: OrgChart, repaired_by: str, on: date) -> list[str]:
    """Who may do the final check that day: quality without the one who repaired, else the service manager.

    InvalidInput when nobody is left: operators have to see it, since no person of the case can mend it.
    """
    for post in (QUALITY, STAND_IN):
        if able := [one for one in org.acting_holders(post, on) if one != repaired_by]:
            return able
    raise InvalidInput(f"nobody may check what {repaired_by} repaired: no holder of {QUALITY} or {STAND_IN}")
