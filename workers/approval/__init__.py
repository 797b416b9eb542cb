"""Room `approval`: routes, signatures and their records, for every process (C2, X5)."""

from workers.approval.absences import Moved, close_ended, reassign_absent
from workers.approval.history import as_signature, records
from workers.approval.rules import DECISIONS

__all__ = ["DECISIONS", "Moved", "as_signature", "close_ended", "reassign_absent", "records"]
