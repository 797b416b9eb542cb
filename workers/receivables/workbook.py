"""The analysis as a workbook with a chart, for people who go on calculating (A1)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from workers.debts import BUCKETS
from workers.receivables.analysis import Analysis, Group

YUAN = "#,##0.00"
_HEAD = PatternFill("solid", start_color="EEF1F4")
_COLOURS = ("8FB8A0", "F2CF63", "EDA24A", "DD6B3D", "B3273A")
_AGES = ("应收余额", *BUCKETS, "最长逾期(天)", "欠息")


def workbook(analysis: Analysis, number: str) -> bytes:
    """An XLSX file: the ages with a chart, then sheets by customer, salesperson and contract."""
    book = Workbook()
    first = book.active
    if not isinstance(first, Worksheet):
        raise TypeError("a new workbook has no sheet")
    first.title = "账龄"
    _overview(first, analysis, number)
    _groups(book.create_sheet("按客户"), analysis.customers, "客户", graded=True)
    _groups(book.create_sheet("按业务员"), analysis.salespersons, "业务员", graded=False)
    _contracts(book.create_sheet("按合同"), analysis)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _overview(sheet: Worksheet, analysis: Analysis, number: str) -> None:
    _row(sheet, ["应收账款分析", number, "基准日", analysis.as_of.isoformat()])
    _row(sheet, [])
    _head(sheet, ["账龄", "金额(元)"])
    for bucket in BUCKETS:
        _row(sheet, [bucket, analysis.total.buckets[bucket]])
    _row(sheet, ["合计", analysis.total.outstanding])
    _row(sheet, ["欠息", analysis.total.interest])
    chart = BarChart()
    chart.title, chart.legend, chart.height, chart.width = "账龄(元)", None, 8, 16
    last = 3 + len(BUCKETS)
    chart.add_data(Reference(sheet, min_col=2, min_row=3, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=4, max_row=last))
    sheet.add_chart(chart, "D3")
    _widths(sheet)


def _groups(sheet: Worksheet, groups: Sequence[Group], name: str, *, graded: bool) -> None:
    grade = ["信用等级"] if graded else []
    _head(sheet, [name, *grade, "合同数", *_AGES])
    for group in groups:
        ages = [group.outstanding, *(group.buckets[bucket] for bucket in BUCKETS)]
        note = [group.note] if graded else []
        _row(sheet, [group.name, *note, group.contracts, *ages, group.overdue_days, group.interest])
    if groups:
        _stacked(sheet, first=4 + len(grade), rows=len(groups))
    sheet.freeze_panes = "B2"
    _widths(sheet)


def _stacked(sheet: Worksheet, first: int, rows: int) -> None:
    """A stacked chart of the columns of ages, which begin with number `first`."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
    chart.title, chart.height, chart.width = "账龄(元)", 4 + 0.8 * min(rows, 30), 24
    ages = Reference(sheet, min_col=first, max_col=first + len(BUCKETS) - 1, min_row=1, max_row=rows + 1)
    chart.add_data(ages, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows + 1))
    for series, colour in zip(chart.series, _COLOURS, strict=True):
        series.graphicalProperties.solidFill = colour
    sheet.add_chart(chart, f"A{rows + 4}")


def _contracts(sheet: Worksheet, analysis: Analysis) -> None:
    _head(
        sheet,
        ["合同", "客户", "业务员", "合同金额", "已收本金", "逾期本金", "最早到期日", *_AGES],
    )
    for one in analysis.contracts:
        place = one.position
        _row(
            sheet,
            [
                one.contract_no,
                one.customer,
                one.salesperson,
                one.amount,
                one.received,
                place.overdue_principal,
                place.oldest_due_on.isoformat() if place.oldest_due_on else "",
                place.outstanding,
                *(place.buckets[bucket] for bucket in BUCKETS),
                place.overdue_days,
                place.interest_owed,
            ],
        )
    sheet.freeze_panes = "B2"
    _widths(sheet)


def _head(sheet: Worksheet, titles: Sequence[str]) -> None:
    _row(sheet, titles)
    for cell in sheet[sheet.max_row]:
        cell.font, cell.fill, cell.alignment = Font(bold=True), _HEAD, Alignment(wrap_text=True)


def _row(sheet: Worksheet, values: Sequence[str | int | Decimal]) -> None:
    sheet.append(list(values))
    for cell, value in zip(sheet[sheet.max_row], values, strict=False):
        if isinstance(value, str):
            cell.data_type = "s"  # a customer called "=1+1" is a name, not a formula
        elif isinstance(value, Decimal):
            cell.number_format = YUAN


def _widths(sheet: Worksheet) -> None:
    for number, column in enumerate(sheet.columns, 1):
        longest = max(sum(2 if ord(sign) > 255 else 1 for sign in str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(longest + 2, 8), 44)
