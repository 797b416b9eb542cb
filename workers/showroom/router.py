"""The room's router."""

from workers.runtime import Router

router = Router("showroom")
