"""The form of a work sheet: hours typed beside each household, or read from a workbook with every bad cell named."""

from collections.abc import Mapping, Sequence

from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import DateField
from wtforms.validators import InputRequired, Length, Optional

from certification.linkage.sheet_rules import Hours, SheetFacts, minutes_of
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import CleanStringField, Form, NameField
from marketplace.kernel.spreadsheets import BadCell, CellError, Column, Sheet, at_most, read_sheet


def _hours_cell(text: str) -> int:
    try:
        minutes = minutes_of(text)
    except ValueError as error:
        raise BadCell(f"“{text[:20]}”不是小时数，请写成 7.5 这样") from error
    if not minutes:
        raise BadCell("工时要大于 0；没做工的空着就行")
    return minutes


COLUMNS = (
    Column("code", "农户编号", at_most(24), example="ZZ-0001"),
    Column("minutes", "工时（小时）", _hours_cell, required=False, must_stand=True, example="7.5"),
    Column("note", "备注", at_most(120), required=False, example="分拣"),
)


class SheetRefused(InvalidInput):
    """The workbook has bad cells: nothing of it was taken."""

    def __init__(self, errors: Sequence[CellError]) -> None:
        super().__init__("linkage.sheet_cells", field="file", count=len(errors))
        self.errors = errors


class SheetForm(Form):
    from_on = DateField("从哪天", [InputRequired("请填开始那天")])
    until_on = DateField("到哪天", [InputRequired("请填结束那天")])
    task = NameField("做什么活", [InputRequired("请写做的什么活"), Length(max=120)])
    place = CleanStringField("在哪儿", [InputRequired("请写在哪儿做的"), Length(max=80)])
    hours = CleanStringField("工时")
    file = FileField("用表格导入工时")

    def facts(self, sent: MultiDict[str, str], codes: Mapping[int, str], data: bytes | None) -> SheetFacts:
        """``codes`` by member household; ``data`` of the workbook where one was sent, which then holds alone.

        Raises InvalidInput at ``hours``, SheetRefused with the cells at ``file``.
        """
        hours = _from_workbook(data, codes) if data is not None else _typed(sent, codes)
        today = clock.today()
        return SheetFacts(
            self.from_on.data or today,
            self.until_on.data or today,
            self.task.data or "",
            self.place.data or "",
            tuple(hours),
        )


class ReturnForm(Form):
    reason = CleanStringField("哪里不对", [Optional(), Length(max=500)])


def _typed(sent: MultiDict[str, str], codes: Mapping[int, str]) -> list[Hours]:
    found = []
    for household_id in codes:
        text = sent.get(f"hours_{household_id}", "").strip()
        if not text:
            continue
        try:
            minutes = minutes_of(text)
        except ValueError as error:
            raise InvalidInput("linkage.sheet_hours", field="hours") from error
        if minutes:
            found.append(Hours(household_id, minutes, sent.get(f"note_{household_id}", "").strip()[:120]))
    return found


def _from_workbook(data: bytes, codes: Mapping[int, str]) -> list[Hours]:
    sheet: Sheet = read_sheet(data, COLUMNS)
    known = {code: household_id for household_id, code in codes.items()}
    seen: set[str] = set()
    found = []
    for row in sheet.rows:
        code = row.values["code"]
        if code not in known:
            sheet.refuse(row.number, "农户编号", f"“{code}”不在这份协议里")
        elif code in seen:
            sheet.refuse(row.number, "农户编号", f"“{code}”前面已经有一行了")
        elif row.values["minutes"] is not None:
            found.append(Hours(known[code], row.values["minutes"], row.values.get("note") or ""))
        seen.add(code)
    if sheet.errors:
        raise SheetRefused(sheet.errors)
    return found
