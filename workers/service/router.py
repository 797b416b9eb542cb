"""The room's router, which its modules add their tasks to."""

from workers.runtime import Router

router = Router("service")
