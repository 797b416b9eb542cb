"""Room `debts`: what contracts owe by value date, day by day: due items, ageing, interest, grades, holds (A1–A4).

Used by every room that asks whether a customer has paid; `receive` is the one way in which money is booked.
"""

from workers.debts.ageing import BUCKETS, Position
from workers.debts.collecting import close_case, note_acceptance, open_case, open_case_of
from workers.debts.giving_back import KINDS, give_back, rows_of
from workers.debts.grading import Grade
from workers.debts.holds import hold_of, is_orphaned, place_hold, refusal, release_hold
from workers.debts.positions import (
    due_items,
    grade,
    grades,
    never_due,
    open_items,
    overdue_items,
    position,
    positions,
)
from workers.debts.postings import post_interest
from workers.debts.receiving import (
    VEHICLE_ORDER,
    Booked,
    DuplicateReceipt,
    NotAsBooked,
    Received,
    find,
    receive,
    take_back,
    tell_collection,
    tell_invoicing,
    tell_strands,
)
from workers.debts.rulings import Rulings
from workers.debts.schedule import DueItem
from workers.debts.store import Acceptance, Collection, Hold, ReceivedMoney

__all__ = [
    "BUCKETS",
    "KINDS",
    "VEHICLE_ORDER",
    "Acceptance",
    "Booked",
    "Collection",
    "DueItem",
    "DuplicateReceipt",
    "Grade",
    "Hold",
    "NotAsBooked",
    "Position",
    "Received",
    "ReceivedMoney",
    "Rulings",
    "close_case",
    "due_items",
    "find",
    "give_back",
    "grade",
    "grades",
    "hold_of",
    "is_orphaned",
    "never_due",
    "note_acceptance",
    "open_case",
    "open_case_of",
    "open_items",
    "overdue_items",
    "place_hold",
    "position",
    "positions",
    "post_interest",
    "receive",
    "refusal",
    "release_hold",
    "rows_of",
    "take_back",
    "tell_collection",
    "tell_invoicing",
    "tell_strands",
]
