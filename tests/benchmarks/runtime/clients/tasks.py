"""The tasks of salesflow's runtime that need no database."""

from collections.abc import Callable

from workers.runtime import Message, Nothing, Router


class Seen(Message):
    """One output."""

    seen: int


def empty() -> Callable[..., Seen]:
    """A handler that does nothing."""

    def handle(_: Nothing) -> Seen:
        return Seen(seen=1)

    return handle


def tasks_of(topics: list[str], make: Callable[[], Callable[..., Seen]] = empty) -> Router:
    """A handler for each topic `<room>.<name>`; they share one room."""
    router = Router(topics[0].partition(".")[0])
    for topic in topics:
        function = make()
        function.__name__ = topic.partition(".")[2]
        router.task(function.__name__)(function)
    return router
