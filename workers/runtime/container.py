"""Dependencies by type: bootstrap says what there is, a handler's annotations say what it needs."""

from collections.abc import Callable, Iterable
from typing import Any, Self


class Container:
    """Finds the value for a type; a provider is asked again for each execution and decides what to keep."""

    def __init__(self) -> None:
        self._providers: dict[Any, Callable[[], object]] = {}

    def add(self, kind: Any, value: object) -> Self:
        """Answer requests for `kind` with one object."""
        return self.provide(kind, lambda: value)

    def provide(self, kind: Any, provider: Callable[[], object]) -> Self:
        """Answer requests for `kind` with what `provider` returns then, such as a file's newest state."""
        self._providers[kind] = provider
        return self

    def resolve(self, kind: Any) -> object:
        """The value for `kind`. Raises KeyError when nobody provides it; `missing` tells beforehand."""
        return self._providers[kind]()

    def missing(self, kinds: Iterable[Any]) -> list[str]:
        """The names of those kinds that nobody provides."""
        return sorted(getattr(kind, "__name__", str(kind)) for kind in kinds if kind not in self._providers)
