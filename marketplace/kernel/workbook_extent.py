"""How large a workbook is once it is open, told before it is opened.

The reader lays out the whole box between a sheet's outermost cells in memory, and gives up by ending the process: one
stray letter in the last cell of a sheet would take a server down. Any part of the file may be a sheet (the workbook
says which), and what is no xlsx it tries as three other kinds of table, so both are settled here.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from marketplace.kernel.errors import InvalidInput

#: of all parts of the file together, unpacked
MAX_UNPACKED = 192 * 1024 * 1024
#: of the box around a sheet's cells: 10,000 rows of more columns than any table has
MAX_CELLS = 4_000_000
_CHUNK = 1024 * 1024
#: longer than a reference can be
_OVERLAP = 64
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
    rows, columns, kept, steps = 0, 0, b"", _Steps()
    for chunk in _chunks(archive, name):
        left -= len(chunk)
        if left < 0:
            raise InvalidInput("sheets.too_wide", field="file")
        for letters, digits in _REFERENCE.findall(kept + chunk):
            rows = max(rows, int(digits[:9]))
            columns = max(columns, _column(letters))
        steps.count(chunk)
        kept = chunk[-_OVERLAP:]
        if (rows + steps.rows) * max(columns + steps.columns, 1) > MAX_CELLS:
            raise InvalidInput("sheets.too_wide", field="file")
    return left


class _Steps:
    """Rows that say no place, and the most cells of one row that say none."""

    def __init__(self) -> None:
        self.rows, self.columns = 0, 0
        self._in_row, self._cells = 0, 0

    def count(self, chunk: bytes) -> None:
        """Raises InvalidInput for more cells than a sheet may have."""
        for kind, said in _STEP.findall(chunk):
            is_placed = _PLACED.match(said) is not None
            if kind == b"row":
                self._in_row, self.rows = 0, self.rows + (not is_placed)
                continue
            self._cells += 1
            if not is_placed:
                self._in_row += 1
                self.columns = max(self.columns, self._in_row)
        if self._cells > MAX_CELLS:
            raise InvalidInput("sheets.too_wide", field="file")


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


def _column(letters: bytes) -> int:
    """A is 1, BC is 55; a row's own reference has none."""
    number = 0
    for letter in letters[:9].upper():
        number = number * 26 + letter - ord("A") + 1
    return number
