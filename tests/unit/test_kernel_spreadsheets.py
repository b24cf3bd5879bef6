"""Workbooks in and out: every bad cell named, what is written reads back, nothing becomes a formula."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import xlsxwriter
from flask import Flask
from python_calamine import CalamineWorkbook

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.exports import Fen
from marketplace.kernel.spreadsheets import (
    BadCell,
    Column,
    at_most,
    one_of,
    read_day,
    read_sheet,
    read_yes,
    template_response,
    xlsx_response,
)

COLUMNS = (
    Column("name", "名称", at_most(6), example="示例"),
    Column("tier", "层级", one_of({"村级": 1, "镇级": 2}), example="村级"),
    Column("since", "日期", read_day, required=False),
    Column("open", "营业", read_yes, required=False),
)


def book(*rows: list[object]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(y, x, cell, day)
                else:
                    sheet.write(y, x, cell)
    return buffer.getvalue()


def test_rows_are_read_by_heading_wherever_the_columns_stand() -> None:
    sheet = read_sheet(
        book(
            ["层级", "名称*", "日期", "别的"], ["村级", " 富饶 ", date(2026, 11, 25), "x"], [], ["镇级", 12]
        ),
        COLUMNS,
    )
    assert not sheet.errors
    assert [(row.number, row.values["name"], row.values["tier"]) for row in sheet.rows] == [
        (2, "富饶", 1),
        (4, "12", 2),
    ]
    assert sheet.rows[0].values["since"] == date(2026, 11, 25)
    assert sheet.rows[1].values["since"] is None


def test_headings_that_mean_nothing_here_are_told() -> None:
    """An optional column under another name would be left out without a word."""
    sheet = read_sheet(book(["名称*", "层级", "开业日", "营业", "", "营业"], ["富饶", "村级"]), COLUMNS)
    assert sheet.unread == ["开业日", "营业"]
    assert "since" not in sheet.rows[0].values


def test_a_column_may_be_empty_and_yet_have_to_be_there() -> None:
    columns = [*COLUMNS[:2], replace(COLUMNS[2], required=False, must_stand=True)]
    assert (
        read_sheet(book(["名称", "层级", "日期"], ["富饶", "村级"]), columns).rows[0].values["since"] is None
    )
    with pytest.raises(InvalidInput, match=r"sheets\.headings") as refused:
        read_sheet(book(["名称", "层级", "日子"], ["富饶", "村级"]), columns)
    assert refused.value.params["missing"] == "日期"


@pytest.mark.parametrize("above", [0, 1, 3])
def test_a_row_is_named_as_the_spreadsheet_numbers_it_under_empty_ones(above: int) -> None:
    """A clerk who left the first rows empty must not be sent to another row."""
    sheet = read_sheet(book(*[[]] * above, ["名称", "层级"], ["富饶", "市级"], ["好", "村级"]), COLUMNS)
    assert [error.row for error in sheet.errors] == [above + 2]
    assert [row.number for row in sheet.rows] == [above + 3]


@pytest.mark.parametrize("name", ["'特级'", "'", "特级'", "=1+1", "-5斤", " +5斤", "@x"])
def test_what_is_written_is_read_back_as_it_was(name: str) -> None:
    with Flask("test").test_request_context():
        data = xlsx_response("表", ["名称", "层级"], [[name, "村级"]]).get_data()
    assert [row.values["name"] for row in read_sheet(data, COLUMNS).rows] == [name.strip()]


def test_every_bad_cell_is_named_and_its_row_left_out() -> None:
    sheet = read_sheet(
        book(
            ["名称", "层级", "日期", "营业"], ["", "市级", "昨天", "也许"], ["好", "村级", "2026/1/2", "是"]
        ),
        COLUMNS,
    )
    assert [(error.row, error.column) for error in sheet.errors] == [
        (2, "名称"),
        (2, "层级"),
        (2, "日期"),
        (2, "营业"),
    ]
    assert [row.number for row in sheet.rows] == [3]
    assert sheet.rows[0].values["since"] == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not a workbook", "sheets.not_xlsx"),
        (book(["名称"], ["x"]), "sheets.headings"),
        (book(["名称", "层级"]), "sheets.empty"),
        (book(), "sheets.headings"),
        (b"x" * (8 * 1024 * 1024 + 1), "sheets.too_large"),
    ],
)
def test_what_is_no_such_table_is_refused_as_a_whole(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_sheet(data, COLUMNS)
    assert (caught.value.code, caught.value.field) == (code, "file")


def test_more_rows_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.kernel.spreadsheets.MAX_ROWS", 2)
    with pytest.raises(InvalidInput, match="too_many_rows"):
        read_sheet(book(["名称", "层级"], ["a", "村级"], ["b", "村级"], ["c", "村级"]), COLUMNS)


def test_amounts_are_numbers_to_the_fen_and_text_is_never_a_formula() -> None:
    app = Flask("test")
    with app.test_request_context():
        response = xlsx_response("表", ["名", "元"], [["=1+1", Fen(-310)], ["610124103228", Fen(29)]])
        cells = (
            CalamineWorkbook.from_filelike(io.BytesIO(response.get_data())).get_sheet_by_index(0).to_python()
        )
    assert cells == [["名", "元"], ["'=1+1", -3.1], ["610124103228", 0.29]]


def test_a_template_is_read_without_its_example() -> None:
    app = Flask("test")
    with app.test_request_context():
        untouched = template_response("模板", COLUMNS).get_data()
    with pytest.raises(InvalidInput, match=r"sheets\.empty"):
        read_sheet(untouched, COLUMNS)
    filled = book(["名称*", "层级*"], ["示例", "村级"], ["示例", "镇级"])
    assert [row.number for row in read_sheet(filled, COLUMNS[:2]).rows] == [3]


def test_the_cells_of_a_damaged_row_that_can_be_read_are_kept() -> None:
    sheet = read_sheet(book(["名称", "层级"], ["富饶", "市级"]), COLUMNS)
    assert sheet.rows == []
    assert [(row.number, dict(row.values)) for row in sheet.damaged] == [(2, {"name": "富饶"})]


def far_away(row: int, column: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["名称", "层级"])
        sheet.write(row, column, "x")
    return buffer.getvalue()


def counted(said: bytes) -> bytes:
    """A workbook that says how many words it has."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(["名称"]))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'uniqueCount="1"', b"uniqueCount=" + said))
    return buffer.getvalue()


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The workbook with what its sheet says replaced, and parts added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(parts.get("old", b""), parts.get("new", b""))
            new.writestr(name, content)
        for name in set(parts) - {"old", "new"}:
            new.writestr(f"xl/{name}.xml", parts[name])
    return buffer.getvalue()


