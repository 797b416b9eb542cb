"""The room's router, which its modules of handlers share."""

from __future__ import annotations

from workers.runtime import Router

router = Router("refunds")
POST = "finance"
GONE = "本案已撤回或结束"
