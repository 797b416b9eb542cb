"""A bank statement's file, whichever bank it is of, becomes the payments that came in (A6, X3)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.receipts import banks
from workers.receipts import statements
from workers.receipts.statements import Statement

TODAY = date(2026, 4, 1)


def read(content: bytes) -> Statement:
    return statements.read(content, TODAY)


def read_rows(*rows: object) -> Statement:
    return read(banks.as_csv(banks.simple(*rows), "utf-8"))


@pytest.mark.rule("A6")
@pytest.mark.parametrize("bank", banks.ALL)
@pytest.mark.parametrize("form", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16", "tabs", "xlsx"])
def test_the_statement_of_a_bank_is_read_in_every_format(bank: str, form: str) -> None:
    table = banks.ALL[bank]
    if form == "xlsx":
        content = banks.as_xlsx(table)
    elif form == "tabs":
        table = [[str(cell).strip() for cell in row] for row in table]
        content = banks.as_csv(table, "gbk", "\t")
    else:
        content = banks.as_csv(table, form)
    found = read(content)
    assert found.faults == ()
    assert [(one.value_date, one.amount, one.currency) for one in found.payments] == [
        (date(2026, 3, 2), Decimal("196650.00"), "CNY"),
        (date(2026, 3, 5), Decimal("50000.00"), "CNY"),
    ]
    assert [one.payer for one in found.payments] == ["北岭煤业有限公司(示例)", "海风港务集团(示例)"]
    assert "2026" in found.payments[0].remark
    assert "货款" in found.payments[1].remark
    assert len({one.key for one in found.payments}) == 2
    assert found.ignored >= 1


@pytest.mark.parametrize(
    ("bank", "account"),
    [("construction", "6200000012345678"), ("industrial", "0200001"), ("agricultural", "103330004004")],
)
def test_the_account_stands_above_the_table_or_in_it(bank: str, account: str) -> None:
    assert read(banks.as_csv(banks.ALL[bank])).account == account


def test_a_workbooks_dates_and_numbers_are_read_as_excel_keeps_them() -> None:
    table = banks.simple(
        [datetime(2026, 3, 2, 10, 15), 196650.0, None, "甲", "货款", 88001, "人民币"],  # noqa: DTZ001 - as in Excel
        [46083, 0.1 + 0.2, None, "乙", "货款", "88002", None],
        [date(2026, 3, 4), 1234567.89, None, "丙", "货款", "88003", "CNY"],
    )
    found = read(banks.as_xlsx(table))
    assert found.faults == ()
    assert [(one.value_date.day, one.amount) for one in found.payments] == [
        (2, Decimal("196650.00")),
        (2, Decimal("0.30")),
        (4, Decimal("1234567.89")),
    ]
    assert found.payments[0].reference == "88001"


@pytest.mark.rule("A6", "X3")
def test_bad_rows_come_back_with_their_line_and_reason_and_good_rows_are_kept() -> None:
    found = read_rows(
        ["2026-03-02", "100.00", "", "甲", "", "1", ""],
        ["2026-13-02", "100.00", "", "甲", "", "2", ""],
        ["2026-03-02", "一百元", "", "甲", "", "3", ""],
        ["2026-03-02", "1,00.00", "", "甲", "", "4", ""],
        ["2026-03-02", "1.005", "", "甲", "", "5", ""],
        ["2026-04-02", "1.00", "", "甲", "", "6", ""],
        ["", "1.00", "", "甲", "", "7", ""],
        ["2026-03-02", "", "", "甲", "", "8", ""],
        ["2026-03-02", "-5.00", "", "甲", "", "9", ""],
        ["2026-03-02", "5.00", "5.00", "甲", "", "10", ""],
        ["2026-03-02", "9" * 20, "", "甲", "", "11", ""],
        ["2026-03-02", "5.00", "", "甲", "", "2.02603E+19", ""],
        ["2026-03-03", "200.00", "", "甲", "", "12", ""],
    )
    assert [one.amount for one in found.payments] == [Decimal("100.00"), Decimal("200.00")]
    reasons = {one.line_no: one.reason for one in found.faults}
    expected = {
        3: "不是日期",
        4: "不是金额",
        5: "不是金额",
        6: "两位小数",
        7: "还没有到",
        8: "没有交易日期",
        9: "没有金额",
        10: "负数",
        11: "同时有",
        12: "超出",
        13: "科学计数",
    }
    assert reasons.keys() == expected.keys()
    assert all(part in reasons[line] for line, part in expected.items())


def test_a_long_number_that_excel_has_rounded_is_no_reference() -> None:
    found = read(banks.as_xlsx(banks.simple(["2026-03-02", 5, None, "甲", "", 2.0260302000000001e19, ""])))
    assert found.payments == ()
    assert "舍入" in found.faults[0].reason


def test_amounts_are_read_with_full_width_signs_and_separators() -> None:
    written = ["１，２３４．５６", "1,234.56元", "￥1,234.56", "+1234.560", "RMB 1,234.56", '="1234.56"']
    found = read_rows(*(["2026/3/2", one, "", "甲", "", f"n{at}", ""] for at, one in enumerate(written)))
    assert [one.amount for one in found.payments] == [Decimal("1234.56")] * len(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02",
        "2026/3/2",
        "2026.03.02",
        "20260302",
        "2026年3月2日",
        "2026-03-02 10:11:12",
        "20260302101112",
        "２０２６－０３－０２",
        "2026-03-02T10:11:12",
        '="2026-03-02"',
        "'2026-03-02",
    ],
)
def test_days_are_read_as_banks_write_them(written: str) -> None:
    found = read_rows([written, "1", "", "甲", "", "1", ""])
    assert [one.value_date for one in found.payments] == [date(2026, 3, 2)]


def test_the_direction_decides_where_one_column_holds_the_amounts() -> None:
    rows = [
        ["交易日期", "交易金额", "借贷标志", "对方户名", "流水号"],
        ["2026-03-02", "1", "贷", "甲", "1"],
        ["2026-03-02", "2", "借", "甲", "2"],
        ["2026-03-02", "3", "C", "甲", "3"],
        ["2026-03-02", "-4", "D", "甲", "4"],
        ["2026-03-02", "5", "转账收入", "甲", "5"],
        ["2026-03-02", "6", "转账支出", "甲", "6"],
        ["2026-03-02", "7", "其他", "甲", "7"],
        ["2026-03-02", "8", "", "甲", "8"],
        ["2026-03-02", "-9", "", "甲", "9"],
    ]
    found = read(banks.as_csv(rows))
    assert [one.amount for one in found.payments] == [1, 3, 5, 8]
    assert [(one.line_no, one.reason) for one in found.faults] == [(8, "借贷标志“其他”无法识别")]


@pytest.mark.rule("A6")
def test_other_currencies_are_named() -> None:
    found = read_rows(
        ["2026-03-02", "1", "", "甲", "", "1", "USD"], ["2026-03-02", "1", "", "甲", "", "2", "人民币元"]
    )
    assert [one.currency for one in found.payments] == ["USD", "CNY"]


@pytest.mark.rule("A6")
def test_a_payment_without_a_reference_has_the_same_key_in_every_file() -> None:
    row, other = ["2026-03-02", "1", "", "甲", "", "", ""], ["2026-03-02", "2", "", "甲", "", "", ""]
    first, second = read_rows(row, row), read_rows(other, row, row, row)
    keys = [one.key for one in first.payments]
    assert len(set(keys)) == 2
    assert [one.key for one in second.payments if one.amount == 1][:2] == keys
    assert len({one.key for one in second.payments}) == 4


def test_a_stray_quotation_mark_costs_its_own_line_only() -> None:
    lines = [
        "交易日期,贷方金额,对方户名,流水号",
        '2026-03-02,1,"甲,1',
        "2026-03-03,2,乙,2",
        "2026-03-04,3,丙,3",
    ]
    found = read("\n".join(lines).encode("gbk"))
    assert [one.amount for one in found.payments][-2:] == [2, 3]


def test_a_sign_that_is_none_costs_its_own_line_only() -> None:
    lines = ["交易日期,贷方金额,对方户名,流水号", "2026-03-02,1,甲,1", "2026-03-03,2,乙,2"]
    content = "\n".join(lines).encode("gbk").replace("乙".encode("gbk"), b"\xff\xff")
    found = read(content)
    assert [one.amount for one in found.payments] == [1]
    assert [one.line_no for one in found.faults] == [3]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b"\r\n  ", "空的"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版Excel"),
        (b"PK\x03\x04 and no workbook", "Excel文件已损坏"),
        ("姓名,电话\n张三,1".encode(), "没有找到流水的表头"),
        (b"\x00\x01\x02\x03", "没有找到流水的表头"),
        (b"x" * (10 * 1024 * 1024 + 1), "不得超过10MB"),
        (b"\n" * 30_000 + b"x", "不得超过20000行"),
    ],
)
@pytest.mark.rule("X3")
def test_a_file_that_is_no_statement_is_refused_as_a_whole(content: bytes, said: str) -> None:
    found = read(content)
    assert found.payments == ()
    assert [one.line_no for one in found.faults] == [0]
    assert said in found.faults[0].reason


def test_a_second_sheet_with_payments_is_not_passed_over_in_silence() -> None:
    table = banks.ALL["agricultural"]
    found = read(banks.as_xlsx([["说明"]], table, table))
    assert len(found.payments) == 2
    assert "单独上传" in found.faults[0].reason


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\xff\xfe", "交易日期,贷方金额,对方户名\n".encode()):
        assert isinstance(read(start + content), Statement)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.floats(),
    st.integers(-(10**20), 10**20),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["2026-03-02", "1,000.00", "合计", "贷", "借", "-", "HT-2026-0001"]),
)


@given(st.lists(st.lists(CELLS, max_size=7), max_size=6))
def test_every_row_is_a_payment_a_fault_or_ignored(rows: list[list[object]]) -> None:
    table = [*banks.simple(), *rows]
    found = read(banks.as_csv(table, "utf-8"))
    assert all(one.amount > 0 and one.value_date <= TODAY and one.key for one in found.payments)
    assert all(one.reason for one in found.faults)
    assert all(len(one.payer) <= 500 and "\x00" not in one.payer + one.remark for one in found.payments)


@given(
    st.decimals(min_value="0.01", max_value="9999999999999.99", places=2),
    st.dates(date(2000, 1, 1), TODAY),
    st.sampled_from(["gb18030", "utf-8", "utf-8-sig", "xlsx"]),
)
def test_what_was_written_is_what_is_read(amount: Decimal, day: date, form: str) -> None:
    table = banks.simple([day.isoformat(), f"{amount:,.2f}", "", "某某公司", "货款", "ref-1", "人民币"])
    found = read(banks.as_xlsx(table) if form == "xlsx" else banks.as_csv(table, form))
    assert [(one.amount, one.value_date, one.reference) for one in found.payments] == [(amount, day, "ref-1")]