def unplaced(cells: int, far_row: int, said: bytes = b"") -> bytes:
    """Cells that don't say where they stand, and one far below that does."""
    rows = (
        b"<row>"
        + (b"<c%s><v>1</v></c>" % said) * cells
        + b'</row><row r="%d"><c><v>1</v></c></row>' % far_row
    )
    return repacked(book(["名称"]), old=b"<sheetData>", new=b"<sheetData>" + rows)


def moved(data: bytes) -> bytes:
    """A sheet at a place where nobody looks for one, with a harmless one where they do."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).replace(b"worksheets/sheet1.xml", b"media/picture1.png")
            new.writestr(name.replace("worksheets/sheet1.xml", "media/picture1.png"), content)
        new.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "made",
    [
        lambda: moved(far_away(1_048_575, 16_383)),
        lambda: counted(b'"4294967296"'),
        lambda: counted(b"' +99999999 '"),
        lambda: counted(b'"&#57;9999999"'),
        lambda: unplaced(16_000, 200_000),
        lambda: unplaced(16_000, 200_000, b' s=" r="'),
        lambda: unplaced(4_000_001, 2),
        lambda: far_away(1_048_575, 200),
        lambda: far_away(300_000, 16_383),
        lambda: repacked(book(["名称", "层级"]), old=b'r="A1"', new=b'r="ZZZZZZ99999999999"'),
        lambda: repacked(book(["名称", "层级"]), media=bytes(200 * 1024 * 1024)),
    ],
    ids=[
        "a hidden sheet",
        "words it does not have",
        "more words",
        "words in disguise",
        "nowhere",
        "as if somewhere",
        "too many",
        "last row",
        "last column",
        "no such cell",
        "unpacks to too much",
    ],
)
def test_a_workbook_too_large_to_lay_out_is_refused_before_it_is_opened(
    made: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the check the reader asks for gigabytes, or ends the process."""
    data = made()  # some are large: not before the test that wants them
    monkeypatch.setattr(CalamineWorkbook, "from_filelike", lambda _: pytest.fail("opened"), raising=False)
    with pytest.raises(InvalidInput) as raised:
        read_sheet(data, COLUMNS)
    assert (raised.value.code, raised.value.field) == ("sheets.too_wide", "file")


def other_table(name: str, content: bytes) -> bytes:
    """A table of another kind, with a part that makes it look like a workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
        new.writestr("META-INF/manifest.xml", b"<manifest/>")
        new.writestr(name, content)
        new.writestr("xl/workbook.xml", b"<workbook/>")
        new.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        other_table("content.xml", b'<table:table-row table:number-rows-repeated="1048000"/>'),
        other_table("xl/workbook.bin", b""),
        bytes.fromhex("d0cf11e0a1b11ae1") + book(["名称", "层级"], ["富饶", "村级"]),
    ],
    ids=["open document", "binary workbook", "old workbook"],
)
def test_what_the_reader_would_take_for_another_kind_of_table_is_not_opened(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries one kind after the other, and what the others lay out nobody has measured."""
    monkeypatch.setattr(CalamineWorkbook, "from_filelike", lambda _: pytest.fail("opened"), raising=False)
    with pytest.raises(InvalidInput, match=r"sheets\.not_xlsx"):
        read_sheet(data, COLUMNS)


def test_hours_beyond_any_clock_are_no_table() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["名称", "层级", "日期"])
        sheet.write(1, 2, 1e20, workbook.add_format({"num_format": "[h]:mm:ss"}))
    with pytest.raises(InvalidInput, match=r"sheets\.not_xlsx"):
        read_sheet(buffer.getvalue(), COLUMNS)


def test_cells_that_do_not_say_where_they_stand_are_read() -> None:
    named = b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % text.encode() for text in ("名称", "层级"))
    said = b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % text.encode() for text in ("富饶", "村级"))
    rows = b"<row>" + named + b"</row>" + (b"<row>" + said + b"</row>") * 2_000
    whole = zipfile.ZipFile(io.BytesIO(book(["x"]))).read("xl/worksheets/sheet1.xml")
    old = whole[whole.index(b"<sheetData>") : whole.index(b"</sheetData>")]
    assert len(read_sheet(repacked(book(["x"]), old=old, new=b"<sheetData>" + rows), COLUMNS).rows) == 2_000


def test_a_day_is_read_as_people_write_it() -> None:
    for text in ("2026-3-1", "2026/03/01", "2026.3.1", "2026年3月1日", "2026年03月01"):
        assert read_day(text) == date(2026, 3, 1)
    for text in ("2026年3月", "3月1日", "日", "20260301", "26-3-1", "0026-03-01", "2999年3月1日"):
        with pytest.raises(BadCell):
            read_day(text)
