"""The steps of a contract's fulfilment (C4, C6, C7, C8), by strand."""

from workers.fulfilment import contracts, delivery, dispatch, production, receipts, stock
from workers.fulfilment.router import router

__all__ = ["contracts", "delivery", "dispatch", "production", "receipts", "router", "stock"]
