"""CommissionPayoutProcess: open, fill, have it signed, pay (C9)."""

from workers.commission import filling, paying
from workers.commission.router import router

__all__ = ["filling", "paying", "router"]
