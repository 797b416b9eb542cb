"""The room's tasks, registered by the modules that hold them."""

from workers.returns import booking, filing, receiving, withdrawal
from workers.returns.router import router

__all__ = ["booking", "filing", "receiving", "router", "withdrawal"]
