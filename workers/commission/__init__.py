"""Room `commission`: accrues by what was received, is withheld for debts, and is paid out (C9, C12, A4)."""

from workers.commission.accruals import NoContract, accrue, accrue_all, expected, give_way
from workers.commission.announcing import announce
from workers.commission.offsets import release_withheld, withheld_for, withhold
from workers.commission.payouts import Payable, claimants, payable, payout
from workers.commission.rules import Part, Withheld

__all__ = [
    "NoContract",
    "Part",
    "Payable",
    "Withheld",
    "accrue",
    "accrue_all",
    "announce",
    "claimants",
    "expected",
    "give_way",
    "payable",
    "payout",
    "release_withheld",
    "withheld_for",
    "withhold",
]
