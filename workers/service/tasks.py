"""Every task of the room; importing the modules registers them."""

from workers.service import (
    appointing,
    billing,
    checking,
    collecting,
    dispatching,
    estimating,
    extras,
    opening,
    promising,
    reception,
    repairing,
    returning,
    withdrawal,
)
from workers.service.router import router

__all__ = [
    "appointing",
    "billing",
    "checking",
    "collecting",
    "dispatching",
    "estimating",
    "extras",
    "opening",
    "promising",
    "reception",
    "repairing",
    "returning",
    "router",
    "withdrawal",
]
