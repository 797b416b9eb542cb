"""What the books refuse is said in Chinese, whichever rule it is (X3)."""

from __future__ import annotations

import pytest

from workers.ledger import invariants, words
from workers.receipts import booking

NAMES = [rule.name for rules in invariants.RULES.values() for rule in rules]


@pytest.mark.rule("X3", "A6")
@pytest.mark.parametrize("name", NAMES)
def test_each_rule_of_the_books_has_words_for_staff(name: str) -> None:
    assert all(not letter.isascii() for letter in words.RULES[name])
    assert all(not letter.isascii() for letter in booking.SAID[name])


@pytest.mark.rule("X3")
def test_there_are_words_for_no_other_rule() -> None:
    assert words.RULES.keys() == booking.SAID.keys() == set(NAMES)
