"""A paper as every room shows it to its signers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workers.cases import CheckedForm, PaperView, paper
from workers.runtime import FileValue
from workers.runtime.variables import encode_all


class NoteFilled(CheckedForm, PaperView):
    """What a room's worker puts out."""


def variables(output: NoteFilled) -> dict[str, object]:
    """The output as the engine gets it."""
    return encode_all({name: getattr(output, field) for field, name in _names(output)})


def _names(output: NoteFilled) -> list[tuple[str, str]]:
    return list(zip(type(output).model_fields, type(output).variable_names(), strict=True))


def test_a_paper_becomes_the_variables_that_every_signer_reads() -> None:
    scan = FileValue("FH-2026-0001.pdf", b"%PDF-", "application/pdf")
    facts = [("客户", "东方矿业"), ("金额", Decimal("1234.50")), ("备注", None)]
    filled = NoteFilled(
        **paper(
            "delivery_note",
            "FH-2026-0001",
            "发货单",
            facts=facts,
            columns=("产品", "数量"),
            rows=[("钢丝绳芯输送带", 12), ("托辊组", None)],
            amount=Decimal("1234.50"),
            document=scan,
        )
    )
    sent = variables(filled)
    assert sent["paperKind"] == {"value": "delivery_note", "type": "String"}
    assert sent["paperAmountFen"] == {"value": 123450, "type": "Long"}
    assert sent["paperRows"] == {
        "value": '[{"cells":["钢丝绳芯输送带","12"]},{"cells":["托辊组",""]}]',
        "type": "Json",
    }
    assert [(fact.label, fact.value) for fact in filled.paper_facts] == [
        ("客户", "东方矿业"),
        ("金额", "1234.50"),
        ("备注", ""),
    ]


def test_a_form_with_mistakes_leaves_no_paper_of_an_earlier_round() -> None:
    sent = variables(NoteFilled(has_errors=True))
    empty = ("paperKind", "paperNo", "paperTitle", "paperDocument", "paperOutcome")
    assert {name: sent[name] for name in empty} == {name: {"value": None, "type": "Null"} for name in empty}


def test_half_a_fen_is_on_no_paper() -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        paper("delivery_note", "FH-1", "发货单", amount=Decimal("0.005"))
