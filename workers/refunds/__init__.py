"""Room `refunds`: a customer's balance is paid back (退款), signed, once, never more than is there (A6)."""

from workers.refunds.balances import free_balance, promised
from workers.refunds.payments import paid_out_under
from workers.refunds.requesting import request

__all__ = ["free_balance", "paid_out_under", "promised", "request"]
