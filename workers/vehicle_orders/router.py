"""The room's router, which its modules register their steps with."""

from workers.runtime import Router

router = Router("vehicle_orders")
