"""The room's router: the handlers stand by strand in modules of their own, `tasks` brings them together."""

from workers.runtime import Router

router = Router("fulfilment")
