"""The pairing register as a table: what a workbook would do, and doing it, all or nothing.

A row with a number corrects that arrangement; one without is the one between the same two from the same day, or a new
one. An empty cell leaves what is there; 长期 takes an end away, a target of 0 takes a target away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from marketplace.accounts.policies import Actor
from marketplace.accounts.register_scope import lies_within, register_regions
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.events import publish
from marketplace.kernel.exports import Fen
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.spreadsheets import (
    BadCell,
    Column,
    Sheet,
    SheetRow,
    at_most,
    one_of,
    read_amount,
    read_day,
    read_sheet,
)
from marketplace.kernel.transaction import transactional
from marketplace.outlets.imports import PLACE_COLUMNS, PLACE_LABELS, written_place
from marketplace.pairing.commands import (
    ArrangementFacts,
    check_terms,
    facts_of,
    lock_units,
    term_of,
    words_of,
    write,
)
from marketplace.pairing.events import ArrangementChanged
from marketplace.pairing.queries import PairingFilter, RegisterRow, Standing, register_rows, terms_of
from marketplace.pairing.rules import PairingKind, Term, clash_of
from marketplace.parties.models import Household, PartnerUnit
from marketplace.parties.rules import compact
from marketplace.parties.workflow import UnitState
from marketplace.regions.naming import Places, UnknownPlace, WrittenPlace, load_places
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import RegionLevel

NUMBER, USCC, HOUSEHOLD, FROM, TO = "编号", "统一社会信用代码", "户编号", "从", "到"
OPEN_END = "长期"
YEARS_BACK, YEARS_AHEAD = 10, 10


def _read_end(text: str) -> date | str:
    return OPEN_END if text == OPEN_END else read_day(text)


def _read_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadCell(f"“{text[:20]}”不是编号；新的结对请空着，系统会给")
    return int(text)


def columns(years: Sequence[int]) -> tuple[Column, ...]:
    """The table's columns, with a target for each of these years."""
    return (
        Column("number", NUMBER, _read_number, required=False),
        Column("uscc", USCC, at_most(30), example="12610000435200000X"),
        Column(
            "unit", "单位名称", at_most(80), required=False, example="某某中学（示例，导入时会跳过这一行）"
        ),
        Column("household", HOUSEHOLD, at_most(24), required=False),
        *PLACE_COLUMNS,
        Column("kind", "类型", one_of({kind.label: kind for kind in PairingKind}), example="市级包扶"),
        Column("starts_on", FROM, read_day, example=f"{clock.today().year}-01-01"),
        Column("ends_on", TO, _read_end, required=False, example=OPEN_END),
        *(
            Column(f"target_{year}", f"{year}年目标", read_amount, required=False, example="50000")
            for year in years
        ),
        Column("note", "备注", at_most(200), required=False),
    )


def template_columns() -> tuple[Column, ...]:
    year = clock.today().year
    return columns((year, year + 1))


def _readable_years() -> range:
    year = clock.today().year
    return range(year - YEARS_BACK, year + YEARS_AHEAD + 1)


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int
    name: str
    is_admitted: bool


@dataclass(slots=True)
class _Planned:
    row: int
    facts: ArrangementFacts
    before: RegisterRow | None
    term: Term
    unit: str
    household: str


@dataclass(slots=True)
class _Work:
    """What is being planned, and what would be written for it."""

    places: Places
    regions: list[RegionRow] | None
    sheet: Sheet
    by_number: dict[int, RegisterRow]
    by_parties: dict[tuple[int, str, int | None, date], RegisterRow]
    units: dict[str, _Unit]
    households: dict[str, tuple[int, str]]
    plan: ImportPlan = field(default_factory=ImportPlan)
    planned: list[_Planned] = field(default_factory=list)


def plan_arrangements(actor: Actor, data: bytes) -> ImportPlan:
    """What the workbook would do for this person; raises InvalidInput at ``file`` for what is no such table."""
    return _prepare(actor, data)[0]


def import_arrangements(actor: Actor, data: bytes, seen: str | None = None) -> ImportPlan:
    """Write the whole workbook as it was ``seen``, or raise Conflict and write nothing."""
    load_places()  # as for outlets: within the transaction each row would ask for its places
    return _import(actor, data, seen)


@transactional
def _import(actor: Actor, data: bytes, seen: str | None) -> ImportPlan:
    lock_units({unit.id for unit in _units(read_sheet(data, columns(_readable_years()))).values()})
    plan, writes = _prepare(actor, data)
    plan.require_clean(seen)
    concerned: set[int] = set()
    for planned in writes:
        write(actor, planned.facts, planned.before, announce=False)
        concerned |= {planned.facts.unit_id, *([planned.before.unit_id] if planned.before else [])}
    for unit_id in sorted(concerned):
        publish(ArrangementChanged(unit_id))
    return plan


