"""One transaction: an effect, its idempotency key and its output are committed together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:  # whoever only names a UnitOfWork needs no database
    from sqlalchemy.orm import Session

SessionFactory = Callable[[], "Session"]


class UnitOfWork:
    """A session that commits when its `with` block ends well and rolls back when it does not."""

    session: Session

    def __init__(self, session_factory: SessionFactory) -> None:
        self._session_factory = session_factory

    def __enter__(self) -> Self:
        self.session = self._session_factory()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.session.commit()
            else:
                self.session.rollback()
        finally:
            self.session.close()
