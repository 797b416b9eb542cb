"""Room `customers`: one record per person, whoever met them first and in whatever role (M5).

A walk-in, a lead and the owner of a car with the same phone are the same customer; what happened with them in any
process is a line of their history. Phone and ID numbers are masked for posts that need not see them.
"""

from workers.customers.channels import CHANNELS, keep_email, set_channel
from workers.customers.history import CustomerLine, history, remember
from workers.customers.records import find, known, meet
from workers.customers.rules import is_email, is_named, normalise, shown_phone
from workers.customers.view import CustomerView, view
from workers.masking import mask_id, mask_phone

__all__ = [
    "CHANNELS",
    "CustomerLine",
    "CustomerView",
    "find",
    "history",
    "is_email",
    "is_named",
    "keep_email",
    "known",
    "mask_id",
    "mask_phone",
    "meet",
    "normalise",
    "remember",
    "set_channel",
    "shown_phone",
    "view",
]
