"""MonthlyCloseProcess: open, count, confirm, reconcile, resolve, close (C12)."""

from workers.closing import gathering, opening, reconciling
from workers.closing.router import router

__all__ = ["gathering", "opening", "reconciling", "router"]
