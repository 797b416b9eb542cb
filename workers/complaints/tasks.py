"""ComplaintProcess: take a complaint in, own it, solve it, have it confirmed (K1)."""

from workers.complaints import confirming, solving, taking
from workers.complaints.router import router

__all__ = ["confirming", "router", "solving", "taking"]
