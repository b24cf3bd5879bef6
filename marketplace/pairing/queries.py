"""Reading arrangements. A withdrawn one counts for nothing and is only on the register."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import PAGE_SIZE, Page, offset_of
from marketplace.pairing.models import PairingArrangement, PairingTarget
from marketplace.pairing.rules import PairingKind, Term
from marketplace.parties.models import Household, PartnerUnit
from marketplace.regions.models import Region
from marketplace.regions.queries import RegionRow, within


@dataclass(frozen=True, slots=True)
class ArrangementRow:
    """In force from ``starts_on`` to ``ends_on``, both included; ``targets`` is fen by year."""

    id: int
    unit_id: int
    unit_name: str
    village_code: str
    household_id: int | None
    kind: PairingKind
    starts_on: date
    ends_on: date | None
    targets: dict[int, int] = field(default_factory=dict)

    def in_force_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


_COLUMNS = (
    PairingArrangement.id,
    PairingArrangement.unit_id,
    PartnerUnit.name,
    PairingArrangement.village_code,
    PairingArrangement.household_id,
    PairingArrangement.kind,
    PairingArrangement.starts_on,
    PairingArrangement.ends_on,
)


def targets_of(arrangement_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Targets by arrangement and year, fen; one query."""
    found: dict[int, dict[int, int]] = {arrangement_id: {} for arrangement_id in arrangement_ids}
    if found:
        rows = db.session.execute(
            select(PairingTarget.arrangement_id, PairingTarget.year, PairingTarget.target_fen)
            .where(PairingTarget.arrangement_id.in_(found))
            .order_by(PairingTarget.year)
        )
        for arrangement_id, year, fen in rows:
            found[arrangement_id][year] = fen
    return found


def _counting(*criteria: ColumnElement[bool]) -> list[ArrangementRow]:
    """Arrangements that count, the earliest first. Two queries."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(PartnerUnit, PartnerUnit.id == PairingArrangement.unit_id)
        .where(PairingArrangement.withdrawn_at.is_(None), *criteria)
        .order_by(PairingArrangement.starts_on, PairingArrangement.id)
    ).all()
    targets = targets_of([row[0] for row in rows])
    return [ArrangementRow(*row, targets=targets[row[0]]) for row in rows]


def overlapping(since: date, until: date | None) -> list[ColumnElement[bool]]:
    """Criteria for "in force on at least one of these days"; ``until`` None: without end."""
    criteria: list[ColumnElement[bool]] = [
        PairingArrangement.ends_on.is_(None) | (PairingArrangement.ends_on >= since)
    ]
    if until is not None:
        criteria.append(PairingArrangement.starts_on <= until)
    return criteria


def arrangements_of_unit(unit_id: int, on: date | None) -> list[ArrangementRow]:
    """A unit's arrangements in force on a day; None: all it ever had that were not withdrawn."""
    day = overlapping(on, on) if on else []
    return _counting(PairingArrangement.unit_id == unit_id, *day)


def arrangements_of_village(code: str, on: date | None) -> list[ArrangementRow]:
    """Who supports this village or a household in it, on a day or (None) at any time."""
    day = overlapping(on, on) if on else []
    return _counting(PairingArrangement.village_code == code, *day)


def arrangements_in_force(unit_ids: Collection[int], since: date, until: date) -> list[ArrangementRow]:
    """Arrangements of these units in force on at least one day of a period, both days included."""
    return _counting(PairingArrangement.unit_id.in_(unit_ids), *overlapping(since, until)) if unit_ids else []


class Standing(StrEnum):
    """How an arrangement stands on a day."""

    IN_FORCE = "in_force"
    COMING = "coming"
    OVER = "over"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """An arrangement as the register keeps it, withdrawn ones too. ``household_code`` is "" for a village."""

    id: int
    unit_id: int
    unit_name: str
    unit_uscc: str
    village_code: str
    household_id: int | None
    household_code: str
    kind: PairingKind
    starts_on: date
    ends_on: date | None
    note: str
    created_at: datetime
    created_by: int | None
    withdrawn_at: datetime | None
    targets: dict[int, int] = field(default_factory=dict)

    def standing(self, day: date) -> Standing:
        if self.withdrawn_at is not None:
            return Standing.WITHDRAWN
        if self.starts_on > day:
            return Standing.COMING
        return Standing.OVER if self.ends_on is not None and self.ends_on < day else Standing.IN_FORCE


_REGISTER = (
    PairingArrangement.id,
    PairingArrangement.unit_id,
    PartnerUnit.name,
    PartnerUnit.uscc,
    PairingArrangement.village_code,
    PairingArrangement.household_id,
    func.coalesce(Household.code, ""),
    PairingArrangement.kind,
    PairingArrangement.starts_on,
    PairingArrangement.ends_on,
    PairingArrangement.note,
    PairingArrangement.created_at,
    PairingArrangement.created_by,
    PairingArrangement.withdrawn_at,
)


