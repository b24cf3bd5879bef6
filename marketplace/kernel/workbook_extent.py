"""How large a workbook is once it is open, told before it is opened.

The reader lays out the whole box between a sheet's outermost cells in memory, and gives up by ending the process: one
stray letter in the last cell of a sheet would take a server down.
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
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
#: of a cell (``r="BC12"``) or of a row (``r="12"``)
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)([0-9]+)\s*["']""")
_IMPLICIT = re.compile(rb"<(?:[A-Za-z]+:)?row[\s/>]")


def check_extent(data: bytes) -> None:
    """Raises InvalidInput at ``file`` for what is no xlsx, and for one that unpacks to more than a table can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if not any(_SHEET.fullmatch(name) for name in names):
                raise InvalidInput("sheets.not_xlsx", field="file")
            left = MAX_UNPACKED
            for name in names:
                left = _check_part(archive, name, left)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise InvalidInput("sheets.not_xlsx", field="file") from error


def _check_part(archive: zipfile.ZipFile, name: str, left: int) -> int:
    """What is left to unpack after this part."""
    rows, columns, counted, kept = 0, 0, 0, b""
    is_sheet = _SHEET.fullmatch(name) is not None
    for chunk in _chunks(archive, name):
        left -= len(chunk)
        if left < 0:
            raise InvalidInput("sheets.too_wide", field="file")
        if not is_sheet:
            continue
        for letters, digits in _REFERENCE.findall(kept + chunk):
            rows = max(rows, int(digits[:9]))
            columns = max(columns, _column(letters))
        counted += len(_IMPLICIT.findall(chunk))
        kept = chunk[-_OVERLAP:]
        if max(rows, counted) * max(columns, 1) > MAX_CELLS:
            raise InvalidInput("sheets.too_wide", field="file")
    return left


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
