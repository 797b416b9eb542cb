"""The contract ledgers (合同台帐): one of sales, one of finance, append-only and chained by hashes (C4)."""

from workers.ledger.books import append, enrol, find
from workers.ledger.store import Book, ContractRow, EntryKind, LedgerEntry
from workers.ledger.verification import Finding, verify
from workers.ledger.views import ContractSummary, ContractView, list_contracts, show

__all__ = [
    "Book",
    "ContractRow",
    "ContractSummary",
    "ContractView",
    "EntryKind",
    "Finding",
    "LedgerEntry",
    "append",
    "enrol",
    "find",
    "list_contracts",
    "show",
    "verify",
]
