"""Room `complaints`: a complaint from the first word to the customer's confirmation that it is solved (K1)."""

from workers.complaints.figures import ComplaintFigures, figures
from workers.complaints.opening import PROCESS, open  # noqa: A004 - `complaints.open` says what it does
from workers.complaints.store import Complaint

__all__ = ["PROCESS", "Complaint", "ComplaintFigures", "figures", "open"]
