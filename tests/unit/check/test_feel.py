"""Cells of decision tables as analysts write them, right and wrong."""

import pytest

from workers.check import feel


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "-",
        '"C","D"',
        ">= largeContractFen",
        "[1..5)",
        "]1..5[",
        "not(1, 2)",
        "true",
        "null",
        "< -5",
        'date("2026-01-01")',
        "? > 5 and ? < limit.most",
        'string length(name) > 3 or name = "x"',
        'if amount > 5 then "high" else "low"',
        "if a then b else c",
    ],
)
def test_what_the_engine_understands_is_left_alone(cell: str) -> None:
    assert feel.fault(cell) is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (">= x )(", "a ) that nothing opens"),
        ("not(1", "a ( that nothing closes"),
        ("(1]", "a ] that nothing opens"),
        ("[1..5", "without its partner"),
        ('"C" "D"', "a comma?"),
        ("5 x", "a comma?"),
        (">=", "nothing follows"),
        ("1 and", "nothing follows"),
        ("“C”", "ASCII punctuation"),
        ('"C"，"D"', "ASCII punctuation"),
        ('"C', "ASCII punctuation"),
        ("'C'", "ASCII punctuation"),
    ],
)
def test_a_mistake_is_named(cell: str, said: str) -> None:
    assert said in str(feel.fault(cell))


def test_variables_are_found_but_no_functions_texts_or_properties() -> None:
    cell = 'string length(customer.name) > least and "text" != grade or true'
    assert list(feel.names(cell)) == ["customer", "least", "grade"]
