"""Who makes contact, who settles a concern, whom a referral goes to (V9, W10, X2)."""

from __future__ import annotations

from datetime import date

from workers.errors import InvalidInput
from workers.follow_up.store import SALE, FollowUp
from workers.org import OrgChart

ADVISOR, MANAGER = "service_advisor", "service_manager"
"""Follow-up is the service department's duty."""
DATE_KEPT = "V8-1"
"""The question whether the car came on the agreed date: the salesperson's part of the handover (V8)."""
SETTLERS = ("service_advisor", "service_manager", "salesperson", "sales_manager")


def contact_person(org: OrgChart, responsible: str, on: date) -> str:
    """The responsible person or who stands in on that day; if they have left, the service manager."""
    if responsible in org.people and org.person(responsible).works_on(on):
        return org.acting(responsible, on)
    return manager(org, on)


def manager(org: OrgChart, on: date) -> str:
    """Who acts as service manager. InvalidInput: nobody does."""
    found = next(iter(org.acting_holders(MANAGER, on)), None)
    if found is None:
        raise InvalidInput(f"nobody acts as service manager on {on}")
    return found


def may_record(org: OrgChart, responsible: str, user: str, on: date) -> bool:
    """The responsible person, who stands in for them, and the service manager may record a contact."""
    return bool(user) and (
        user in (responsible, contact_person(org, responsible, on)) or org.may_act(user, MANAGER, on)
    )


def settlers(org: OrgChart, on: date) -> list[dict[str, str]]:
    """Who may be named to settle a concern, as a form's choices."""
    people = {user: post for post in reversed(SETTLERS) for user in org.acting_holders(post, on)}
    return [
        {"label": f"{org.name_of(user)}（{org.post_name(post)}）", "value": user}
        for user, post in people.items()
    ]


def involved(row: FollowUp, org: OrgChart) -> list[str]:
    """Everybody whom the customer met, each once."""
    people = [*row.people.values(), row.responsible]
    return [user for user in dict.fromkeys(people) if user in org.people]


def advisor(row: FollowUp, org: OrgChart, on: date) -> str:
    """Whom an appointment goes to: who looked after the customer or stands in, else the first who advises today."""
    advisors = org.acting_holders(ADVISOR, on)
    wanted = contact_person(org, row.responsible, on)
    found = wanted if wanted in advisors else next(iter(advisors), None)
    if found is None:
        raise InvalidInput(f"nobody acts as service advisor on {on}")
    return found


def salesperson(row: FollowUp, org: OrgChart, on: date) -> str:
    """Whom a referral goes to: the sale's salesperson or who stands in, else the first who sells today.

    That is the one of the deal, who answers for its date (V8); who recorded a step may have stood in for them.
    """
    sellers = org.acting_holders("salesperson", on)
    if row.kind == SALE:
        sold_by = row.people.get(
            DATE_KEPT, row.people.get("V8")
        )  # follow-ups of before had no line for the date
        if sold_by in org.people and org.acting(sold_by, on) in sellers:
            return org.acting(sold_by, on)
    found = next(iter(sellers), None)
    if found is None:
        raise InvalidInput(f"nobody sells on {on}")
    return found
