"""Customers and products in the real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from workers import catalog
from workers.errors import UserError
from workers.settings import SETTINGS_FILE

SAMPLE = Path(SETTINGS_FILE).parent / "catalog.yaml"


def test_the_sample_can_be_loaded_again_and_again(session: Session) -> None:
    catalog.load_sample(session, SAMPLE)
    catalog.load_sample(session, SAMPLE)
    assert list(catalog.customers(session, catalog.COMPANY)) == ["K0001", "K0002", "K0003", "K0004"]
    product = catalog.product(session, "P004")
    assert product is not None
    assert (product.name, product.unit) == ("接头硫化材料包", "套")


def test_a_change_in_the_file_is_taken_over_and_what_it_drops_is_kept(
    session: Session, tmp_path: Path
) -> None:
    catalog.load_sample(session, SAMPLE)
    changed = tmp_path / "catalog.yaml"
    changed.write_text("customers: [{number: K0001, name: 新名有限公司}]", "utf-8")
    catalog.load_sample(session, changed)
    renamed = catalog.customer(session, "K0001")
    assert renamed is not None
    assert renamed.name == "新名有限公司"
    assert catalog.customer(session, "K0002") is not None


@pytest.mark.rule("X1")
def test_forms_offer_what_the_database_holds(session: Session) -> None:
    catalog.load_sample(session, SAMPLE)
    assert {"label": "海风港务集团(示例)(K0002)", "value": "K0002"} in catalog.customer_options(session)
    assert [option["value"] for option in catalog.product_options(session, catalog.GOODS)] == [
        "P001",
        "P002",
        "P003",
        "P004",
        "P005",
    ]
    assert [option["value"] for option in catalog.product_options(session, catalog.VEHICLE)] == [
        "QC01",
        "QC02",
        "QC03",
    ]
    everything = {option["value"] for option in catalog.product_options(session)}
    assert {"P001", "QC01", "GS01", "LJ01"} <= everything


@pytest.mark.parametrize(
    "text",
    [
        "customers: [{number: K1, name: 甲}, {number: K1, name: 乙}]",
        "products: [{number: P1, name: 甲}]",
        "customers: [{number: K 1, name: 甲}]",
        "customers: [{number: K1, name: 甲, colour: red}]",
        "customers: {",
    ],
)
def test_a_file_that_is_wrong_is_named(session: Session, tmp_path: Path, text: str) -> None:
    wrong = tmp_path / "catalog.yaml"
    wrong.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"catalog\.yaml"):
        catalog.load_sample(session, wrong)
