"""What operators need beside Cockpit: incidents and retries in bulk, search, migration, cancelling; and its record."""

from workers.operations.record import ORDER, cancellation, record, recorded
from workers.operations.store import CANCEL, DELETE, MIGRATE, RETRY, OperatorAction

__all__ = [
    "CANCEL",
    "DELETE",
    "MIGRATE",
    "ORDER",
    "RETRY",
    "OperatorAction",
    "cancellation",
    "record",
    "recorded",
]
