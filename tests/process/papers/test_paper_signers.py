"""Every row of paper_signers.dmn, evaluated by the real engine; the table and the stages know the same papers."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.process.office import Office
from workers.approval.stages import STAGES
from workers.settings import ROOT

SIGNERS = {
    "production_notice": ["deputy_gm_sales"],
    "delivery_note": ["sales_manager"],
    "goods_return": ["sales_manager"],
    "jointing_order": ["sales_manager"],
    "invoice_request": ["deputy_gm_finance"],
    "credit_note": ["deputy_gm_finance"],
    "commission": ["finance", "deputy_gm_finance", "general_manager"],
    "litigation": ["general_manager"],
    "termination": ["sales_manager", "finance", "general_manager"],
    "refund": ["deputy_gm_finance"],
    "large_refund": ["deputy_gm_finance", "general_manager"],
    "hold_release": ["deputy_gm_finance"],
    "shopping_list": [],
}


@pytest.mark.rule("C6", "C8", "C9", "C10", "C11", "C13", "A5", "A6", "X3")
@pytest.mark.parametrize("kind", SIGNERS)
def test_the_table_names_the_signers_of_each_kind_of_paper_in_their_order(office: Office, kind: str) -> None:
    for fen in (0, 10**15):
        variables = {
            "paperKind": {"value": kind, "type": "String"},
            "paperAmountFen": {"value": fen, "type": "Long"},
        }
        found = office.admin.post("/decision-definition/key/paper_signers/evaluate", {"variables": variables})
        assert [next(iter(row.values()))["value"] for row in found] == SIGNERS[kind]


def test_the_table_and_the_stages_know_the_same_kinds_of_paper() -> None:
    table = etree.parse(ROOT / "bpmn" / "papers" / "paper_signers.dmn")
    entries = table.iterfind(".//{*}rule/{*}inputEntry[1]/{*}text")
    named = {str(entry.text).strip('"') for entry in entries}
    assert named == {name for name, stage in STAGES.items() if not stage.posts}
