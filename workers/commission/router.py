"""The room's router: the steps stand in modules of their own, `tasks` brings them together."""

from workers.runtime import Router

router = Router("commission")

GONE = "本提成单已撤回或结束"
