"""From a file's bytes to rows of cells: CSV in the encodings of Chinese banks, and XLSX (A6). Pure."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workers.receipts.cells import Cell

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes."""
LARGEST_UNPACKED = 200 * 1024 * 1024
"""Bytes of a workbook's parts."""
MOST_ROWS = 20_000
MOST_COLUMNS = 200

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


class NoTable(ValueError):
    """The file as a whole cannot be read; the message says so in Chinese."""


@dataclass(frozen=True)
class Row:
    """A row of the file with the number of the line it begins in, as an editor or Excel counts them."""

    line_no: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """A table of the file: a workbook may have several."""

    name: str
    rows: tuple[Row, ...]


def read(content: bytes, has_header: Callable[[tuple[Row, ...]], bool]) -> list[Sheet]:
    """The file's tables. `has_header` tells by which sign the cells of a CSV are separated. Raises NoTable."""
    if not content.strip(b"\0 \r\n\t"):
        raise NoTable("文件是空的")
    if len(content) > LARGEST_FILE:
        raise NoTable(f"文件不得超过{LARGEST_FILE // 1024 // 1024}MB")
    if content.startswith(_OLD_EXCEL):
        raise NoTable("不能读取旧版Excel(.xls)，请另存为.xlsx或CSV再上传")
    if content.startswith(b"%PDF"):
        raise NoTable("不能读取PDF，请从网银下载Excel或CSV格式的流水")
    if content.startswith(_ZIP):
        return _workbook(content)
    text = _text(content)
    tables = [Sheet("", _csv(text, separator)) for separator in ",\t;|"]
    return [next((table for table in tables if has_header(table.rows)), tables[0])]


def _text(content: bytes) -> str:
    """The file as text; a sign that is none in its encoding becomes U+FFFD, so that only its row is lost."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    read_as = [content.decode(encoding, "replace") for encoding in ("gb18030", "utf-8")]
    return min(read_as, key=lambda one: one.count("\ufffd"))


def _csv(text: str, separator: str) -> tuple[Row, ...]:
    try:
        return tuple(_rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)))
    except csv.Error:  # a stray quotation mark would swallow good rows: each line is then read by itself
        return tuple(_line_by_line(text, separator))


def _rows(reader: Iterator[list[str]]) -> Iterator[Row]:
    begins = 1
    for cells in reader:
        yield _row(begins, cells)
        begins = reader.line_num + 1  # type: ignore[attr-defined]  # csv's reader has it, its protocol does not


def _line_by_line(text: str, separator: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > csv.field_size_limit():
            yield _row(number, ["\ufffd"])
        else:
            yield from (_row(number, cells) for cells in csv.reader([line], delimiter=separator))


def _row(number: int, cells: Sequence[Cell]) -> Row:
    if number > MOST_ROWS:
        raise NoTable(f"文件不得超过{MOST_ROWS}行")
    return Row(number, tuple(cells[:MOST_COLUMNS]))


def _workbook(content: bytes) -> list[Sheet]:
    import openpyxl  # noqa: PLC0415 - 10 MB that most workers never need

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked <= LARGEST_UNPACKED:
            with warnings.catch_warnings():  # about styles that a bank's program has left out
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
                return [Sheet(sheet.title, tuple(_sheet(sheet))) for sheet in book.worksheets]
    except NoTable:
        raise
    except Exception as error:  # a broken workbook shows itself in any way
        raise NoTable("Excel文件已损坏或不是.xlsx格式，请重新下载") from error
    raise NoTable("Excel文件展开后过大")


def _sheet(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # programs of banks write wrong ones, and rows would be missing
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        yield _row(number, [_cell(cell) for cell in cells])


def _cell(cell: object) -> Cell:
    return cell if cell is None or isinstance(cell, Cell) else str(cell)