@dataclass(frozen=True, slots=True)
class PairingFilter:
    """``regions`` None: anywhere; otherwise the village within one of these (none: nothing). ``text`` is a part of the
    unit's or village's name, the start of the unit's licence, or of the household's code."""

    regions: Collection[RegionRow] | None = None
    text: str = ""
    kind: PairingKind | None = None
    county: RegionRow | None = None
    standing: Standing | None = None
    unit_id: int | None = None

    def criteria(self, today: date) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        village = PairingArrangement.village_code
        if self.regions is not None:
            found.append(or_(false(), *(within(village, region) for region in self.regions)))
        if self.county is not None:
            found.append(within(village, self.county))
        if self.text:
            found.append(
                PartnerUnit.name.contains(self.text, autoescape=True)
                | Region.name.contains(self.text, autoescape=True)
                | PartnerUnit.uscc.startswith(self.text.upper(), autoescape=True)
                | Household.code.startswith(self.text.upper(), autoescape=True)
            )
        if self.kind is not None:
            found.append(PairingArrangement.kind == self.kind)
        if self.unit_id is not None:
            found.append(PairingArrangement.unit_id == self.unit_id)
        if self.standing is not None:
            found += _stands(self.standing, today)
        return found


def _stands(standing: Standing, today: date) -> list[ColumnElement[bool]]:
    if standing is Standing.WITHDRAWN:
        return [PairingArrangement.withdrawn_at.is_not(None)]
    criteria: list[ColumnElement[bool]] = [PairingArrangement.withdrawn_at.is_(None)]
    if standing is Standing.IN_FORCE:
        return [*criteria, *overlapping(today, today)]
    if standing is Standing.COMING:
        return [*criteria, PairingArrangement.starts_on > today]
    return [*criteria, PairingArrangement.ends_on < today]


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(PairingArrangement)
        .join(PartnerUnit, PartnerUnit.id == PairingArrangement.unit_id)
        .join(Region, Region.code == PairingArrangement.village_code)
        .outerjoin(Household, Household.id == PairingArrangement.household_id)
    )


def _register_rows(query: Select[Any]) -> list[RegisterRow]:
    """Two queries, however many rows."""
    rows = db.session.execute(query).all()
    targets = targets_of([row[0] for row in rows])
    return [_register_row(row, targets[row[0]]) for row in rows]


def _register_row(row: Sequence[Any], targets: dict[int, int]) -> RegisterRow:
    """A row of ``_REGISTER``: too many columns for their types to be told apart."""
    return replace(RegisterRow(*row), targets=targets)


def get_register_row(arrangement_id: int) -> RegisterRow:
    """Raises NotFound."""
    found = _register_rows(_joined(*_REGISTER).where(PairingArrangement.id == arrangement_id))
    if not found:
        raise NotFound
    return found[0]


_ORDER = (PartnerUnit.name, PairingArrangement.starts_on.desc(), PairingArrangement.id)


def register_page(wanted: PairingFilter, today: date, page: int) -> Page[RegisterRow]:
    criteria = wanted.criteria(today)
    total = db.session.scalar(_joined(func.count()).where(*criteria)) or 0
    query = _joined(*_REGISTER).where(*criteria).order_by(*_ORDER)
    return Page(_register_rows(query.limit(PAGE_SIZE).offset(offset_of(page))), page, total)


def register_rows(wanted: PairingFilter, today: date) -> list[RegisterRow]:
    """The whole register under a filter: for a file, or for a table to be held against."""
    return _register_rows(_joined(*_REGISTER).where(*wanted.criteria(today)).order_by(*_ORDER))


def count_by_standing(wanted: PairingFilter, today: date) -> dict[Standing, int]:
    """How many arrangements the filter has in each standing; one query."""
    sums = [
        func.coalesce(func.sum(case((and_(*_stands(standing, today)), 1), else_=0)), 0)
        for standing in Standing
    ]
    row = db.session.execute(_joined(*sums).where(*wanted.criteria(today))).one()
    return dict(zip(Standing, (int(count) for count in row), strict=True))


def terms_of(unit_ids: Collection[int]) -> list[Term]:
    """What these units have agreed and not withdrawn, wherever it is, the earliest first; keyed by number."""
    if not unit_ids:
        return []
    rows = db.session.execute(
        select(
            PairingArrangement.id,
            PairingArrangement.unit_id,
            PairingArrangement.village_code,
            PairingArrangement.household_id,
            PairingArrangement.starts_on,
            PairingArrangement.ends_on,
        )
        .where(PairingArrangement.unit_id.in_(unit_ids), PairingArrangement.withdrawn_at.is_(None))
        .order_by(PairingArrangement.starts_on, PairingArrangement.id)
    )
    return [Term(str(row[0]), *row[1:]) for row in rows]
