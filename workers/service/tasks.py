"""Every task of the room; importing the modules registers them."""

from workers.service import (
    billing,
    estimating,
    extras,
    promising,
    reception,
    repairing,
    returning,
    withdrawal,
)
from workers.service.router import router

__all__ = [
    "billing",
    "estimating",
    "extras",
    "promising",
    "reception",
    "repairing",
    "returning",
    "router",
    "withdrawal",
]
