"""The chain: every entry's hash covers its content and the hash of the entry before it (pure)."""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256

from workers.ledger.store import LedgerEntry

GENESIS = "0" * 64
"""What the first entry of a book has before it."""


def canonical(entry: LedgerEntry) -> str:
    """The entry's content in the one form that is hashed: JSON, sorted keys, times in UTC, two places."""
    content = {
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
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(entry: LedgerEntry) -> str:
    """The hash that the entry must have."""
    return sha256(canonical(entry).encode()).hexdigest()
