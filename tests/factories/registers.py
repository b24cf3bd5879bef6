"""What the registers need: workbooks, an admitted unit, an arrangement."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import count

import xlsxwriter
from stdnum.cn import uscc

from marketplace.kernel import clock
from marketplace.kernel.spreadsheets import Column
from marketplace.kernel.transaction import transactional
from marketplace.pairing.models import PairingArrangement, PairingTarget
from marketplace.pairing.rules import PairingKind
from marketplace.parties.models import PartnerUnit
from marketplace.parties.rules import UnitKind
from marketplace.parties.workflow import UnitState
from tests.factories import builders

_numbers = count(1)


def code_number(number: int) -> str:
    """A made-up 统一社会信用代码 with a true check digit."""
    body = f"12610100MB{number:07d}"
    return body + uscc.calc_check_digit(body)


def workbook(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def table(columns: Sequence[Column], *rows: dict[str, object]) -> bytes:
    """A workbook with all columns, each row by the columns' keys."""
    return workbook(
        [column.label for column in columns],
        [[row.get(column.key, "") for column in columns] for row in rows],
    )


@transactional
def unit(name: str = "示例中学（示例）", *, state: UnitState = UnitState.ADMITTED) -> PartnerUnit:
    number = next(_numbers)
    row = PartnerUnit(
        kind=next(iter(UnitKind)),
        state=state,
        name=name,
        uscc=code_number(number),
        region_code=builders.OTHER_COUNTY,
        contact_name="刘示安",
        contact_mobile="19900000777",
        registered_at=clock.now(),
    )
    builders.added(row)
    return row


@transactional
def arrangement(
    unit_id: int,
    village_code: str = builders.VILLAGE,
    *,
    household_id: int | None = None,
    starts_on: date = date(2026, 1, 1),
    ends_on: date | None = None,
    target_fen: int = 0,
) -> int:
    number = builders.added(
        PairingArrangement(
            unit_id=unit_id,
            village_code=village_code,
            household_id=household_id,
            kind=PairingKind.CITY,
            starts_on=starts_on,
            ends_on=ends_on,
            created_at=clock.now(),
        )
    )
    if target_fen:
        builders.added(PairingTarget(arrangement_id=number, year=starts_on.year, target_fen=target_fen))
    return number
