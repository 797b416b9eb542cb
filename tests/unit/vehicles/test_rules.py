"""How VINs and plates are read."""

import pytest

from workers.vehicles import read_plate, read_vin


@pytest.mark.rule("V8", "X3")
@pytest.mark.parametrize(
    ("written", "vin"),
    [
        ("LSVAA12345A678901", "LSVAA12345A678901"),
        (" lsvaa12345a678901 ", "LSVAA12345A678901"),
        ("LSVAA 12345 A678901", "LSVAA12345A678901"),
        ("LSVAA12345A67890", None),
        ("LSVAA12345A6789012", None),
        ("LSVAA12345A67890I", None),
        ("LSVAA12345A67890Q", None),
        ("", None),
        (None, None),
        (12345678901234567, None),
        ("L" * 100000, None),
    ],
)
def test_a_vin_has_seventeen_signs_without_i_o_and_q(written: object, vin: str | None) -> None:
    assert read_vin(written) == vin


@pytest.mark.parametrize(
    ("written", "plate"),
    [
        ("苏A·12345", "苏A12345"),
        ("苏ad 12345", "苏AD12345"),
        ("粤Z1234港", "粤Z1234港"),
        ("A12345", None),
        ("苏A123", None),
        (["苏A12345"], None),
    ],
)
def test_a_plate_is_the_same_however_it_is_written(written: object, plate: str | None) -> None:
    assert read_plate(written) == plate
