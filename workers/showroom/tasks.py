"""All steps of the showroom; each module registers its own."""

from workers.showroom import closing, negotiation, steps, withdrawal
from workers.showroom.router import router

__all__ = ["closing", "negotiation", "router", "steps", "withdrawal"]