def _prepare(actor: Actor, data: bytes) -> tuple[ImportPlan, list[_Planned]]:
    regions = register_regions(actor)
    sheet = read_sheet(data, columns(_readable_years()))
    rows = register_rows(PairingFilter(regions=regions), clock.today())
    standing = [row for row in rows if row.withdrawn_at is None]
    work = _Work(
        load_places(),
        regions,
        sheet,
        {row.id: row for row in rows},
        {(row.unit_id, row.village_code, row.household_id, row.starts_on): row for row in standing},
        _units(sheet),
        _households(sheet),
    )
    for row in sheet.damaged:
        _look_up(work, row)
    for row in sheet.rows:
        _plan_row(work, row)
    _refuse_twice(work)
    _refuse_overlaps(work)
    writes = [planned for planned in work.planned if _note(work, planned)]
    work.plan.found_in(sheet)
    return work.plan, writes


def _units(sheet: Sheet) -> dict[str, _Unit]:
    wanted = {compact(row.values.get("uscc") or "") for row in sheet.all_rows}
    query = select(PartnerUnit.uscc, PartnerUnit.id, PartnerUnit.name, PartnerUnit.state)
    rows = db.session.execute(query.where(PartnerUnit.uscc.in_(wanted)))
    return {uscc: _Unit(number, name, state is UnitState.ADMITTED) for uscc, number, name, state in rows}


def _households(sheet: Sheet) -> dict[str, tuple[int, str]]:
    """(id, village) by code."""
    wanted = {compact_code(row.values.get("household")) for row in sheet.all_rows} - {""}
    query = select(Household.code, Household.id, Household.village_code)
    rows = db.session.execute(query.where(Household.code.in_(wanted)))
    return {code: (number, village) for code, number, village in rows}


def compact_code(text: str | None) -> str:
    return (text or "").strip().upper()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a row's cells name. ``before`` only where the row has a number."""

    before: RegisterRow | None
    unit: _Unit
    village: str
    household_id: int | None


def _look_up(work: _Work, row: SheetRow) -> _Found | None:
    """Everything the row names, so that all its bad cells are told at once; None when one is bad."""
    told = len(work.sheet.errors)
    before = _before(work, row)
    unit = _unit(work, row, before)
    household = _household(work, row)
    village = _village(work, row, household)
    if unit is None or village is None or len(work.sheet.errors) > told:
        return None
    return _Found(before, unit, village, household[0] if household else None)


def _plan_row(work: _Work, row: SheetRow) -> None:
    found = _look_up(work, row)
    if found is None:
        return
    before, unit, village, household_id = found.before, found.unit, found.village, found.household_id
    starts_on: date = row.values["starts_on"]
    if before is None:
        before = work.by_parties.get((unit.id, village, household_id, starts_on))
    ends_on = row.values.get("ends_on")
    facts = ArrangementFacts(
        unit.id,
        village,
        row.values["kind"],
        starts_on,
        None if ends_on == OPEN_END else ends_on or (before.ends_on if before else None),
        household_id,
        _targets(row, before),
        row.values.get("note") or (before.note if before else ""),
    )
    try:
        check_terms(facts)
    except InvalidInput as error:
        if error.field == "ends_on":
            work.sheet.refuse(row.number, TO, "结束日期不能早于开始日期")
        else:
            outside = next(year for year in facts.targets if not _in_term(year, facts))
            work.sheet.refuse(row.number, f"{outside}年目标", "这一年不在结对的起止日期里")
        return
    key = str(before.id) if before else f"row {row.number}"
    code = compact_code(row.values.get("household"))
    work.planned.append(_Planned(row.number, facts, before, term_of(key, facts), unit.name, code))


def _in_term(year: int, facts: ArrangementFacts) -> bool:
    return facts.starts_on.year <= year and (facts.ends_on is None or year <= facts.ends_on.year)


def _targets(row: SheetRow, before: RegisterRow | None) -> dict[int, int]:
    targets = dict(before.targets) if before else {}
    for key, fen in row.values.items():
        if key.startswith("target_") and fen is not None:
            targets[int(key.removeprefix("target_"))] = fen
    return {year: fen for year, fen in sorted(targets.items()) if fen}


def _before(work: _Work, row: SheetRow) -> RegisterRow | None:
    """The arrangement a number names, fit to be corrected."""
    number = row.values.get("number")
    if number is None:
        return None
    before = work.by_number.get(number)
    if before is None:
        work.sheet.refuse(row.number, NUMBER, f"没有编号是 {number} 的结对。新的结对请把编号空着，系统会给")
    elif before.withdrawn_at is not None:
        work.sheet.refuse(row.number, NUMBER, f"编号 {number} 的结对已经撤下，不能再改")
    return before


