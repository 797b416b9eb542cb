"""The room's router, which its modules of handlers share."""

from __future__ import annotations

from workers.runtime import Router

router = Router("returns")
POST = "sales_operations"
"""Who files a return."""
