"""The outlet register as a table: what a workbook would do, and doing it, all or nothing.

A row with a code corrects that outlet; one without is the outlet of that name, tier and place, or a new one. An empty
cell leaves what is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select

from marketplace.accounts.policies import Actor
from marketplace.accounts.register_scope import lies_within, register_regions
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.imports import ImportPlan
from marketplace.kernel.spreadsheets import (
    Column,
    Sheet,
    SheetRow,
    at_most,
    one_of,
    read_day,
    read_sheet,
    read_yes,
)
from marketplace.kernel.transaction import transactional
from marketplace.outlets.commands import OutletFacts, add_outlets, checked, facts_of, mark, words_of, write
from marketplace.outlets.models import Outlet
from marketplace.outlets.queries import OutletFilter, OutletRow, outlets_matching
from marketplace.outlets.rules import WANTED, OutletTier
from marketplace.regions.naming import Places, UnknownPlace, WrittenPlace, load_places
from marketplace.regions.queries import RegionRow
from marketplace.regions.rules import RegionLevel, town_code_of

CODE, TIER, STREET = "网点编号", "类型", "地址所在镇街"
PLACE_LABELS = {"code": "地区代码", "county": "区县", "town": "镇街", "village": "村（社区）"}
PLACE_COLUMNS = (
    Column("code", PLACE_LABELS["code"], required=False),
    Column("county", PLACE_LABELS["county"], at_most(30), required=False, example="周至县"),
    Column("town", PLACE_LABELS["town"], at_most(30), required=False, example="马召镇"),
    Column("village", PLACE_LABELS["village"], at_most(60), required=False, example="群兴村"),
)
COLUMNS = (
    Column("number", CODE, required=False),
    Column("name", "名称", at_most(60), example="群兴村服务点（示例，导入时会跳过这一行）"),
    Column("tier", TIER, one_of({tier.label: tier for tier in OutletTier}), example="村级服务点"),
    *PLACE_COLUMNS,
    Column("street", STREET, at_most(60), required=False),
    Column("address", "详细地址", at_most(80), example="村委会东侧第一间"),
    Column("phone", "电话", at_most(20), required=False, example="029-00000000"),
    Column("opening_hours", "营业时间", at_most(60), required=False, example="每天 8:00–18:00"),
    Column("takes_pickups", "可以自提", read_yes, required=False, example="是"),
    Column("collects_produce", "收农产品", read_yes, required=False, example="是"),
    Column("is_open", "在营", read_yes, required=False, example="是"),
    Column("opened_on", "开业日期", read_day, required=False, example="2026-03-01"),
)


def written_place(values: Mapping[str, Any]) -> WrittenPlace:
    return WrittenPlace(*(values.get(key) or "" for key in PLACE_LABELS))


@dataclass(slots=True)
class _Work:
    """What is being planned, and what would be written for it."""

    places: Places
    regions: list[RegionRow] | None
    sheet: Sheet
    by_code: dict[str, OutletRow]
    by_name: dict[tuple[str, OutletTier, str], OutletRow]
    plan: ImportPlan = field(default_factory=ImportPlan)
    writes: list[tuple[OutletFacts, OutletRow | None, bool]] = field(default_factory=list)
    seen: dict[object, int] = field(default_factory=dict)


def plan_outlets(actor: Actor, data: bytes) -> ImportPlan:
    """What the workbook would do for this person; raises InvalidInput at ``file`` for what is no such table."""
    return _prepare(actor, read_sheet(data, COLUMNS)).plan


def import_outlets(actor: Actor, data: bytes, seen: str | None = None) -> ImportPlan:
    """Write the whole workbook as it was ``seen``, or raise Conflict and write nothing."""
    load_places()  # read once before writing begins: within a transaction each row would ask for its places
    return _import(actor, data, seen)


@transactional
def _import(actor: Actor, data: bytes, seen: str | None) -> ImportPlan:
    sheet = read_sheet(data, COLUMNS)
    _lock(sheet)
    work = _prepare(actor, sheet)
    work.plan.require_clean(seen)
    new = [(facts, is_open) for facts, before, is_open in work.writes if before is None]
    for outlet_id, (_, is_open) in zip(add_outlets(actor, [facts for facts, _ in new]), new, strict=True):
        if not is_open:
            mark(actor, outlet_id, is_open, "表格导入")
    for facts, before, is_open in work.writes:
        if before is not None:
            write(actor, facts, before)
            if is_open is not before.is_open:
                mark(actor, before.id, is_open, "表格导入")
    return work.plan


def _lock(sheet: Sheet) -> None:
    """As for packings (``catalog.products.imports``): an edit that is under way is waited for, and then found."""
    codes = {(row.values.get("number") or "").upper() for row in sheet.all_rows} - {""}
    names = {row.values.get("name") for row in sheet.all_rows} - {None}
    named = select(Outlet.id).where(or_(Outlet.code.in_(codes), Outlet.name.in_(names)))
    db.session.execute(named.order_by(Outlet.id).with_for_update()).all()


def _prepare(actor: Actor, sheet: Sheet) -> _Work:
    regions = register_regions(actor)
    existing = outlets_matching(OutletFilter(regions=regions))
    work = _Work(
        load_places(),
        regions,
        sheet,
        {row.code: row for row in existing},
        {(row.name, row.tier, row.region_code): row for row in existing},
    )
    for row in work.sheet.damaged:
        _region(work, row)
    for row in work.sheet.rows:
        _plan_row(work, row)
    work.plan.found_in(work.sheet)
    return work


def _plan_row(work: _Work, row: SheetRow) -> None:
    values = row.values
    region = _region(work, row)
    if region is None:
        return
    key = (values["name"], values["tier"], region.code)
    number = (values.get("number") or "").upper()
    before = work.by_code.get(number) if number else work.by_name.get(key)
    if number and before is None:
        work.sheet.refuse(row.number, CODE, f"没有编号是“{number[:24]}”的网点。新网点请把编号空着，系统会给")
        return
    taken = work.by_name.get(key)
    if taken is not None and before is not None and taken.id != before.id:
        work.sheet.refuse(row.number, "名称", f"和 {taken.code} 同名、同类型、同地区")
        return
    facts = _facts(work, row, region, before)
    if facts is None or _is_twice(work, row, before, key):
        return
    is_open = _or_before(values.get("is_open"), before.is_open if before else True)
    old = {**words_of(facts_of(before)), "在营": _yes(before.is_open)} if before else None
    title = f"{before.code} {facts.name}" if before else f"{facts.name}（{work.places.full_name(region)}）"
    if work.plan.note(row.number, title, old, {**words_of(facts), "在营": _yes(is_open)}):
        work.writes.append((facts, before, is_open))


def _region(work: _Work, row: SheetRow) -> RegionRow | None:
    """The place served, fit for the tier and within one's regions; errors are named at their cells."""
    try:
        region = work.places.find(written_place(row.values))
    except UnknownPlace as error:
        work.sheet.refuse(row.number, PLACE_LABELS[error.cell], error.text)
        return None
    tier: OutletTier | None = row.values.get("tier")
    if tier is not None and not tier.fits(region.level):
        wanted = WANTED.get(tier, "至少选到区县").replace("选", "写")
        text = f"{tier.label}的地区要{wanted}，这里写的是{work.places.full_name(region)}"
        work.sheet.refuse(row.number, TIER, text)
        return None
    if not lies_within(region.code, work.regions):
        work.sheet.refuse(row.number, PLACE_LABELS["county"], f"{work.places.full_name(region)}不归您管")
        return None
    return region


