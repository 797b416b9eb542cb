"""Room `approval`: routes, signatures and their records, for every process (C2, X5)."""

from workers.approval.absences import Moved, close_ended, reassign_absent
from workers.approval.history import as_signature, records

__all__ = ["Moved", "as_signature", "close_ended", "reassign_absent", "records"]
