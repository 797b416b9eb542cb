"""The chain: every entry's hash covers its content and the hash of the entry before it (pure)."""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from workers.ledger.store import LedgerEntry

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
GENESIS = "0" * 64
"""What the first entry of a book has before it."""


def canonical(entry: LedgerEntry | Row[Any]) -> str:
    """The entry's content in the one form that is hashed: JSON, sorted keys, times in UTC, two places.

    Fields that came later stand in it only when they are set, so that older entries keep their hashes.
    """
    content: dict[str, object] = {
        "amount": format(entry.amount, ".2f"),
        "book": entry.book,
        "contract_no": entry.contract_no,
        "kind": entry.kind,
        "posted_at": entry.posted_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "prev_hash": entry.prev_hash,
        "reason": entry.reason,
        "reference": entry.reference,
        "reference_sha256": entry.reference_sha256,
        "reverses": entry.reverses,
        "seq": entry.seq,
        "value_date": entry.value_date.isoformat(),
    }
    later = {
        "customer_no": entry.customer_no,
        "line_no": entry.line_no,
        "period": entry.period.isoformat() if entry.period is not None else None,
        "quantity": format(entry.quantity, ".3f") if entry.quantity is not None else None,
    }
    content.update({name: value for name, value in later.items() if value is not None})
    return _encode(content)


def hash_of(entry: LedgerEntry | Row[Any]) -> str:
    """The hash that the entry must have."""
    return sha256(canonical(entry).encode()).hexdigest()
