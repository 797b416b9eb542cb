"""The room's tasks, registered by the modules that hold them."""

from workers.refunds import filing, paying
from workers.refunds.router import router

__all__ = ["filing", "paying", "router"]
