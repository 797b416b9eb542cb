"""Papers: every kind prints by the one template what it was given, as text and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pdf import pages_of, text_of
from workers.calendar import SHANGHAI
from workers.documents import KINDS, Column, Company, Paper, Signature, render
from workers.documents.papers import printed

AT = datetime(2026, 3, 10, 9, 30, tzinfo=SHANGHAI)
COMPANY = Company(name="示例公司", address="示例路1号", phone="0510")
NASTY = '<b>甲</b> #panic("x") $x^2$ *粗* `raw` \\ @ref // [引] \'; DROP TABLE contracts; --'
PAPERS = sorted(prefix for prefix, kind in KINDS.items() if kind.template == "paper")


def paper(kind: str = "FH", **fields: Any) -> Paper:
    """A paper with something of everything."""
    given: dict[str, Any] = {
        "facts": [("客户", "北方矿业"), ("交货日期", "2026-05-01")],
        "columns": ["序号", "产品", "数量"],
        "rows": [["1", "钢丝绳芯输送带", "120.5 米"]],
        "totals": [("合计（小写）", "¥72,300.00")],
        "text": ["请贵公司查收。"],
        "notes": ["以签收为准"],
        "signatures": [("制单", "陈晓燕", AT), Signature("客户签收")],
        **fields,
    }
    return Paper(kind, **given)


def pdf(sheet: Paper, version: int = 1) -> bytes:
    """The paper as it would be filed."""
    return render("paper", printed(sheet, COMPANY, f"{sheet.kind}-2026-0001", version, AT))


@pytest.mark.rule("C3")
@pytest.mark.parametrize("kind", PAPERS)
def test_every_kind_prints_title_number_date_and_all_that_it_was_given(kind: str) -> None:
    said = text_of(pdf(paper(kind)))
    expected = [KINDS[kind].title, f"{kind}-2026-0001", "2026年3月10日", "示例公司"]
    expected += ["北方矿业", "2026-05-01", "钢丝绳芯输送带", "120.5米", "¥72,300.00", "请贵公司查收"]
    expected += ["以签收为准", "制单", "陈晓燕", "客户签收"]
    assert [one for one in expected if one.replace(" ", "") not in said] == []


@pytest.mark.rule("C8")
def test_a_delivery_note_is_printed_for_us_and_for_the_customer() -> None:
    content = pdf(paper("FH"))
    assert pages_of(content) == 2
    assert "存根联" in text_of(content)
    assert "客户联" in text_of(content)
    assert text_of(content).count("第1页，共1页") == 2
    assert pages_of(pdf(paper("FH", copies=()))) == 1


@pytest.mark.rule("C3")
def test_the_same_data_gives_the_same_bytes_and_other_data_others() -> None:
    assert pdf(paper()) == pdf(paper())
    assert pdf(paper()) != pdf(paper(notes=["另一说明"]))
    assert "第2版" in text_of(pdf(paper(), 2))


@pytest.mark.rule("C3", "X3")
def test_markup_in_the_data_is_printed_and_not_run() -> None:
    sheet = paper(
        facts=[(NASTY, NASTY)],
        columns=[NASTY, Column(NASTY, "center")],
        rows=[[NASTY, NASTY]],
        totals=[(NASTY, NASTY)],
        text=[NASTY],
        notes=[NASTY, NASTY],
        signatures=[(NASTY, "", None)],
        title="发货单",
        copies=(NASTY,),
    )
    assert "#panic" in text_of(pdf(sheet))


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=60), min_size=1, max_size=4))
@pytest.mark.rule("X3")
def test_whatever_a_text_holds_is_laid_out(texts: list[str]) -> None:
    facts = [("项目", text) for text in texts]
    shown = printed(paper(facts=facts), COMPANY, "FH-2026-0001", 1, AT)
    spans = [fact["span"] for fact in shown["facts"]]  # type: ignore[attr-defined]
    assert sum(spans) + len(spans) == 4 * len({*_lines(spans)})


def _lines(spans: list[int]) -> list[int]:
    """The line of the grid on which each fact stands; a label takes one cell."""
    taken, lines = 0, []
    for span in spans:
        lines.append(taken // 4)
        taken += span + 1
    return lines


@pytest.mark.rule("C3")
@pytest.mark.parametrize("rows", [1, 60, 200])
def test_a_long_table_runs_over_pages_with_its_head_on_each(rows: int) -> None:
    content = pdf(paper("RK", rows=[[str(row), "输送带", "1 米"] for row in range(1, rows + 1)]))
    pages = pages_of(content)
    assert (pages > 1) == (rows > 1)
    assert text_of(content).count("产品") == pages
    assert f"共{pages}页" in text_of(content)


def test_figures_stand_right_and_short_texts_in_the_middle() -> None:
    columns = ["序号", "产品", "单位", "数量", "金额", Column("说明", "right")]
    rows = [["1", "钢丝绳芯输送带", "米", "3", "¥1.00", "无"], ["2", "托辊", "台", "10 台", "-¥2.50", ""]]
    shown = printed(paper(columns=columns, rows=rows), COMPANY, "FH-2026-0001", 1, AT)["columns"]
    aligned = [column["align"] for column in shown]  # type: ignore[attr-defined]
    assert aligned == ["center", "left", "center", "right", "right", "right"]


def test_a_row_with_other_cells_than_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="3 cells"):
        printed(paper(rows=[["1"]]), COMPANY, "FH-2026-0001", 1, AT)
