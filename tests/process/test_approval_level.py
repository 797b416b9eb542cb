"""Every row of approval_level.dmn, evaluated by the real engine."""

from __future__ import annotations

import pytest

from tests.process.office import Office

LARGE, SERIOUS = 100_000_000, 50
ORDINARY = {"deviationPermille": 0, "amountFen": 1, "creditGrade": "未评级", "termsDeviate": False}


@pytest.mark.rule("C2")
@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, []),
        ({"deviationPermille": SERIOUS - 1}, []),
        ({"deviationPermille": SERIOUS}, ["deputy_gm_sales"]),
        ({"amountFen": LARGE - 1}, []),
        ({"amountFen": LARGE}, ["deputy_gm_finance"]),
        ({"creditGrade": "A"}, []),
        ({"creditGrade": "B"}, []),
        ({"creditGrade": "C"}, ["deputy_gm_finance"]),
        ({"creditGrade": "D"}, ["deputy_gm_finance", "legal"]),
        ({"termsDeviate": True}, ["deputy_gm_finance"]),
        (
            {"deviationPermille": SERIOUS, "amountFen": LARGE},
            ["deputy_gm_finance", "deputy_gm_sales"],
        ),
    ],
)
def test_the_table_adds_exactly_the_approvers_of_its_row(
    office: Office, case: dict[str, object], expected: list[str]
) -> None:
    facts = {**ORDINARY, "largeContractFen": LARGE, "seriousDeviationPermille": SERIOUS, **case}
    types = {int: "Long", bool: "Boolean", str: "String"}
    variables = {name: {"value": value, "type": types[type(value)]} for name, value in facts.items()}
    found = office.admin.post("/decision-definition/key/approval_level/evaluate", {"variables": variables})
    assert sorted({next(iter(row.values()))["value"] for row in found}) == expected
