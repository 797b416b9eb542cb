"""The examples of config/examples are what they claim to be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import yaml

from workers.cases import FormReader
from workers.receipts import single, starting, statements
from workers.settings import ROOT

EXAMPLES = ROOT / "config" / "examples"
LATER = date(2026, 12, 1)


def test_the_example_statement_is_read_without_a_fault() -> None:
    found = statements.read((EXAMPLES / "statement.csv").read_bytes(), LATER)
    assert found.faults == ()
    assert [one.amount for one in found.payments] == [Decimal(50_000), Decimal(20_000), Decimal(300)]


def test_the_example_receipt_may_start_a_case() -> None:
    content = yaml.load((EXAMPLES / "receipt.yaml").read_text("utf-8"), yaml.BaseLoader)
    assert set(content) <= set(starting.FIELDS)
    reader = FormReader()
    assert single.read(content, reader, LATER) is not None
    assert reader.errors == []
