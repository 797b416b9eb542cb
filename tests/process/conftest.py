"""Whatever a process test writes, the books are whole afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.process.office import Office


@pytest.fixture(autouse=True)
def books_stay_whole(office: Office) -> Iterator[None]:
    """`salesflow ledger verify` passes at the end of every test that plays on the engine (C4, X6)."""
    yield
    office.assert_books_whole()
