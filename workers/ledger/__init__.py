"""The contract ledgers (合同台帐): one of sales, one of finance, append-only and chained by hashes (C4)."""

from workers.ledger.account import Account, GoodsLine
from workers.ledger.books import AlreadyBooked, booked, entries, post, reverse
from workers.ledger.contracts import (
    amend,
    contract,
    enrol,
    find,
    lock_contract,
    lock_contracts,
    reference,
    set_status,
)
from workers.ledger.figures import account, customer_balance, goods, value
from workers.ledger.heads import lock
from workers.ledger.invariants import Broken, InvariantBroken
from workers.ledger.opening_entry import OpeningRefused, open_contracts
from workers.ledger.periods import (
    MonthNotOpen,
    close_month,
    counting_in,
    following,
    last_closed,
    open_month,
    still_open,
)
from workers.ledger.store import (
    APPROVAL,
    COMPLETED,
    IN_FORCE,
    OPENING,
    SEALED,
    TERMINATED,
    Book,
    ContractRow,
    EntryKind,
    LedgerAccount,
    LedgerEntry,
    LedgerGoods,
    LedgerPeriod,
)
from workers.ledger.together import Draft, post_together, reversal, standing
from workers.ledger.verification import Finding, verify
from workers.ledger.views import ContractSummary, ContractView, list_contracts, show

__all__ = [
    "APPROVAL",
    "COMPLETED",
    "IN_FORCE",
    "OPENING",
    "SEALED",
    "TERMINATED",
    "Account",
    "AlreadyBooked",
    "Book",
    "Broken",
    "ContractRow",
    "ContractSummary",
    "ContractView",
    "Draft",
    "EntryKind",
    "Finding",
    "GoodsLine",
    "InvariantBroken",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerGoods",
    "LedgerPeriod",
    "MonthNotOpen",
    "OpeningRefused",
    "account",
    "amend",
    "booked",
    "close_month",
    "contract",
    "counting_in",
    "customer_balance",
    "enrol",
    "entries",
    "find",
    "following",
    "goods",
    "last_closed",
    "list_contracts",
    "lock",
    "lock_contract",
    "lock_contracts",
    "open_contracts",
    "open_month",
    "post",
    "post_together",
    "reference",
    "reversal",
    "reverse",
    "set_status",
    "show",
    "standing",
    "still_open",
    "value",
    "verify",
]