def _facts(work: _Work, row: SheetRow, region: RegionRow, before: OutletRow | None) -> OutletFacts | None:
    values = row.values
    street = _street(work, row, region, before)
    if street is None:
        return None
    written = OutletFacts(values["name"], values["tier"], region.code, street, values["address"])
    base = facts_of(before) if before else written
    facts = replace(
        written,
        phone=_or_before(values.get("phone"), base.phone),
        opening_hours=_or_before(values.get("opening_hours"), base.opening_hours),
        takes_pickups=_or_before(values.get("takes_pickups"), base.takes_pickups),
        collects_produce=_or_before(values.get("collects_produce"), base.collects_produce),
        opened_on=_or_before(values.get("opened_on"), base.opened_on),
    )
    try:
        return checked(facts)
    except InvalidInput as error:
        label = {"name": "名称", "address": "详细地址", "street": STREET}.get(error.field or "", TIER)
        work.sheet.refuse(row.number, label, "请写 2 个字以上" if label != STREET else "没有这个镇街")
        return None


def _street(work: _Work, row: SheetRow, region: RegionRow, before: OutletRow | None) -> str | None:
    """The town of the address: written, or kept, or where the region lies; None with the error named."""
    written = row.values.get("street") or ""
    if not written:
        if region.level.rank >= RegionLevel.TOWN.rank:
            return town_code_of(region.code)
        if before is not None and before.region_code == region.code:
            return before.street_code
        work.sheet.refuse(row.number, STREET, "这个网点服务全区县，请写明地址在哪个镇街")
        return None
    try:
        street = _find_street(work.places, region, written)
    except UnknownPlace as error:
        work.sheet.refuse(row.number, STREET, error.text)
        return None
    if street.level is not RegionLevel.TOWN:
        work.sheet.refuse(row.number, STREET, f"{work.places.full_name(street)}不是镇街")
        return None
    return street.code


def _find_street(places: Places, region: RegionRow, written: str) -> RegionRow:
    """A town by code; by name one of the county served before any other of that name. Raises UnknownPlace."""
    if written.isdigit():
        return places.find(WrittenPlace(code=written))
    try:
        county = places.names_of(region.code).get(RegionLevel.COUNTY, "")
        return places.find(WrittenPlace(county=county, town=written))
    except UnknownPlace:
        return places.find(WrittenPlace(town=written))


def _is_twice(work: _Work, row: SheetRow, before: OutletRow | None, key: object) -> bool:
    """The same outlet in two rows: which of them should hold?"""
    for name in {before.code if before else key, key}:
        first = work.seen.setdefault(name, row.number)
        if first != row.number:
            label = CODE if row.values.get("number") else "名称"
            work.sheet.refuse(row.number, label, f"和第 {first} 行是同一个网点，请只留一行")
            return True
    return False


def _or_before(value: Any, before: Any) -> Any:
    return before if value is None else value


def _yes(value: bool) -> str:
    return "是" if value else "否"


def table_of(rows: list[OutletRow], places: Places) -> tuple[list[str], list[list[object]]]:
    """The register as the table that can be imported again."""
    header = [column.label for column in COLUMNS]
    return header, [_cells(row, places) for row in rows]


def _cells(row: OutletRow, places: Places) -> list[object]:
    names = places.names_of(row.region_code)
    return [
        row.code,
        row.name,
        row.tier.label,
        row.region_code,
        names.get(RegionLevel.COUNTY, ""),
        names.get(RegionLevel.TOWN, ""),
        names.get(RegionLevel.VILLAGE, ""),
        row.street_code,
        row.address,
        row.phone,
        row.opening_hours,
        _yes(row.takes_pickups),
        _yes(row.collects_produce),
        _yes(row.is_open),
        row.opened_on.isoformat() if row.opened_on else "",
    ]
