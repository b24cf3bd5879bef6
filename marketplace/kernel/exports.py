"""Tables as CSV that a spreadsheet opens as what they are: Chinese by its byte-order mark, and no cell as a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO
from urllib.parse import quote

from flask import Response

from marketplace.kernel import clock

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|")
#: what a spreadsheet makes of it is the same share
_SHARE = re.compile(r"[+-][0-9]+(\.[0-9]+)?%")


def safe_cell(value: object) -> object:
    """Text that a spreadsheet could take for a formula gets an apostrophe in front; numbers and shares stay as they
    are."""
    if isinstance(value, str) and value.lstrip().startswith(_STARTS_FORMULA) and not _SHARE.fullmatch(value):
        return "'" + value
    return "" if value is None else value


def without_guard(text: str) -> str:
    """What ``safe_cell`` was given; an apostrophe that people wrote stays."""
    guarded = text.removeprefix("'")
    return guarded if guarded.lstrip().startswith(_STARTS_FORMULA) else text


def yuan_cell(fen: int) -> str:
    """-310 → ``-3.10``: a number to the spreadsheet, exact to the fen. Not for ``safe_cell``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def moment_cell(moment: datetime | None) -> str:
    """``2026-11-28 14:30`` as it was in Xi'an; empty where nothing happened yet."""
    return moment.astimezone(clock.BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


class Fen(int):
    """An amount in a row of ``csv_response``; written in yuan."""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole table; amounts are ``Fen``."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in header])
    for row in rows:
        writer.writerow([yuan_cell(cell) if isinstance(cell, Fen) else safe_cell(cell) for cell in row])
    return "\ufeff" + buffer.getvalue()


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download named ``filename`` (Chinese allowed, without the ending)."""
    response = Response(csv_text(header, rows), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=export.csv; filename*=UTF-8''{quote(filename)}.csv"
    )
    return response
