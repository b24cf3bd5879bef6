"""Workbooks in and out: rows read cell by cell with every bad cell named, tables written row by row.

It knows cells, and refuses to know what they mean: each column brings its own reading.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Response
from python_calamine import CalamineError, CalamineWorkbook

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.exports import Fen, safe_cell, without_guard
from marketplace.kernel.money import parse_yuan
from marketplace.kernel.typed import half_width
from marketplace.kernel.workbook_extent import check_extent

MAX_BYTES = 8 * 1024 * 1024
MAX_ROWS = 10_000
_YEARS = range(1900, 2101)
_DAY_SIGNS = str.maketrans("/.年月", "----")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BadCell(ValueError):
    """Raised by a column's reading; its text says in Chinese what is wrong and what to write instead."""


@dataclass(frozen=True, slots=True)
class Column:
    """``read`` turns the cell's text, stripped, into a value or raises BadCell; an empty cell gives None.
    ``must_stand``: its cells may be empty, its heading may not be missing."""

    key: str
    label: str
    read: Callable[[str], Any] = str
    required: bool = True
    must_stand: bool = False
    #: what the template shows in its example row
    example: str = ""


@dataclass(frozen=True, slots=True)
class CellError:
    """``row`` as the spreadsheet numbers it, from 1."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    number: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class Sheet:
    """``rows`` holds only rows whose every cell could be read, ``damaged`` the others with the cells that could;
    nothing may be imported while ``errors`` is not empty. ``unread``: headings that mean nothing here."""

    rows: list[SheetRow] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    damaged: list[SheetRow] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def all_rows(self) -> list[SheetRow]:
        return [*self.damaged, *self.rows]

    def refuse(self, row: int, column: str, text: str) -> None:
        """Add what only the whole table or the database can tell (a code twice, a place that is none)."""
        self.errors.append(CellError(row, column, text))
        self.errors.sort(key=lambda error: error.row)


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """The first sheet of an xlsx file: a heading row, then one row per thing; empty rows and the template's
    example are passed over.

    Raises InvalidInput at ``file`` when it is no workbook, has no such headings or too many rows.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("sheets.too_large", field="file", megabytes=MAX_BYTES // 1024 // 1024)
    check_extent(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        # empty rows above the headings count: errors name rows as the spreadsheet numbers them
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError, OverflowError) as error:
        raise InvalidInput("sheets.not_xlsx", field="file") from error
    offset = next((index for index, row in enumerate(cells) if any(_text(cell) for cell in row)), 0)
    headings = [_text(cell).removesuffix("*") for cell in cells[offset]] if cells else []
    needed = [column.label for column in columns if column.required or column.must_stand]
    missing = [label for label in needed if label not in headings]
    if missing:
        raise InvalidInput("sheets.headings", field="file", missing="、".join(missing))
    if len(cells) - offset - 1 > MAX_ROWS:
        raise InvalidInput("sheets.too_many_rows", field="file", most=MAX_ROWS)
    places = [(column, headings.index(column.label)) for column in columns if column.label in headings]
    read = {place for _, place in places}
    sheet = Sheet(unread=[text for place, text in enumerate(headings) if text and place not in read])
    for index, row in enumerate(cells[offset + 1 :], start=offset + 2):
        if any(_text(cell) for cell in row) and not _is_example(row, places):
            _read_row(sheet, index, row, places)
    if not sheet.rows and not sheet.errors:
        raise InvalidInput("sheets.empty", field="file")
    return sheet


def _is_example(row: Sequence[Any], places: Sequence[tuple[Column, int]]) -> bool:
    """The template's own example row, left where it was: nobody means to import it."""
    return all((_text(row[place]) if place < len(row) else "") == column.example for column, place in places)


def _read_row(sheet: Sheet, number: int, row: Sequence[Any], places: Sequence[tuple[Column, int]]) -> None:
    values: dict[str, Any] = {}
    errors = []
    for column, place in places:
        text = _text(row[place]) if place < len(row) else ""
        if not text:
            values[column.key] = None
            if column.required:
                errors.append(CellError(number, column.label, "这一格不能空着"))
            continue
        try:
            values[column.key] = column.read(text)
        except BadCell as error:
            errors.append(CellError(number, column.label, str(error)))
    sheet.errors.extend(errors)
    (sheet.damaged if errors else sheet.rows).append(SheetRow(number, values))


def _text(cell: object) -> str:
    """What a person sees in the cell: whole numbers without ``.0``, days as 2026-11-25."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return without_guard(half_width(str(cell)).replace("\u3000", " ").strip()).strip()


def read_day(text: str) -> date:
    """2026-11-25, 2026/11/25, 2026.11.25 or 2026年11月25日; a year of two digits is none of anybody's."""
    try:
        year, month, day = map(int, text.removesuffix("日").translate(_DAY_SIGNS).split("-"))
        if year in _YEARS:
            return date(year, month, day)
    except ValueError:
        pass
    raise BadCell(f"“{text[:20]}”不是日期，请写成 2026-11-25")


def read_amount(text: str) -> int:
    """Yuan, as fen."""
    try:
        return parse_yuan(text)
    except InvalidInput as error:
        raise BadCell(f"“{text[:20]}”不是金额，请写元，例如 29.90") from error


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """A reading for a whole number within these bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 12 and minimum <= int(text) <= maximum):
            raise BadCell(f"“{text[:20]}”不对，请写 {minimum} 到 {maximum} 的整数")
        return int(text)

    return read


def read_yes(text: str) -> bool:
    """是 or 否."""
    if text not in ("是", "否"):
        raise BadCell("请写 是 或 否")
    return text == "是"


def one_of(choices: Mapping[str, Any]) -> Callable[[str], Any]:
    """A reading that takes one of these words."""

    def read(text: str) -> Any:
        if text not in choices:
            raise BadCell(f"“{text[:20]}”不对，请从这些里选：{'、'.join(choices)}")
        return choices[text]

    return read


def at_most(length: int) -> Callable[[str], str]:
    """A reading for free text."""

    def read(text: str) -> str:
        if len(text) > length or not text.isprintable():
            raise BadCell(f"请写 {length} 字以内，不要换行")
        return text

    return read


def xlsx_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download named ``filename`` (without the ending). Amounts are ``Fen`` and become numbers in yuan."""
    import xlsxwriter  # noqa: PLC0415 - 13 MB that only a process that writes tables needs

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("数据")
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 16)
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, Fen):
                # a float of 85.60 is written as 85.59999999999999
                sheet.write_number(number, column, Decimal(cell) / 100, money)
            elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_string(number, column, str(safe_cell(cell)))
    book.close()
    response = Response(buffer.getvalue(), mimetype=XLSX)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=export.xlsx; filename*=UTF-8''{quote(filename)}.xlsx"
    )
    return response


def template_response(filename: str, columns: Sequence[Column]) -> Response:
    """An empty workbook with the headings (required ones starred) and one example row."""
    header = [column.label + ("*" if column.required else "") for column in columns]
    return xlsx_response(filename, header, [[column.example for column in columns]])
