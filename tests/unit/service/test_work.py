"""What is read of a repair's form (W7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workers.cases import FormReader
from workers.service import rules


@pytest.mark.rule("W6", "W7")
def test_an_order_that_has_grown_by_additional_work_can_be_finished_however_long_it_is() -> None:
    agreed = {number: Decimal(1) for number in range(1, 2 * rules.MOST_LINES)}
    reader = FormReader()
    done = rules.read_work(reader, [{"lineNo": str(number), "actual": "1"} for number in agreed], agreed)
    assert reader.errors == []
    assert [one.line_no for one in done] == list(agreed)
