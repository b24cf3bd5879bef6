"""How large a workbook is once it is open, told before it is opened.

The reader lays out the whole box between a sheet's outermost cells in memory, and gives up by ending the process: one
stray letter in the last cell of a sheet would take a server down. Any part of the file may be a sheet (the workbook
says which), and what is no xlsx it tries as three other kinds of table, so both are settled here.
"""

import io
import re
import zipfile
import zlib

from marketplace.kernel.errors import InvalidInput

#: of all parts of the file together, unpacked; 10,000 rows of 30 columns are some 20 MB
MAX_UNPACKED = 64 * 1024 * 1024
#: of the box around a sheet's cells: 10,000 rows of more columns than any table has
MAX_CELLS = 4_000_000
_ZIP = b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"
#: by these the reader knows OpenDocument and binary workbooks
_OTHER_KINDS = ("content.xml", "xl/workbook.bin")
#: of a cell (``r="BC12"``) or of a row (``r="12"``); begins with a letter to look for, for parts may be long and blank
_REFERENCE = re.compile(rb"""r(?<=\sr)\s*=\s*["']\s*([A-Za-z]*)([0-9]+)\s*["']""")
#: a row or cell; one that does not say where it stands comes behind the one before
_STEP = re.compile(rb"""<(?:[^\s<>/:]+:)?(row|c)(?=[\s/>])([^>]{0,200})""")
#: said first, as every program writes it; further on it may stand in another one's quotes
_PLACED = re.compile(rb"""\s+r\s*=""")
#: what a part says it has (``uniqueCount="12"``): the reader takes it at its word and asks for room
_COUNT = re.compile(rb"""ount\s*=\s*["']([^"']*)["']""")
_FEW = re.compile(rb"[0-9]{1,6}")


def check_extent(data: bytes) -> None:
    """Raises InvalidInput at ``file`` for what is no xlsx, and for one that unpacks to more than a table can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            known = {name.lower() for name in names}
            if not data.startswith(_ZIP) or _WORKBOOK not in known or not known.isdisjoint(_OTHER_KINDS):
                raise InvalidInput("sheets.not_xlsx", field="file")
            left = MAX_UNPACKED
            for name in names:
                left = _check_part(archive, name, left)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise InvalidInput("sheets.not_xlsx", field="file") from error


def _check_part(archive: zipfile.ZipFile, name: str, left: int) -> int:
    """What is left to unpack after this part."""
    with archive.open(name) as part:
        content = part.read(left + 1)
    if len(content) > left or not all(_FEW.fullmatch(said[1]) for said in _COUNT.finditer(content)):
        raise InvalidInput("sheets.too_wide", field="file")
    rows, columns = _unplaced(content)
    last_row, last_column = 0, 0
    for said in _REFERENCE.finditer(content):
        last_row, last_column = max(last_row, int(said[2][:9])), max(last_column, _column(said[1]))
    if (rows + last_row) * max(columns + last_column, 1) > MAX_CELLS:
        raise InvalidInput("sheets.too_wide", field="file")
    return left - len(content)


def _unplaced(content: bytes) -> tuple[int, int]:
    """Rows that say no place, and the most cells of one row that say none. Raises InvalidInput for more cells than a
    sheet may have."""
    rows, columns, in_row, cells = 0, 0, 0, 0
    for step in _STEP.finditer(content):
        is_placed = _PLACED.match(step[2]) is not None
        if step[1] == b"row":
            rows, in_row = rows + (not is_placed), 0
            continue
        cells += 1
        if cells > MAX_CELLS:
            raise InvalidInput("sheets.too_wide", field="file")
        if not is_placed:
            in_row += 1
            columns = max(columns, in_row)
    return rows, columns


def _column(letters: bytes) -> int:
    """A is 1, BC is 55; a row's own reference has none."""
    number = 0
    for letter in letters[:9].upper():
        number = number * 26 + letter - ord("A") + 1
    return number
