"""FollowUpProcess: plan, contact, and what follows from it (V9, W10)."""

from workers.follow_up import concluding, contacting
from workers.follow_up.router import router

__all__ = ["concluding", "contacting", "router"]