def _unit(work: _Work, row: SheetRow, before: RegisterRow | None) -> _Unit | None:
    if not row.values.get("uscc"):
        return None  # the empty cell has been told
    written = compact(row.values["uscc"])
    unit = work.units.get(written)
    if unit is None or not (unit.is_admitted or (before is not None and before.unit_id == unit.id)):
        work.sheet.refuse(row.number, USCC, f"没有代码是“{written[:20]}”的已入驻单位")
        return None
    name = row.values.get("unit")
    if name and name != unit.name:
        work.sheet.refuse(row.number, "单位名称", f"和代码对不上：这个代码是{unit.name}")
        return None
    return unit


def _household(work: _Work, row: SheetRow) -> tuple[int, str] | None:
    code = compact_code(row.values.get("household"))
    if not code:
        return None
    found = work.households.get(code)
    if found is None or not lies_within(found[1], work.regions):
        work.sheet.refuse(row.number, HOUSEHOLD, f"没有编号是“{code[:24]}”的农户")
        return None
    return found


def _village(work: _Work, row: SheetRow, household: tuple[int, str] | None) -> str | None:
    """The village written, or the household's."""
    written = written_place(row.values)
    if not written and household is not None:
        written = WrittenPlace(code=household[1])
    try:
        region = work.places.find(written)
    except UnknownPlace as error:
        work.sheet.refuse(row.number, PLACE_LABELS[error.cell], error.text)
        return None
    if region.level is not RegionLevel.VILLAGE:
        text = f"要写到村（社区），这里写的是{work.places.full_name(region)}"
        work.sheet.refuse(row.number, PLACE_LABELS["village"], text)
        return None
    if not lies_within(region.code, work.regions):
        work.sheet.refuse(row.number, PLACE_LABELS["village"], f"{work.places.full_name(region)}不归您管")
        return None
    if household is not None and household[1] != region.code:
        work.sheet.refuse(row.number, HOUSEHOLD, f"这一户不在{work.places.full_name(region)}")
        return None
    return region.code


def _refuse_twice(work: _Work) -> None:
    """The same arrangement in two rows: which of them should hold?"""
    seen: dict[str, int] = {}
    for planned in work.planned:
        if planned.before is not None:
            first = seen.setdefault(planned.term.key, planned.row)
            if first != planned.row:
                text = f"和第 {first} 行是同一条结对（编号 {planned.term.key}），请只留一行"
                work.sheet.refuse(planned.row, NUMBER, text)


def _refuse_overlaps(work: _Work) -> None:
    """As it would stand after all rows are written: no two share a day."""
    rows = {planned.term.key: planned.row for planned in work.planned}
    after = {term.key: term for term in terms_of({planned.facts.unit_id for planned in work.planned})}
    after.update((planned.term.key, planned.term) for planned in work.planned)
    groups: dict[object, list[Term]] = {}
    for term in after.values():
        groups.setdefault(term.between, []).append(term)
    for planned in work.planned:
        others = (term for term in groups[planned.term.between] if term.key != planned.term.key)
        clash = clash_of(planned.term, others)
        if clash is not None:
            where = f"第 {rows[clash.key]} 行" if clash.key in rows else f"编号 {clash.key} 的结对"
            text = f"和{where}时间重叠（{clash.words}）：同一单位同一对象，一段时间里只登记一条"
            work.sheet.refuse(planned.row, FROM, text)


def _note(work: _Work, planned: _Planned) -> bool:
    before = planned.before
    old = words_of(facts_of(before), before.unit_name, before.household_code) if before else None
    new = words_of(planned.facts, planned.unit, planned.household)
    whom = planned.household or new["村（社区）"].removeprefix("陕西省西安市")
    number = f"编号 {before.id} " if before else ""
    if old is not None:
        new = {**dict.fromkeys(old, ""), **new}
    return work.plan.note(planned.row, f"{number}{planned.unit} ↔ {whom}（{planned.term.words}）", old, new)


def table_of(rows: Sequence[RegisterRow], places: Places) -> tuple[list[str], list[list[object]]]:
    """The register as the table that can be imported again: what was withdrawn is not in it."""
    year = clock.today().year
    years = sorted({year, year + 1}.union(*(row.targets for row in rows)))
    standing = [row for row in rows if row.standing(clock.today()) is not Standing.WITHDRAWN]
    return [column.label for column in columns(years)], [_cells(row, places, years) for row in standing]


def _cells(row: RegisterRow, places: Places, years: Sequence[int]) -> list[object]:
    names = places.names_of(row.village_code)
    return [
        row.id,
        row.unit_uscc,
        row.unit_name,
        row.household_code,
        row.village_code,
        names.get(RegionLevel.COUNTY, ""),
        names.get(RegionLevel.TOWN, ""),
        names.get(RegionLevel.VILLAGE, ""),
        row.kind.label,
        row.starts_on.isoformat(),
        row.ends_on.isoformat() if row.ends_on else OPEN_END,
        *(Fen(row.targets[year]) if year in row.targets else "" for year in years),
        row.note,
    ]
